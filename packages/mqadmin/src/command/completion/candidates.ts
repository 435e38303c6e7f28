import { type Option, type OptionTable, optionKey } from '@rocketmq-ts/kernel';
import { optionsOf } from '../../options.ts';
import type { CommandEntry } from '../entry.ts';

/** Names that a cluster knows. */
export type NameKind = 'topic' | 'group' | 'cluster' | 'brokerName' | 'brokerAddress';

/** A word that may come next. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What may come next: words that are known here, or names of a kind with what comes before them in the same word. */
type Candidates = readonly Candidate[] | { readonly kind: NameKind; readonly before: string; readonly typed: string };

/** Kind of names by the long name of an option, which Apache's commands share. */
const KINDS: Readonly<Record<string, NameKind>> = {
  topic: 'topic',
  topicName: 'topic',
  traceTopic: 'topic',
  lmqParentTopic: 'topic',
  group: 'group',
  groupName: 'group',
  consumerGroup: 'group',
  srcGroup: 'group',
  destGroup: 'group',
  cluster: 'cluster',
  clusterName: 'cluster',
  clusters: 'cluster',
  brokerName: 'brokerName',
  'brokerName ': 'brokerName',
  brokers: 'brokerName',
  broker: 'brokerAddress',
  brokerAddr: 'brokerAddress',
  fromBroker: 'brokerAddress',
  toBroker: 'brokerAddress',
};

const COMMON: readonly Candidate[] = [{ word: '--json', description: 'the result as JSON' }];

/** What may follow the words behind `mqadmin`, of which the last is what was typed of the word to complete. */
export async function candidatesFor(words: readonly string[], commands: readonly CommandEntry[]): Promise<Candidates> {
  const [name = '', ...rest] = words;
  const names = (typed: string): Candidate[] =>
    commands
      .filter((entry) => entry.name.toLowerCase().startsWith(typed.toLowerCase()))
      .map((entry) => ({ word: entry.name, description: entry.description }));
  if (rest.length === 0) {
    const help = { word: 'help', description: 'Options and examples of a command' };
    return [...names(name), ...('help'.startsWith(name) ? [help] : [])];
  }
  if (name === 'help') return rest.length === 1 ? names(rest[0]!) : [];
  const entry = commands.find((each) => each.name.toLowerCase() === name.toLowerCase());
  return entry === undefined ? [] : ofOptions(optionsOf(await entry.load()), rest);
}

function ofOptions(table: OptionTable, words: readonly string[]): Candidates {
  const typed = words.at(-1)!;
  const asked = find(table, words.at(-2));
  if (asked?.takesValue === true) return valuesOf(asked, '', typed);
  const [, before, name, value] = /^((--?[^=]+)=)(.*)$/.exec(typed) ?? [];
  const assigned = find(table, name);
  if (assigned?.takesValue === true) return valuesOf(assigned, before!, value!);
  const given = new Set(words.slice(0, -1).flatMap((word) => find(table, word.split('=')[0]) ?? []));
  const isOver = (option: Option): boolean =>
    given.has(option) || table.groupOf(option)?.options.some((other) => given.has(other)) === true;
  const options = table
    .sorted()
    .filter((option) => !isOver(option))
    .map((option) => ({ word: optionWord(option, typed), description: option.description }));
  return [...options, ...COMMON].filter(({ word }) => word.startsWith(typed) && !word.endsWith(' '));
}

/** The short name, or the long one where that was begun or there is no other. */
function optionWord(option: Option, typed: string): string {
  return typed.startsWith('--') || option.short === undefined ? `--${option.long}` : `-${option.short}`;
}

function find(table: OptionTable, word: string | undefined): Option | undefined {
  if (word?.startsWith('-') !== true) return undefined;
  return table.byKey.get(word.slice(1)) ?? table.byLong.get(word.replace(/^--?/, ''));
}

function valuesOf(option: Option, before: string, typed: string): Candidates {
  const values = option.values ?? valuesIn(option.description);
  const found = values.filter((value) => value.startsWith(typed));
  const kind = KINDS[option.long];
  if (values.length > 0 || kind === undefined) return found.map((value) => ({ word: before + value, description: '' }));
  return { kind: optionKey(option) === 'b' && /name/i.test(option.description) ? 'brokerName' : kind, before, typed };
}

/** `set topic's order(true|false)` names its values. */
function valuesIn(description: string): string[] {
  return /[([]((?:\w+\|)+\w+)[)\]]/.exec(description)?.[1]?.split('|') ?? [];
}
