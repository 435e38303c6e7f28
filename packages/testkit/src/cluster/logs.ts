import type { LogFields, Logger, LogLevel } from '@rocketmq-ts/kernel';

/** A line that a process of the cluster logged. */
export interface ClusterLogLine {
  readonly machine: string;
  readonly level: Exclude<LogLevel, 'debug'>;
  readonly sentence: string;
  readonly fields: LogFields;
}

/** A logger whose lines name the machine; what is below `info` is dropped. */
export function machineLogger(machine: string, onLine: (line: ClusterLogLine) => void): Logger {
  const at =
    (level: ClusterLogLine['level']) =>
    (sentence: string, fields: LogFields = {}): void =>
      onLine({ machine, level, sentence, fields });
  const logger: Logger = { debug() {}, info: at('info'), warn: at('warn'), error: at('error'), named: () => logger };
  return logger;
}

/** One line of text that is the same in each run of a seed: errors are their messages, without stacks. */
export function formatLogLine({ machine, level, sentence, fields }: ClusterLogLine): string {
  const plain = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value);
  return `${machine} ${level}: ${sentence} ${JSON.stringify(fields, plain)}`;
}
