import { type OptionTable, optionHelp } from '@rocketmq-ts/kernel';
import type { Command, CommandEntry } from './command/entry.ts';
import { COMMANDS } from './command/table.ts';
import { format } from './format.ts';

/** Names and descriptions, as the program prints them without a word. */
export function listOfCommands(): string {
  const lines = COMMANDS.map((entry) => format('   %-35s %s%n', entry.name, entry.description));
  return `The most commonly used mqadmin commands are:\n${lines.join('')}\nSee 'mqadmin help <command>' for more information on a specific command.\n`;
}

/** Apache's text on the options of a command. */
export function usageOf(entry: CommandEntry, table: OptionTable): string {
  return optionHelp(`mqadmin ${entry.name}`, table);
}

/** The usage, and below it what Apache's tool has not. */
export function helpOf(entry: CommandEntry, command: Command, table: OptionTable): string {
  const examples = command.examples.map(({ line, does }) => `  ${does}\n    mqadmin ${entry.name} ${line}`.trimEnd());
  return `${usageOf(entry, table)}\nWith --json the result is printed as JSON, and failures as JSON lines on standard error.\n\nExamples:\n${examples.join('\n')}\n`;
}
