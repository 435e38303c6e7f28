import type { Admin } from '@rocketmq-ts/admin';
import type { Clock, Disk, OptionDeclaration, ParsedOptions } from '@rocketmq-ts/kernel';
import type { FormatArgument } from '../format.ts';

/** One command: a row of the table that the program lists, parses and runs by. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  /** Apache's class, which error lines name; scripts match on it. */
  readonly className: string;
  /** Besides `-h` and `-n`, in order of declaration. */
  readonly options: readonly OptionDeclaration[];
  run(context: CommandContext): Promise<void>;
}

/** What a command works with. */
export interface CommandContext {
  readonly options: ParsedOptions;
  /** Connects on its first request. */
  readonly admin: Admin;
  readonly clock: Clock;
  readonly disk: Disk;
  /** Ends commands that repeat for ever. */
  readonly signal: AbortSignal;
  /** To standard output as it is. */
  out(text: string): void;
  /** To standard output by a Java format. */
  print(pattern: string, ...values: readonly FormatArgument[]): void;
  /** Text to standard output that says why the command did nothing, in Apache's words; the exit code is 2 then. */
  refuse(text: string): void;
  /** Reports on standard error that a part failed while the command continues; the exit code is 2 then. */
  warn(failure: unknown): void;
  /** To standard error, one line that is no failure. */
  note(sentence: string): void;
  /** Prints the usage of the command and makes the exit code 1: the answer to an incomplete choice of options. */
  usage(): void;
}
