import type { Admin } from '@rocketmq-ts/admin';
import type { Clock, Disk, OptionDeclaration, ParsedOptions } from '@rocketmq-ts/kernel';
import type { FormatArgument } from '../format.ts';

/** A row of the table of commands. Its module is loaded when it is wanted, since a program that is started for one line must start quickly. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  load(): Promise<Command>;
}

/** What a command takes and does. */
export interface Command {
  /** Apache's class, which error lines name; scripts match on it. */
  readonly className: string;
  /** Besides `-h` and `-n`, in order of declaration. */
  readonly options: readonly OptionDeclaration[];
  /** Printed behind the usage when help is asked for. At least one. */
  readonly examples: readonly Example[];
  run(context: CommandContext): Promise<void>;
}

/** A command line that works on a cluster that has these names. */
interface Example {
  /** The words behind the name of the command. */
  readonly line: string;
  /** What it does, as a sentence. */
  readonly does: string;
}

/** What a command works with. */
export interface CommandContext {
  readonly options: ParsedOptions;
  /** All that the program has. */
  readonly commands: readonly CommandEntry[];
  /** Connects on its first request. */
  readonly admin: Admin;
  /** Another one, for these name servers; stopped after the command. `isOtherTls`: with TLS where the program was started without, and the reverse. */
  connect(namesrvAddresses: readonly string[], isOtherTls?: boolean): Promise<Admin>;
  readonly clock: Clock;
  readonly disk: Disk;
  /** Ends commands that repeat for ever. */
  readonly signal: AbortSignal;
  /** To standard output as it is; nothing with `--json`. */
  out(text: string): void;
  /** To standard output by a Java format; nothing with `--json`. */
  print(pattern: string, ...values: readonly FormatArgument[]): void;
  /**
   * The result as data, beside the text: with `--json` one line of JSON, else nothing. Once a run; once a round where a command repeats, once a
   * message where it prints many. A Map is an object there.
   */
  answer(value: object | null): void;
  /** Text to standard output that says why the command did nothing, in Apache's words; the exit code is 2 then. */
  refuse(text: string): void;
  /** Makes the exit code 2, for what was printed already. */
  fail(): void;
  /** Reports on standard error that a part failed while the command continues; the exit code is 2 then. */
  warn(failure: unknown): void;
  /** To standard error, one line that is no failure. */
  note(sentence: string): void;
  /** Prints the usage of the command and makes the exit code 1: the answer to an incomplete choice of options. */
  usage(): void;
}
