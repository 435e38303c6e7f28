import type { LogFields, Logger, LogLevel } from '@rocketmq-ts/kernel';

export interface LogLine {
  readonly level: LogLevel;
  readonly sentence: string;
  readonly fields: LogFields;
}

/** A logger that hands over what is logged above debug, under whatever name. */
export function lineLogger(onLine: (line: LogLine) => void): Logger {
  const at =
    (level: LogLevel) =>
    (sentence: string, fields: LogFields = {}): void =>
      onLine({ level, sentence, fields });
  const logger: Logger = { debug() {}, info: at('info'), warn: at('warn'), error: at('error'), named: () => logger };
  return logger;
}

/** Keeps what is logged above debug, for tests that are about what an operator reads. */
export class LogLines {
  readonly lines: LogLine[] = [];
  readonly logger: Logger = lineLogger((line) => this.lines.push(line));

  /** Lines whose sentence contains a text. */
  with(part: string): LogLine[] {
    return this.lines.filter((line) => line.sentence.includes(part));
  }
}
