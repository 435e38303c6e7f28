import { javaDouble } from '@rocketmq-ts/kernel';
import { JsonDouble, type JsonInput } from './value.ts';

/** Which form of the text. */
interface WriteOptions {
  /** One member a line, indented with tabs, as in Apache's configuration files. Default false: no blanks at all. */
  readonly pretty?: boolean;
  /** Quotes number keys of maps, and writes object keys as quoted JSON, so that any JSON parser can read it. Default false. */
  readonly standard?: boolean;
  /** Of a text that becomes a part of a pretty one: how many brackets are around it. Default 0. */
  readonly depth?: number;
}

/**
 * Writes as fastjson does: members sorted by name, null members left out, number keys of maps unquoted, object keys raw.
 * `Number.MAX_SAFE_INTEGER` is written as 2^63−1, as in headers. Entries of a `Map` keep their order.
 * Source: RemotingSerializable#toJson.
 */
export function writeJson(value: JsonInput, options: WriteOptions = {}): string {
  return new JsonWriter(options).write(value, options.depth ?? 0);
}

/** The same as UTF-8 bytes: a body. */
export function encodeJson(value: JsonInput, options?: WriteOptions): Buffer {
  return Buffer.from(writeJson(value, options), 'utf8');
}

class JsonWriter {
  readonly #pretty: boolean;
  readonly #standard: boolean;

  constructor(options: WriteOptions) {
    this.#pretty = options.pretty ?? false;
    this.#standard = options.standard ?? false;
  }

  write(value: JsonInput, depth: number): string {
    if (value === null || value === undefined) return 'null';
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'number') return formatNumber(value);
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    if (value instanceof JsonDouble) return formatDouble(value.value);
    if (Array.isArray(value) || value instanceof Set) return this.#array(value as Iterable<JsonInput>, depth);
    if (value instanceof Map) return this.#map(value as ReadonlyMap<JsonInput, JsonInput>, depth);
    return this.#object(value as Readonly<Record<string, JsonInput>>, depth);
  }

  #array(items: Iterable<JsonInput>, depth: number): string {
    const parts: string[] = [];
    for (const item of items) parts.push(this.write(item, depth + 1));
    return this.#bracket('[', parts, ']', depth);
  }

  #map(map: ReadonlyMap<JsonInput, JsonInput>, depth: number): string {
    const parts: string[] = [];
    for (const [key, value] of map) {
      if (value === null || value === undefined) continue;
      parts.push(`${this.#key(key, depth + 1)}:${this.write(value, depth + 1)}`);
    }
    return this.#bracket('{', parts, '}', depth);
  }

  #key(key: JsonInput, depth: number): string {
    if (typeof key === 'string') return JSON.stringify(key);
    const text = this.write(key, depth);
    return this.#standard ? JSON.stringify(text) : text;
  }

  #object(object: Readonly<Record<string, JsonInput>>, depth: number): string {
    const parts: string[] = [];
    for (const name of sortedNames(object)) {
      const value = object[name];
      if (value === null || value === undefined) continue;
      parts.push(`${JSON.stringify(name)}:${this.write(value, depth + 1)}`);
    }
    return this.#bracket('{', parts, '}', depth);
  }

  #bracket(open: string, parts: readonly string[], close: string, depth: number): string {
    if (!this.#pretty || parts.length === 0) return `${open}${parts.join(',')}${close}`;
    const indent = `\n${'\t'.repeat(depth + 1)}`;
    return `${open}${indent}${parts.join(`,${indent}`)}\n${'\t'.repeat(depth)}${close}`;
  }
}

function sortedNames(object: object): string[] {
  const names = Object.keys(object);
  for (let i = 1; i < names.length; i++) {
    if (names[i - 1]! > names[i]!) return names.sort();
  }
  return names;
}

function formatNumber(value: number): string {
  if (!Number.isInteger(value)) return formatDouble(value);
  if (value >= Number.MAX_SAFE_INTEGER) return '9223372036854775807';
  if (value <= Number.MIN_SAFE_INTEGER) return '-9223372036854775808';
  return String(value === 0 ? 0 : value);
}

/** Null for what JSON can't say. */
function formatDouble(value: number): string {
  return Number.isFinite(value) ? javaDouble(value) : 'null';
}
