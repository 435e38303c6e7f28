import {
  CodedError,
  flagOption,
  type Option,
  OptionTable,
  type ParsedOptions,
  parseOptions,
  valueOption,
} from '@rocketmq-ts/kernel';
import type { Command } from './command/entry.ts';

/** A command line that does not fit the options of its command; the message is the one of Apache's tools. */
export class UsageError extends CodedError<'BAD_COMMAND_LINE'> {
  constructor(message: string) {
    super('BAD_COMMAND_LINE', message);
  }
}

/** The options that every command has, declared before its own. Source: ServerUtil#buildCommandlineOptions. */
export const COMMON_OPTIONS: readonly Option[] = [
  flagOption('h', 'help', 'Print help'),
  valueOption('n', 'namesrvAddr', "Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'"),
];

/** The options that a command line of a command may have. */
export function optionsOf(command: Pick<Command, 'options'>): OptionTable {
  return new OptionTable([...COMMON_OPTIONS, ...command.options]);
}

/** Throws `UsageError`. Words that belong to no option are ignored. */
export function readOptions(table: OptionTable, words: readonly string[]): ParsedOptions {
  return parseOptions(table, words, (_fault, message) => new UsageError(message));
}
