import { type Option, type OptionGroup, type OptionTable, optionKey } from './option.ts';

/** Why a command line does not fit its options: a name that none has, or several; a value is missing; options exclude or need each other. */
type CommandLineFault = 'UNKNOWN_OPTION' | 'OPTION_VALUE_MISSING' | 'OPTIONS_MISMATCH';

/** Makes the error that is thrown; the message is the one of Apache's programs. */
type RefuseCommandLine = (fault: CommandLineFault, message: string) => Error;

/** The options that were given. */
export class ParsedOptions {
  /** Words that belong to no option. */
  readonly words: string[] = [];
  readonly #values = new Map<string, string[]>();

  /** Saves that an option was given; its value, if it takes one, is added to the result. */
  add(key: string): string[] {
    const values = this.#values.get(key) ?? [];
    this.#values.set(key, values);
    return values;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** The first value of an option, without blanks around it; undefined when the option was not given. */
  value(key: string): string | undefined {
    return this.#values.get(key)?.[0]?.trim();
  }

  /** The last value of an option, as it was given. */
  lastValue(key: string): string | undefined {
    return this.#values.get(key)?.at(-1);
  }

  /** The value of a required option. */
  text(key: string): string {
    const value = this.value(key);
    if (value === undefined) throw new RangeError(`the option ${key} is not a required one`);
    return value;
  }
}

/**
 * Reads options in GNU style: `-t X`, `-tX`, `-t=X`, `--topic X`, `--topic=X`, long names cut short as long as they stay
 * clear, flags run together, `--` ends the options. Throws what `refuse` makes.
 * Source: commons-cli 1.5 DefaultParser with partial matching.
 */
export function parseOptions(table: OptionTable, words: readonly string[], refuse: RefuseCommandLine): ParsedOptions {
  const reader = new Reader(table, refuse);
  for (const word of words) reader.take(word);
  return reader.finish();
}

class Reader {
  readonly #table: OptionTable;
  readonly #refuse: RefuseCommandLine;
  readonly #parsed = new ParsedOptions();
  readonly #selected = new Map<OptionGroup, string>();
  readonly #missing: Set<Option | OptionGroup>;
  /** The option whose value the next word may be. */
  #open: { option: Option; values: string[] } | undefined;
  #ended = false;

  constructor(table: OptionTable, refuse: RefuseCommandLine) {
    this.#table = table;
    this.#refuse = refuse;
    this.#missing = new Set(table.requirements);
  }

  take(word: string): void {
    if (this.#ended) this.#parsed.words.push(word);
    else if (word === '--') this.#ended = true;
    else if (this.#open !== undefined && (!this.#looksLikeOption(word) || isNumber(word))) {
      this.#open.values.push(withoutQuotes(word));
      this.#open = undefined;
    } else if (word.startsWith('--')) this.#takeLong(word);
    else if (word.startsWith('-') && word !== '-') this.#takeDashed(word);
    else this.#parsed.words.push(word);
  }

  finish(): ParsedOptions {
    this.#refuseOpen();
    if (this.#missing.size > 0) {
      const names = [...this.#missing].map((one) => ('options' in one ? groupText(one) : optionKey(one)));
      throw this.#refuse(
        'OPTIONS_MISMATCH',
        `Missing required option${names.length === 1 ? '' : 's'}: ${names.join(', ')}`,
      );
    }
    return this.#parsed;
  }

  #takeLong(word: string): void {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    const found = this.#matching(name);
    if (found.length === 0) throw this.#unrecognized(word);
    if (found.length > 1) {
      const list = found.map((one) => `'${one.long}'`).join(', ');
      throw this.#refuse('UNKNOWN_OPTION', `Ambiguous option: '${name}'  (could be: ${list})`);
    }
    const declared = found[0]!;
    if (equals === -1) this.#given(declared);
    else if (declared.takesValue) this.#givenWith(declared, word.slice(equals + 1));
    else throw this.#unrecognized(word);
  }

