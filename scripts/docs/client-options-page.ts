import { type ClientKind, clientKinds, type JavaProperty } from '@rocketmq-ts/client';
import { code, table } from './markdown.ts';

/** docs/client-options.md */
export function clientOptionsPage(): string {
  const sections = Object.entries(clientKinds).map(([name, kind]) => section(name, kind));
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

function section(name: string, { java, options, properties }: ClientKind): string {
  const rows = Object.entries(properties)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([property, entry]) => [
      code(property),
      defaultOf(entry.javaDefault),
      entry.option === undefined ? '–' : code(entry.option),
      ours(entry),
      entry.note ?? '',
    ]);
  const named = new Set(Object.values(properties).map(({ option }) => option));
  const own = Object.keys(options).filter((option) => !named.has(option));
  return `## ${name}

As Apache's ${code(java)}. Options of ours that it does not have: ${own.sort().map(code).join(', ')}.

${table(['property of the Java class', 'default', 'option here', 'default here', 'notes'], rows)}
`;
}

function ours({ option, javaDefault, default: own }: JavaProperty): string {
  if (option === undefined) return '';
  return own === undefined ? defaultOf(javaDefault) : defaultOf(own);
}

function defaultOf(text: string): string {
  return text === '' || text === 'null' || text === '-' || text === '*' ? '–' : code(text);
}

const INTRODUCTION = `# Options of the client

Where each property of Apache's Java classes is here, with the defaults of both; a dash is none, or one that depends on the machine.
Made from tables in the code by \`npm run docs\`; \`compat/test/options.test.ts\` holds them against the Java classes of Apache 5.4.0. The
doc comments of \`ProducerOptions\`, \`TransactionProducerOptions\`, \`PushConsumerOptions\` and \`PullConsumerOptions\` say what each option
does, and its range. Every time is in ms unless its name says otherwise. An option with a name that is not in the table is refused
with \`OPTION_UNKNOWN\`, which says what may have been meant.
`;
