import type { Logger } from '@rocketmq-ts/kernel';
import { type LogLine, lineLogger } from '../log-lines.ts';
import type { SimulatedProcess } from '../simulated-process.ts';

/** A line that a process of the cluster logged. */
export interface ClusterLogLine extends LogLine {
  readonly machine: string;
}

/** The log of a process: its lines name the machine; what is below `info` is dropped, and what it logs after its end. */
export function processLogger(
  machine: string,
  process: Pick<SimulatedProcess, 'isAlive'>,
  onLine: (line: ClusterLogLine) => void,
): Logger {
  return lineLogger((line) => {
    if (process.isAlive) onLine({ machine, ...line });
  });
}

/** One line of text that is the same in each run of a seed: errors are their messages, without stacks. */
export function formatLogLine({ machine, level, sentence, fields }: ClusterLogLine): string {
  const plain = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value);
  return `${machine} ${level}: ${sentence} ${JSON.stringify(fields, plain)}`;
}
