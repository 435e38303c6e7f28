import { protocolError } from '../errors.ts';
import { parseJson } from '../json/read.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';

/**
 * Checked access to the members of a JSON object. A member that is missing or null takes the fallback, as a Java class
 * keeps its default; without a fallback, and for a wrong type, BAD_BODY names the member. As lenient as fastjson: numbers in
 * quotes, texts given as numbers, enums by ordinal, `true` as text.
 */
export class Members {
  readonly #object: JsonObject;
  /** Path for error messages: `HeartbeatData.producerDataSet[0]`. */
  readonly where: string;

  constructor(value: JsonValue, where: string) {
    if (!isObject(value)) throw bad(where, 'an object is expected');
    this.#object = value;
    this.where = where;
  }

  /** Reads a whole body. `name` is the body's name for error messages. */
  static parse(body: Uint8Array | string, name: string): Members {
    return new Members(parsed(body, name), name);
  }

  /** Reads a body that is an array of objects; one without bytes or with `null` has none. */
  static array(body: Uint8Array, name: string): Members[] {
    const value = body.length === 0 ? null : parsed(body, name);
    if (value === null) return [];
    if (!Array.isArray(value)) throw bad(name, 'an array is expected');
    return value.map((item, index) => new Members(item, `${name}[${index}]`));
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  text(name: string, fallback?: string): string {
    return this.optionalText(name) ?? fallback ?? this.#missing(name);
  }

  optionalText(name: string): string | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : textOf(value, this.#path(name));
  }

  /** Whole numbers; a fraction is cut off, and a value beyond ±2^53 stays at ±Number.MAX_SAFE_INTEGER. */
  integer(name: string, fallback?: number): number {
    return this.optionalInteger(name) ?? fallback ?? this.#missing(name);
  }

  optionalInteger(name: string): number | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : integerOf(value, this.#path(name));
  }

  double(name: string, fallback: number): number {
    const value = this.#value(name);
    return value === undefined ? fallback : numberOf(value, this.#path(name));
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') return value !== 0;
    if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
    throw bad(this.#path(name), 'true or false is expected');
  }

  /** One of some words, or the ordinal of one. */
  choice<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const word = typeof value === 'number' ? words[value] : words.find((candidate) => candidate === value);
    if (word === undefined) throw bad(this.#path(name), `one of ${words.join(', ')} is expected`);
    return word;
  }

  /** An object inside, undefined when it is missing. */
  object(name: string): Members | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : new Members(value, this.#path(name));
  }

  /** The elements of an array of objects; none when it is missing. */
  objects(name: string): Members[] {
    return this.#array(name).map((item, index) => new Members(item, `${this.#path(name)}[${index}]`));
  }

  texts(name: string): string[] {
    return this.#array(name).map((item, index) => textOf(item, `${this.#path(name)}[${index}]`));
  }

  integers(name: string): number[] {
    return this.#array(name).map((item, index) => integerOf(item, `${this.#path(name)}[${index}]`));
  }

  /** A map by text whose values are objects; empty when it is missing. */
  table<Value>(name: string, read: (members: Members) => Value): Map<string, Value> {
    return this.#mapOf(name, (value, where) => read(new Members(value, where)));
  }

  /** A map by text of anything. */
  values<Value>(name: string, read: (value: JsonValue, where: string) => Value): Map<string, Value> {
    return this.#mapOf(name, read);
  }

  /** True for an array that holds no arrays: some members come as a map or as a list. */
  isListOfObjects(name: string): boolean {
    const value = this.#value(name);
    return Array.isArray(value) && value.every(isObject);
  }

  textTable(name: string): Map<string, string> {
    return this.#mapOf(name, textOf);
  }

  integerTable(name: string): Map<string, number> {
    return this.#mapOf(name, integerOf);
  }

  /** A map by text of maps from text to number. */
  numberTables(name: string): Map<string, Map<string, number>> {
    return this.#mapOf(name, (value, where) => new Members({ table: value }, where).integerTable('table'));
  }

  /** A map by text of maps from whole number to whole number. */
  numberedTables(name: string): Map<string, Map<number, number>> {
    return this.#mapOf(name, (value, where) => new Members({ table: value }, where).numberedTable('table', integerOf));
  }

  /** A map by text whose values are arrays of objects. */
  listTable<Value>(name: string, read: (members: Members) => Value): Map<string, Value[]> {
    return this.#mapOf(name, (value, where) => {
      if (!Array.isArray(value)) throw bad(where, 'an array is expected');
      return value.map((item, index) => read(new Members(item, `${where}[${index}]`)));
    });
  }

  /** An array of such maps. */
  listTables<Value>(name: string, read: (members: Members) => Value): Map<string, Value[]>[] {
    return this.#array(name).map((item, index) =>
      new Members({ table: item }, `${this.#path(name)}[${index}]`).listTable('table', read),
    );
  }

