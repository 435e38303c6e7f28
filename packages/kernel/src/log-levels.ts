import type { LogLevel } from './log.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** From which level on lines are written, by loggers. */
export interface LogLevels {
  /** Of loggers that have none of their own. */
  readonly level: LogLevel;
  /** By name; `store` also holds for `store.flush`. */
  readonly byName: ReadonlyMap<string, LogLevel>;
}

/** What `parseLogLevels` takes, for messages. */
export const ALLOWED_LEVELS = 'debug, info, warn or error, also by logger, such as info,store:debug,remoting:warn';

/** Reads `info,store:debug`: a level, and levels of single loggers behind it; undefined for any other text. Levels may be in upper case. */
export function parseLogLevels(text: string): LogLevels | undefined {
  const byName = new Map<string, LogLevel>();
  let level: LogLevel | undefined;
  for (const part of text.split(',')) {
    const [first = '', second] = part.split(':').map((each) => each.trim());
    const word = (second ?? first).toLowerCase();
    const found = LEVELS.find((each) => each === word);
    if (found === undefined || (second !== undefined && first === '')) return undefined;
    if (second !== undefined) byName.set(first, found);
    else if (level === undefined) level = found;
    else return undefined;
  }
  return { level: level ?? 'info', byName };
}

/** The level of a logger: its own, or that of the name that its name begins with, up to a dot. */
export function levelOf({ level, byName }: LogLevels, name: string): LogLevel {
  for (let part = name; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
    const own = byName.get(part);
    if (own !== undefined) return own;
  }
  return level;
}