  #takeDashed(word: string): void {
    const name = word.slice(1);
    const equals = name.indexOf('=');
    if (equals > 0) {
      const declared = this.#table.byKey.get(name.slice(0, equals));
      if (declared?.takesValue === true) return this.#givenWith(declared, name.slice(equals + 1));
      if (equals === 1) throw this.#unrecognized(word);
    }
    if (equals !== -1) return this.#takeLong(word);
    const exact = this.#table.byKey.get(name);
    if (exact !== undefined) {
      this.#given(exact);
      return;
    }
    if (name.length === 1) throw this.#unrecognized(word);
    if (this.#matching(name).length > 0) return this.#takeLong(word);
    const prefix = this.#longPrefix(name);
    if (prefix?.takesValue === true) return this.#givenWith(prefix, name.slice(prefix.long.length));
    this.#takeRunTogether(word);
  }

  /** `-lv` as `-l -v`, and `-tX` as `-t X`. */
  #takeRunTogether(word: string): void {
    for (let at = 1; at < word.length; at++) {
      const declared = this.#table.byKey.get(word[at]!);
      if (declared === undefined) throw this.#unrecognized(word);
      if (declared.takesValue && at + 1 < word.length) return this.#givenWith(declared, word.slice(at + 1));
      this.#given(declared);
    }
  }

  #given(declared: Option): string[] {
    this.#refuseOpen();
    this.#missing.delete(declared);
    const group = this.#table.groupOf(declared);
    if (group !== undefined) this.#select(group, optionKey(declared));
    const values = this.#parsed.add(optionKey(declared));
    this.#open = declared.takesValue ? { option: declared, values } : undefined;
    return values;
  }

  #givenWith(declared: Option, value: string): void {
    this.#given(declared).push(value);
    this.#open = undefined;
  }

  #select(group: OptionGroup, key: string): void {
    const selected = this.#selected.get(group);
    if (selected !== undefined && selected !== key) {
      throw this.#refuse(
        'OPTIONS_MISMATCH',
        `The option '${key}' was specified but an option from this group has already been selected: '${selected}'`,
      );
    }
    this.#selected.set(group, key);
    this.#missing.delete(group);
  }

  #refuseOpen(): void {
    if (this.#open !== undefined) {
      throw this.#refuse('OPTION_VALUE_MISSING', `Missing argument for option: ${optionKey(this.#open.option)}`);
    }
  }

  #unrecognized(word: string): Error {
    return this.#refuse('UNKNOWN_OPTION', `Unrecognized option: ${word}`);
  }

  #looksLikeOption(word: string): boolean {
    if (!word.startsWith('-') || word.length === 1) return false;
    const name = word.replace(/^--?/, '').split('=')[0]!;
    if (this.#matching(name).length > 0) return true;
    if (word.startsWith('--')) return false;
    return this.#longPrefix(name) !== undefined || this.#table.byKey.has(name) || this.#table.byKey.has(name[0] ?? '');
  }

  #matching(word: string): Option[] {
    const name = word.replace(/^--?/, '');
    const exact = this.#table.byLong.get(name);
    if (exact !== undefined) return [exact];
    return [...this.#table.byLong.values()].filter((one) => one.long.startsWith(name));
  }

  /** The long name that a word of the form `-nameVALUE` starts with. */
  #longPrefix(name: string): Option | undefined {
    for (let length = name.length - 2; length > 1; length--) {
      const declared = this.#table.byLong.get(name.slice(0, length));
      if (declared !== undefined) return declared;
    }
    return undefined;
  }
}

function groupText(group: OptionGroup): string {
  return `[${group.options.map((one) => `-${optionKey(one)} ${one.description}`).join(', ')}]`;
}

function isNumber(word: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word);
}

function withoutQuotes(word: string): string {
  const inner = word.slice(1, -1);
  const quoted = word.length > 1 && word.startsWith('"') && word.endsWith('"');
  return quoted && !inner.includes('"') ? inner : word;
}
