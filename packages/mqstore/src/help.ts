import type { CommandEntry } from './command.ts';
import { COMMON_OPTIONS, type OptionEntry, type OptionTable } from './options.ts';

/** What `mqstore` alone prints. */
export function overview(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)} ${summary}\n`);
  return `Looks into a store folder, of this project's broker or of Apache's, and changes nothing in it.

usage: mqstore <command> FOLDER [options]

${lines.join('')}
FOLDER is what storePathRootDir names. See 'mqstore help <command>' for the options of a command.
Exit code: 0 fine, 1 damage was found, 2 wrong use or a folder that can't be read.
`;
}

/** Help of one command, made from its table. */
export function commandHelp({ name, description, options }: CommandEntry): string {
  return `usage: mqstore ${name} FOLDER [options]

${description}

${optionLines(options)}
Where the files are, when looking does not find them:
${optionLines(COMMON_OPTIONS)}`;
}

function optionLines(table: OptionTable): string {
  const entries = Object.entries(table);
  const heads = entries.map(([name, entry]) => `  --${name}${valueText(entry)}`);
  const column = Math.max(0, ...heads.map((head) => head.length)) + 2;
  return entries.map(([, { meaning }], i) => `${heads[i]!.padEnd(column)}${meaning}\n`).join('');
}

function valueText({ kind, value }: OptionEntry): string {
  if (kind === 'flag') return '';
  return ` ${value ?? (typeof kind === 'string' ? kind.toUpperCase() : kind.join('|'))}`;
}
