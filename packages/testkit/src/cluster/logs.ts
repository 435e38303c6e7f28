import type { Logger } from '@rocketmq-ts/kernel';
import { type LogLine, lineLogger } from '../log-lines.ts';

/** A line that a process of the cluster logged. */
export interface ClusterLogLine extends LogLine {
  readonly machine: string;
}

/** A logger whose lines name the machine; what is below `info` is dropped. */
export function machineLogger(machine: string, onLine: (line: ClusterLogLine) => void): Logger {
  return lineLogger((line) => onLine({ machine, ...line }));
}

/** One line of text that is the same in each run of a seed: errors are their messages, without stacks. */
export function formatLogLine({ machine, level, sentence, fields }: ClusterLogLine): string {
  const plain = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value);
  return `${machine} ${level}: ${sentence} ${JSON.stringify(fields, plain)}`;
}
