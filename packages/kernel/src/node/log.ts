import type { Logger, LogLevel } from '../log.ts';
import { backgroundTimers, LogFile, type LogFileOptions, type LogTimers } from './log-file.ts';
import { formatLogLine } from './log-line.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A logger that holds files. */
export interface FileLogger extends Logger {
  /** Adds a finished line to the file of a logger's name; `atOnce` also writes it. For lines that another thread formatted. */
  append(name: string, line: string, atOnce: boolean): void;
  /** Writes what waits in memory. */
  flush(): void;
  /** Writes what waits and closes; later lines are ignored. */
  close(): Promise<void>;
}

/** One file of the folder. */
export type LogRoute = Omit<LogFileOptions, 'directory'>;

interface LogDirectoryOptions {
  readonly directory: string;
  /** By logger name: `store` also takes `store.flush`, unless that has a route of its own. */
  readonly routes: Readonly<Record<string, LogRoute>>;
  /** The file of all other names. */
  readonly fallback: LogRoute;
  /** Lines below it are not written. Default info. */
  readonly level?: LogLevel | undefined;
  /** Default: real time, without keeping the process alive. */
  readonly timers?: LogTimers | undefined;
}

/**
 * A folder of log files as Apache's servers keep one: `broker.log`, `store.log`, …; each is made with its first line. Lines
 * wait at most 200 ms, those of level error not at all.
 */
export function createLogDirectory(options: LogDirectoryOptions): FileLogger {
  const { directory, routes, fallback, level = 'info', timers = backgroundTimers } = options;
  const files = new Map<string, LogFile>();
  const open = (route: LogRoute): LogFile => {
    const known = files.get(route.file);
    if (known !== undefined) return known;
    const file = new LogFile({ ...route, directory }, timers);
    files.set(route.file, file);
    return file;
  };
  const sinkOf = (name: string): LogFile => {
    const own = Object.hasOwn(routes, name) ? name : name.slice(0, Math.max(0, name.indexOf('.')));
    return open((Object.hasOwn(routes, own) ? routes[own] : undefined) ?? fallback);
  };
  const logger = createLineLogger(fallback.file.replace(/\.log$/, ''), level, timers, {
    sinkOf: (name) => {
      const file = sinkOf(name);
      return (line, atOnce) => file.append(line, atOnce);
    },
  });
  return Object.assign(logger, {
    append: (name: string, line: string, atOnce: boolean) => sinkOf(name).append(line, atOnce),
    flush: () => {
      for (const file of files.values()) file.flush();
    },
    close: async () => {
      await Promise.all([...files.values()].map((file) => file.close()));
    },
  });
}

/** Takes finished lines, each ending with a line feed; `atOnce`: the process may end next. */
type LineSink = (line: string, atOnce: boolean) => void;

interface LineLoggerParts {
  /** Asked once for each logger name. */
  sinkOf(name: string): LineSink;
  /** Begins every sentence. Default: nothing. */
  readonly prefix?: string | undefined;
}

/** A logger whose finished lines are handed on, for a thread that writes no files of its own. */
export function createLineLogger(
  name: string,
  level: LogLevel,
  timers: Pick<LogTimers, 'now'>,
  parts: LineLoggerParts,
): Logger {
  const sink = parts.sinkOf(name);
  const { prefix = '' } = parts;
  const write: WriteLine = (lineLevel, sentence, fields) =>
    sink(formatLogLine(timers.now(), lineLevel, name, prefix + sentence, fields), lineLevel === 'error');
  return loggerOf(level, write, (other) => createLineLogger(other, level, timers, parts));
}

type WriteLine = (level: LogLevel, ...line: Parameters<Logger['info']>) => void;

const nothing = (): void => {};

function loggerOf(lowest: LogLevel, write: WriteLine, named: (name: string) => Logger): Logger {
  const at = (level: LogLevel): Logger['info'] =>
    RANK[level] < RANK[lowest] ? nothing : (sentence, fields) => write(level, sentence, fields);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), named };
}
