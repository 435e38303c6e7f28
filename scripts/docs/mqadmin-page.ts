import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Option, type OptionDeclaration, optionKey } from '@rocketmq-ts/kernel';
import { COMMANDS, COMMON_OPTIONS, type Command, type CommandEntry, DIAGNOSES } from '@rocketmq-ts/mqadmin';
import { code, table } from './markdown.ts';

/** What compat/test/mqadmin-table*.test.ts found of a command. */
interface CommandRecord {
  readonly lines: number;
  readonly differs: Readonly<Record<string, readonly string[]>>;
  readonly notOn?: readonly string[];
}

/** Keys of the records, as columns. */
const PAIRINGS = { oursOnApache: 'ours on Apache’s', apacheOnOurs: 'Apache’s on ours', oursOnOurs: 'ours on ours' };

/** docs/mqadmin.md */
export async function mqadminPage(root: string): Promise<string> {
  const file = join(root, 'compat/recorded/mqadmin-pairings.json');
  const records = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, CommandRecord>) : {};
  const sections = await Promise.all(COMMANDS.map(async (entry) => section(entry, await entry.load())));
  const rows = COMMANDS.map((entry) => row(entry, records[entry.name]));
  const notes = COMMANDS.flatMap(({ name }) => notesOf(name, records[name]));
  return `${INTRODUCTION}
## Commands and who is compared with whom

Each line of a command ran with both tools on clusters of both makes, Apache's being 5.4.0, and was compared with Apache's tool on Apache's cluster
(\`compat/test/mqadmin-table*.test.ts\`). On one cluster the outputs of both tools are held against each other byte for byte behind masks for times, rates and what differs from run to
run. Between clusters of two makes numbers, ids and addresses are masked as well, runs of blanks count as one and the order of lines does not count; of a failure the code is
compared, of a listing of configuration the names. *same (3)*: three lines of that command, and no difference.

${table(['command', '', ...Object.values(PAIRINGS)], rows)}

${notes.length === 0 ? '' : `Differences and why:\n\n${notes.join('\n')}\n`}
## What the doctor looks for

\`mqadmin doctor\` asks name servers, brokers and members of groups, changes nothing, and names what is wrong with what to do about it. A problem makes
the exit code 2; advice does not. With \`--json\`: \`{"healthy":…,"findings":[{"id","severity","subject","what","todo"}],"looked":{…}}\`.

${table(
  ['id', '', 'meaning', 'what to do'],
  Object.entries(DIAGNOSES).map(([id, { severity, meaning, todo }]) => [code(id), severity, meaning, todo]),
)}

## Words that a shell completes

\`source <(mqadmin completion bash)\` in ~/.bashrc, or \`source <(mqadmin completion zsh)\` in ~/.zshrc behind \`compinit\`, with \`mqadmin\` on the PATH: commands, options, values that an option
names, and topics, groups, clusters and brokers of the name server on the line or in \`NAMESRV_ADDR\`, as long as it answers within a second.

## Options and examples

Every command takes \`-h\` and \`-n\` (name servers, separated by \`;\`) besides its own, and \`--json\`. In bold: must be given.

${sections.join('\n')}`;
}

function row({ name, description }: CommandEntry, record: CommandRecord | undefined): string[] {
  const cells = Object.keys(PAIRINGS).map((pairing) => {
    if (record === undefined) return '–';
    return record.differs[pairing] === undefined ? `same (${record.lines})` : 'differs';
  });
  return [`[${code(name)}](#${name.toLowerCase()})`, description, ...cells];
}

function notesOf(name: string, record: CommandRecord | undefined): string[] {
  const differs = Object.entries(record?.differs ?? {}).flatMap(([pairing, reasons]) =>
    reasons.map((reason) => `- ${code(name)}, ${PAIRINGS[pairing as keyof typeof PAIRINGS]}: ${reason}`),
  );
  return [...differs, ...(record?.notOn ?? []).map((reason) => `- ${code(name)}: ${reason}`)];
}

function section({ name, description }: CommandEntry, { options, examples }: Command): string {
  const flat = options.flatMap((one) => ('options' in one ? one.options : [one]));
  const own = flat.filter((one) => !COMMON_OPTIONS.some((common) => optionKey(common) === optionKey(one)));
  const lines = own.map((one) => [optionText(one, options), one.description]);
  const shown = examples.map(({ line, does }) => `# ${does}\nmqadmin ${name} ${line}`.trimEnd());
  const optionTable = lines.length === 0 ? 'No options of its own.' : table(['option', ''], lines);
  return `### ${name}\n\n${description}\n\n${optionTable}\n\n\`\`\`sh\n${shown.join('\n')}\n\`\`\`\n`;
}

function optionText(one: Option, declared: readonly OptionDeclaration[]): string {
  const names = [one.short === undefined ? '' : `-${one.short}`, `--${one.long}`].filter((text) => text !== '');
  const text = code(names.join(', '));
  const isOneOf = declared.some((group) => 'options' in group && group.required && group.options.includes(one));
  return one.required ? `**${text}**` : isOneOf ? `**${text}** (one of them)` : text;
}

const INTRODUCTION = `# mqadmin

\`sh bin/mqadmin <command> [options]\` looks at a cluster, of this project or of Apache's, and changes it. Names of commands and options, tables and
words are those of Apache's 5.4.0, so that scripts continue to work; without a word it lists the commands, and \`mqadmin help <command>\` shows
options and examples.

| | |
| --- | --- |
| name servers | \`-n host:port;host:port\`, else \`NAMESRV_ADDR\`, else the address server |
| keys | \`$ROCKETMQ_HOME/conf/tools.yml\`: \`accessKey\` and \`secretKey\`, as Apache's tool reads them |
| exit code | 0; 1 when the command line does not fit or names no command; 2 when the command, or a part of it, failed. Apache's tool ends with 0 then |
| failures | one line on standard error, \`<class of Apache's> command failed: CODE: 17  DESC: …\`, and no stack |
| \`--json\` | the result as data in place of the text: one line of JSON, or one for each message or round of a command that prints many. Times are epoch milliseconds. A failure is a line \`{"error":{"code":…,"message":…}}\` on standard error; exit codes are the same |
| control characters | in names and bodies from the wire are shown as \`\\u001b\`, so that nothing but text reaches the terminal |
`;