  /** A map by text whose values are arrays of texts. */
  textListTable(name: string): Map<string, string[]> {
    return this.#mapOf(name, (value, where) => {
      if (!Array.isArray(value)) throw bad(where, 'an array is expected');
      return value.map((item, index) => textOf(item, `${where}[${index}]`));
    });
  }

  /** A map by whole number. */
  numberedTable<Value>(name: string, read: (value: JsonValue, where: string) => Value): Map<number, Value> {
    const table = new Map<number, Value>();
    for (const [key, value] of this.#mapOf(name, read)) table.set(integerOf(key, `${this.#path(name)}.${key}`), value);
    return table;
  }

  /** A map by whole number whose values are arrays of objects. */
  numberedLists<Value>(name: string, read: (members: Members) => Value): Map<number, Value[]> {
    const table = new Map<number, Value[]>();
    for (const [key, list] of this.listTable(name, read)) table.set(integerOf(key, `${this.#path(name)}.${key}`), list);
    return table;
  }

  /**
   * A map whose keys are objects: raw (`{{…}:v}`), as JSON in quotes (`{"{…}":v}`), or as an array of pairs (gson).
   * Null values are skipped.
   */
  keyedEntries<Key, Value>(
    name: string,
    readKey: (members: Members) => Key,
    readValue: (value: JsonValue, where: string) => Value,
  ): [Key, Value][] {
    const where = this.#path(name);
    const entries: [Key, Value][] = [];
    for (const [key, value] of entriesOf(this.#value(name), where)) {
      if (value === null) continue;
      const object = typeof key === 'string' ? Members.parse(key, `${where} key`) : new Members(key, `${where} key`);
      entries.push([readKey(object), readValue(value, where)]);
    }
    return entries;
  }

  #mapOf<Value>(name: string, read: (value: JsonValue, where: string) => Value): Map<string, Value> {
    const table = new Map<string, Value>();
    const value = this.#value(name);
    if (value === undefined) return table;
    if (!isObject(value)) throw bad(this.#path(name), 'an object is expected');
    for (const [key, item] of Object.entries(value)) {
      if (item !== null) table.set(key, read(item, `${this.#path(name)}.${key}`));
    }
    return table;
  }

  #array(name: string): JsonValue[] {
    const value = this.#value(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw bad(this.#path(name), 'an array is expected');
    return value;
  }

  #value(name: string): Exclude<JsonValue, null> | undefined {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }

  #path(name: string): string {
    return `${this.where}.${name}`;
  }

  #missing(name: string): never {
    throw bad(this.#path(name), 'the member is missing');
  }
}

function parsed(body: Uint8Array | string, name: string): JsonValue {
  try {
    return parseJson(body);
  } catch (cause) {
    throw protocolError('BAD_BODY', `${name}: ${(cause as Error).message}`, { cause, facts: { member: name } });
  }
}

/** A whole number of a map or list. */
export function integerOf(value: JsonValue, where: string): number {
  const number = Math.trunc(numberOf(value, where));
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number));
}

/** A text of a map or list. */
export function textOf(value: JsonValue, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw bad(where, 'a text is expected');
}

function numberOf(value: JsonValue, where: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/.test(value)) return Number(value);
  throw bad(where, 'a number is expected');
}

function entriesOf(value: JsonValue | undefined, where: string): Iterable<readonly [JsonValue, JsonValue]> {
  if (value === undefined) return [];
  if (value instanceof Map) return value;
  if (isObject(value)) return Object.entries(value);
  if (Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    return value as [JsonValue, JsonValue][];
  }
  throw bad(where, 'a map is expected');
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

function bad(member: string, what: string): Error {
  return protocolError('BAD_BODY', `${member}: ${what}`, { facts: { member } });
}
