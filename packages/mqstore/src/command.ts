import type { Clock, Disk } from '@rocketmq-ts/kernel';
import type { ViewOptions } from '@rocketmq-ts/store';
import type { GivenOptions, OptionTable } from './options.ts';
import type { Progress } from './progress.ts';

/** What a command works with. */
export interface CommandContext {
  readonly folder: string;
  readonly options: GivenOptions;
  /** Where the store is, from the folder and the options. */
  readonly view: ViewOptions;
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'monotonicMs' | 'now'>;
  readonly progress: Progress;
  /** Resolves when the text is written; false when the reader has closed the pipe. */
  out(text: string): Promise<boolean>;
  /** One line on standard error. */
  note(sentence: string): void;
}

/** One command of mqstore. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** What it does, for its help text. */
  readonly description: string;
  readonly options: OptionTable;
  /** Resolves to the exit code. */
  run(context: CommandContext): Promise<number>;
}
