import { MqstoreError } from './errors.ts';

/** What an option takes: a count of bytes or messages, a moment, one of some words, or nothing. */
type OptionKind = 'text' | 'count' | 'bytes' | 'time' | 'flag' | readonly string[];

/** One option of a command. */
export interface OptionEntry {
  readonly kind: OptionKind;
  /** Name of the value in the help text. */
  readonly value?: string;
  readonly meaning: string;
}

/** The options of a command, by name. */
export type OptionTable = Readonly<Record<string, OptionEntry>>;

/** Where the files of a store are, when they can't be found by looking. Every command has these. */
export const COMMON_OPTIONS = {
  commitlog: {
    kind: 'text',
    value: 'DIR[,DIR]',
    meaning: 'folders of the commit log, where storePathCommitLog moved it',
  },
  'commitlog-file-size': {
    kind: 'bytes',
    value: 'BYTES',
    meaning: 'mappedFileSizeCommitLog; found by looking at the files unless given',
  },
  'consumequeue-file-size': {
    kind: 'bytes',
    value: 'BYTES',
    meaning: 'mappedFileSizeConsumeQueue; found by looking at the files unless given',
  },
  'index-slots': {
    kind: 'count',
    value: 'N',
    meaning: 'maxHashSlotNum; found by looking at the files unless given',
  },
} as const satisfies OptionTable;

/** The options that were given, by name. */
export class GivenOptions {
  readonly #values: ReadonlyMap<string, string | number | true>;

  constructor(values: ReadonlyMap<string, string | number | true>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : undefined;
  }
}

/** A command line behind the command's name. */
interface ParsedLine {
  readonly words: readonly string[];
  readonly options: GivenOptions;
}

/** Reads `--name value`, `--name=value` and flags; `--` ends the options. Throws MqstoreError. */
export function parseLine(table: OptionTable, line: readonly string[]): ParsedLine {
  const words: string[] = [];
  const values = new Map<string, string | number | true>();
  for (let i = 0; i < line.length; i++) {
    const word = line[i]!;
    if (word === '--') {
      words.push(...line.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = (equals < 0 ? word : word.slice(0, equals)).replace(/^--/, '');
    const entry = word.startsWith('--') && Object.hasOwn(table, name) ? table[name] : undefined;
    if (entry === undefined) throw new MqstoreError('BAD_COMMAND_LINE', `there is no option ${word}`);
    if (values.has(name)) throw new MqstoreError('BAD_COMMAND_LINE', `--${name} is given twice`);
    if (entry.kind === 'flag') {
      if (equals >= 0) throw new MqstoreError('BAD_COMMAND_LINE', `--${name} takes no value`);
      values.set(name, true);
      continue;
    }
    const text = equals < 0 ? line[++i] : word.slice(equals + 1);
    if (text === undefined) throw new MqstoreError('BAD_COMMAND_LINE', `--${name} needs a value`);
    values.set(name, readValue(name, entry.kind, text));
  }
  return { words, options: new GivenOptions(values) };
}

function readValue(name: string, kind: Exclude<OptionKind, 'flag'>, text: string): string | number {
  if (kind === 'text') return text;
  if (kind === 'time') return readTime(name, text);
  if (kind === 'count' || kind === 'bytes') {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && (kind === 'count' || value > 0)) return value;
    throw bad(name, text, kind === 'count' ? 'a whole number' : 'a count of bytes');
  }
  if (!kind.includes(text)) throw bad(name, text, `one of ${kind.join(', ')}`);
  return text;
}

/** Milliseconds, or a date: with `Z` or `+08:00` as it says, otherwise in the local zone. */
function readTime(name: string, text: string): number {
  if (/^\d{10,}$/.test(text)) return Number(text);
  const date = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text);
  // A date alone would be taken as UTC.
  const time = date ? new Date(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')).getTime() : Number.NaN;
  if (Number.isNaN(time)) throw bad(name, text, 'milliseconds or a date such as 2026-01-31T08:00:00Z');
  return time;
}

function bad(name: string, text: string, wanted: string): MqstoreError {
  return new MqstoreError('BAD_OPTION_VALUE', `--${name} ${JSON.stringify(text)}: ${wanted} is expected`);
}
