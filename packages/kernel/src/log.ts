/** From the most lines to the fewest. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
/** What a line has beside its sentence; an error is shown with its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * A fixed sentence plus fields. Never a message body or a secret; nothing per message above debug. A level that is off is
 * an empty function.
 */
export interface Logger {
  debug(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  error(sentence: string, fields?: LogFields): void;
  /** A logger of the same sink whose lines name the part of the system they come from. */
  named(name: string): Logger;
}

const nothing = (): void => {};

/** Swallows everything: for tests and for libraries whose user gave no logger. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  named: () => silentLogger,
};
