import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unservedByBroker } from '@rocketmq-ts/broker';
import {
  type AnyField,
  type Command,
  commandTable,
  type Fields,
  ResponseCode,
  rpcRequestFields,
  topicRequestFields,
} from '@rocketmq-ts/protocol';
import { code, table } from './markdown.ts';

/** What a family of commands is about; its file in packages/protocol/src/command, in the order of the page. */
const FAMILIES: Readonly<Record<string, string>> = {
  send: 'Producers to brokers: storing messages',
  pull: 'Consumers to brokers: messages of one queue',
  pop: 'Consumers to brokers: leased messages',
  offset: 'Consumer offsets and queue offsets',
  client: 'Heartbeats, members of groups, locks, questions to clients',
  transaction: 'Half messages',
  route: 'Routes',
  namesrv: 'Brokers and tools to name servers',
  topic: 'Topics',
  group: 'Consumer groups',
  message: 'Looking for messages',
  broker: 'The broker itself',
  'cold-data': 'Reads of old messages',
  account: 'Accounts and what they may do',
  rocksdb: 'Brokers with RocksDB',
  container: 'Tools to broker containers',
  controller: 'Brokers in controller mode and tools to controllers',
};

/** The text of the comment above a declaration. */
interface Comment {
  readonly meaning: string;
  readonly source: string;
}

/** docs/protocol.md. `root` is the checkout: meanings and sources are in comments above the declarations. */
export function protocolPage(root: string): string {
  const folder = join(root, 'packages/protocol/src/command');
  const left = new Map(commandTable);
  const sections: string[] = [];
  for (const [family, title] of Object.entries(FAMILIES)) {
    const comments = readComments(readFileSync(join(folder, `${family}.ts`), 'utf8'));
    const commands = [...comments].map(([number, words]) => {
      const command = left.get(number);
      if (command === undefined) throw new Error(`${family}.ts: request code ${number} is in no table, or twice`);
      left.delete(number);
      return commandText(command, words);
    });
    sections.push(`## ${title}\n\n${commands.join('\n')}`);
  }
  if (left.size > 0) {
    const files = readdirSync(folder).join(', ');
    throw new Error(`no family has the request codes ${[...left.keys()].join(', ')}; files: ${files}`);
  }
  return `${INTRODUCTION}\n${commonFields()}\n${sections.join('\n')}\n${responseCodes()}`;
}

/** By request code, in order of declaration. Every declaration has a comment, and every comment a source. */
function readComments(source: string): Map<number, Comment> {
  const found = new Map<number, Comment>();
  for (const [, name, number] of source.matchAll(/^export const ([A-Z0-9_]+) = command\((\d+),/gm)) {
    const above = source.slice(0, source.indexOf(`export const ${name} = `));
    const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(above)?.[1];
    const text =
      comment
        ?.replace(/^\s*\* ?/gm, ' ')
        .replace(/\s+/g, ' ')
        .trim() ?? '';
    const [, meaning, origin] = /^(.*?)\s*Source: (.+?)\.?$/.exec(text) ?? [];
    if (origin === undefined) throw new Error(`${name} has no source`);
    found.set(Number(number), { meaning: meaning ?? '', source: origin });
  }
  return found;
}

function commandText(command: Command, { meaning, source }: Comment): string {
  const parts = [`### ${command.code} ${command.name}`, `${meaning === '' ? '' : `${meaning} `}Source: ${source}.`];
  const common = commonOf(command.request);
  const own = Object.entries(command.request).filter(([name]) => !Object.hasOwn(common?.fields ?? {}, name));
  const rows = [
    ...own.map(([name, field]) => ['request', ...fieldCells(name, field)]),
    ...Object.entries(command.response).map(([name, field]) => ['response', ...fieldCells(name, field)]),
  ];
  if (rows.length > 0) parts.push(table(['', 'field', 'wire key', 'type', 'presence'], rows));
  const sentences = [];
  if (common !== undefined) sentences.push(`The request takes ${common.name} too.`);
  else if (own.length === 0) sentences.push('The request has no fields.');
  if (!command.responseHasHeader) sentences.push('The response has no `extFields`.');
  else if (Object.keys(command.response).length === 0) sentences.push('The response has empty `extFields`.');
  if (sentences.length > 0) parts.push(sentences.join(' '));
  const reason = unservedByBroker.get(command.code);
  if (reason !== undefined) parts.push(`**Not served** (code 3), since ${reason}.`);
  return `${parts.join('\n\n')}\n`;
}

interface CommonFields {
  readonly name: string;
  readonly fields: Fields;
}

const COMMON: readonly CommonFields[] = [
  { name: 'the [fields about a topic](#common-fields)', fields: topicRequestFields },
  { name: 'the [fields about no topic](#common-fields)', fields: rpcRequestFields },
];

/** The larger set comes first: the smaller one is a part of it. */
function commonOf(request: Fields): CommonFields | undefined {
  return COMMON.find(({ fields }) => Object.entries(fields).every(([name, field]) => request[name] === field));
}

function commonFields(): string {
  const rows = Object.entries(topicRequestFields).map(([name, field]) => [
    ...fieldCells(name, field),
    Object.hasOwn(rpcRequestFields, name) ? 'yes' : 'only about a topic',
  ]);
  return `## Common fields

Peers of 5.x may add these to most requests; commands that take them are marked.

${table(['field', 'wire key', 'type', 'presence', 'in all of them'], rows)}
`;
}

function fieldCells(name: string, field: AnyField): string[] {
  return [code(name), code(field.wireKey ?? name), field.kind, presence(field)];
}

function presence({ presence: kind, fallback }: AnyField): string {
  if (kind !== 'default') return kind;
  if (fallback === '') return 'default: empty';
  // The table holds the largest safe number where the wire has the largest of 64 bits.
  return `default: ${fallback === Number.MAX_SAFE_INTEGER ? '2^63 − 1' : code(String(fallback))}`;
}

function responseCodes(): string {
  const rows = Object.entries(ResponseCode).map(([name, number]) => [String(number), code(name)]);
  return `## Response codes\n\n${table(['code', 'name'], rows)}\n`;
}

const INTRODUCTION = `# Protocol

The commands of RocketMQ's remoting protocol as the tables in \`packages/protocol/src/command\` declare them; types, codecs,
handlers and calls follow from the same entries. **This page is made by \`npm run docs\`: change the tables, not the page.** Every
command here is served, or says that it is not; a request that a server does not serve gets code 3 with its name and the
reason.

A frame:

| offset | bytes | meaning |
| --- | --- | --- |
| 0 | 4 | length of what follows |
| 4 | 1 | form of the header: 0 JSON, 1 ROCKETMQ (binary) |
| 5 | 3 | length h of the header |
| 8 | h | header: code, language, version, opaque, flag, remark, \`extFields\` |
| 8 + h | | body, to the end |

Numbers are big-endian. The fields of a command are in \`extFields\` as texts under their wire keys: \`int\` and \`long\` in decimal,
\`boolean\` as \`true\` or \`false\`. A request without a *required* field, or with one that is not of its type, gets code 1 and a
remark that names it; *optional* fields may be missing; one with a *default* reads as that when it is missing. Unknown fields
are ignored. Bit 0 of \`flag\` marks a response, bit 1 a one-way request.
`;
