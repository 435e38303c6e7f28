import type { LogFields, Logger, LogLevel } from '../log.ts';
import { type LogLevels, levelOf } from '../log-levels.ts';
import { backgroundTimers, LogFile, type LogFileOptions, type LogTimers } from './log-file.ts';
import { formatJsonLine, formatLogLine } from './log-line.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A logger whose levels can be changed, for itself and all that were named from it. */
export interface LeveledLogger extends Logger {
  setLevels(levels: LogLevels): void;
}

/** A logger that holds files. */
export interface FileLogger extends LeveledLogger {
  /** Adds a finished line to the file of a logger's name; `atOnce` also writes it. For lines that another thread formatted. */
  append(name: string, line: string, atOnce: boolean): void;
  /** Writes what waits in memory. */
  flush(): void;
  /** Writes what waits and closes; later lines are ignored. */
  close(): Promise<void>;
}

/** One file of the folder. */
export type LogRoute = Omit<LogFileOptions, 'directory'>;

/** How lines look. */
export type LogFormat = 'text' | 'json';

interface LogDirectoryOptions {
  readonly directory: string;
  /** By logger name: `store` also takes `store.flush`, unless that has a route of its own. */
  readonly routes: Readonly<Record<string, LogRoute>>;
  /** The file of all other names. */
  readonly fallback: LogRoute;
  /** Lines below are not written. Default info. */
  readonly levels?: LogLevels | undefined;
  /** Default text. */
  readonly format?: LogFormat | undefined;
  /** Default: real time, without keeping the process alive. */
  readonly timers?: LogTimers | undefined;
}

/**
 * A folder of log files as Apache's servers keep one: `broker.log`, `store.log`, …; each is made with its first line. Lines
 * wait at most 200 ms, those of level error not at all.
 */
export function createLogDirectory(options: LogDirectoryOptions): FileLogger {
  const { directory, routes, fallback, levels, format, timers = backgroundTimers } = options;
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
  const logger = createLineLogger(fallback.file.replace(/\.log$/, ''), timers, {
    ...{ levels, format },
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
  /** Default info. */
  readonly levels?: LogLevels | undefined;
  /** Default text. */
  readonly format?: LogFormat | undefined;
}

const EVERYTHING_FROM_INFO: LogLevels = { level: 'info', byName: new Map() };

/** A logger whose finished lines are handed on, for a thread that writes no files of its own. */
export function createLineLogger(name: string, timers: Pick<LogTimers, 'now'>, parts: LineLoggerParts): LeveledLogger {
  const { prefix = '', format = 'text' } = parts;
  const layOut = format === 'json' ? formatJsonLine : formatLogLine;
  /** One for each name, so that their number is bounded. */
  const loggers = new Map<string, LevelSwitch>();
  let levels = parts.levels ?? EVERYTHING_FROM_INFO;
  const named = (wanted: string): Logger => {
    let logger = loggers.get(wanted);
    if (logger === undefined) {
      const sink = parts.sinkOf(wanted);
      const write: WriteLine = (level, sentence, fields) =>
        sink(layOut(timers.now(), level, wanted, prefix + sentence, fields), level === 'error');
      logger = new LevelSwitch(write, named);
      logger.from(levelOf(levels, wanted));
      loggers.set(wanted, logger);
    }
    return logger;
  };
  return Object.assign(named(name), {
    setLevels: (wanted: LogLevels): void => {
      levels = wanted;
      for (const [own, logger] of loggers) logger.from(levelOf(levels, own));
    },
  });
}

type WriteLine = (level: LogLevel, sentence: string, fields: LogFields | undefined) => void;
type LogMethod = Logger['info'];

const nothing = (): void => {};

/** A logger whose methods are exchanged when its level changes: a level that is off stays an empty function. */
class LevelSwitch implements Logger {
  debug: LogMethod = nothing;
  info: LogMethod = nothing;
  warn: LogMethod = nothing;
  error: LogMethod = nothing;
  readonly named: (name: string) => Logger;
  readonly #write: WriteLine;

  constructor(write: WriteLine, named: (name: string) => Logger) {
    this.#write = write;
    this.named = named;
  }

  from(lowest: LogLevel): void {
    const at = (level: LogLevel): LogMethod =>
      RANK[level] < RANK[lowest] ? nothing : (sentence, fields) => this.#write(level, sentence, fields);
    this.debug = at('debug');
    this.info = at('info');
    this.warn = at('warn');
    this.error = at('error');
  }
}
