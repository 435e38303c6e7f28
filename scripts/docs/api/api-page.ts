import type { ApiEntry, ApiMember } from './read-door.ts';

/** What stands at the top of the page of a package. */
export interface ApiIntroduction {
  readonly packageName: string;
  readonly text: string;
}

const SECTIONS = [
  { kinds: ['class'], heading: 'Classes' },
  { kinds: ['function'], heading: 'Functions' },
  { kinds: ['interface', 'type'], heading: 'Options and other types' },
  { kinds: ['constant'], heading: 'Constants' },
] as const;

/** docs/api/<package>.md: each exported name with its doc comment, and its members with theirs. */
export function apiPage({ packageName, text }: ApiIntroduction, entries: readonly ApiEntry[]): string {
  const sections = SECTIONS.map(({ kinds, heading }) => ({
    heading,
    entries: entries.filter(({ kind }) => (kinds as readonly string[]).includes(kind)),
  })).filter((section) => section.entries.length > 0);
  const names = new Set(entries.map(({ name }) => name));
  return [
    `# ${packageName}`,
    `${text}\n\nMade from the doc comments in the code by \`npm run docs\`; do not edit.`,
    sections.map(({ heading, entries: found }) => `**${heading}:** ${found.map(link).join(' · ')}`).join('\n\n'),
    ...sections.flatMap(({ heading, entries: found }) => [
      `## ${heading}`,
      ...found.map((entry) => entryText(entry, names)),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function link({ name }: { readonly name: string }): string {
  return `[${name}](#${name.toLowerCase()})`;
}

function entryText(entry: ApiEntry, names: ReadonlySet<string>): string {
  const { name, doc, declaration, members, bases } = entry;
  const also = bases.filter((base) => names.has(base)).map((base) => link({ name: base }));
  return [
    `### ${name}`,
    ...(doc === '' ? [] : [doc]),
    `\`\`\`ts\n${declaration}\n\`\`\``,
    ...(also.length === 0 ? [] : [`With all of ${also.join(', ')}.`]),
    ...(members.length === 0 ? [] : [members.map((member) => memberText(name, member)).join('\n')]),
  ].join('\n\n');
}

function memberText(owner: string, { signature, doc }: ApiMember): string {
  const line = `- \`${signature.replace(/^constructor\(/, `new ${owner}(`)}\``;
  if (doc === '') return line;
  const [first, ...rest] = doc.split('\n');
  return [`${line}: ${first}`, ...rest.map((each) => (each === '' ? '' : `  ${each}`))].join('\n');
}
