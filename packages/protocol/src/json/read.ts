import { type ProtocolError, protocolError } from '../errors.ts';
import { resolveReferences } from './reference.ts';
import type { JsonObject, JsonValue } from './value.ts';

/** Deeper texts are refused. */
const MAX_DEPTH = 500;
const MAX_INTEGER_DIGITS = 15;
const longDigits = /\d{16}/;

/**
 * Reads JSON and fastjson's dialect of it: unquoted number keys, whole objects as keys, texts in single quotes, bare names
 * as keys, `$ref`. Integers beyond ±2^53 are cut to ±Number.MAX_SAFE_INTEGER, as in headers. The bytes are UTF-8.
 * Throws BAD_JSON with the position.
 */
export function parseJson(source: Uint8Array | string): JsonValue {
  const text = typeof source === 'string' ? source : asBuffer(source).toString('utf8');
  const value = parseStandard(text) ?? new DialectParser(text).parse();
  return text.includes('"$ref"') ? resolveReferences(value) : value;
}

/** Undefined when the text has to go the slow way. */
function parseStandard(text: string): JsonValue | undefined {
  // JSON.parse would round long integers instead of cutting them.
  if (longDigits.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class DialectParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): JsonValue {
    if (this.#text.startsWith('\ufeff')) this.#at = 1;
    const value = this.#value();
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#error('something follows the end');
    return value;
  }

  #value(): JsonValue {
    this.#skipBlanks();
    const character = this.#text[this.#at];
    switch (character) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
      case "'":
        return this.#string(character);
      case undefined:
        throw this.#error('the text ends early');
      default:
        return this.#literal();
    }
  }

  #nested(read: () => JsonValue): JsonValue {
    if (++this.#depth > MAX_DEPTH) throw this.#error('nested too deeply');
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at++;
    this.#skipBlanks();
    if (this.#take(']')) return items;
    do {
      items.push(this.#value());
      this.#skipBlanks();
    } while (this.#take(','));
    this.#expect(']');
    return items;
  }

  #object(): JsonObject | Map<JsonValue, JsonValue> {
    const entries: [JsonValue, JsonValue][] = [];
    let namesOnly = true;
    this.#at++;
    this.#skipBlanks();
    if (this.#take('}')) return {};
    do {
      const key = this.#key();
      if (typeof key !== 'string') namesOnly = false;
      this.#skipBlanks();
      this.#expect(':');
      entries.push([key, this.#value()]);
      this.#skipBlanks();
    } while (this.#take(','));
    this.#expect('}');
    // fromEntries makes `__proto__` an ordinary member.
    return namesOnly ? (Object.fromEntries(entries as [string, JsonValue][]) as JsonObject) : new Map(entries);
  }

  #key(): JsonValue {
    this.#skipBlanks();
    const character = this.#text[this.#at];
    if (character === '"' || character === "'") return this.#string(character);
    if (character === '{' || character === '[') return this.#value();
    const word = this.#word();
    if (word === '') throw this.#error('a member name is expected');
    return word;
  }

  #literal(): JsonValue {
    const start = this.#at;
    const word = this.#word();
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === 'null' || word === 'NaN' || word === 'undefined') return null;
    if (/^-?\d+$/.test(word)) return cutInteger(word);
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(word)) return Number(word);
    this.#at = start;
    throw this.#error('a value is expected');
  }

  /** Everything up to a blank or a character with a meaning. */
  #word(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !' \t\r\n,:{}[]"\''.includes(this.#text[this.#at]!)) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #string(quote: string): string {
    const start = this.#at;
    let end = start + 1;
    let escaped = false;
    for (; ; end++) {
      const character = this.#text[end];
      if (character === undefined) throw this.#error('a text does not end');
      if (character === quote) break;
      if (character !== '\\') continue;
      escaped = true;
      end++;
    }
    this.#at = end + 1;
    const raw = this.#text.slice(start + 1, end);
    return escaped ? this.#undoEscapes(raw, start) : raw;
  }

  #undoEscapes(raw: string, start: number): string {
    return raw.replace(
      /\\(u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|[\s\S])/g,
      (_, after: string, hex4?: string, hex2?: string) => {
        const hex = hex4 ?? hex2;
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        const character = ESCAPES[after];
        if (character === undefined) {
          this.#at = start;
          throw this.#error(`\\${after} is no escape`);
        }
        return character;
      },
    );
  }

  #skipBlanks(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#error(`"${character}" is expected`);
  }

  #error(what: string): ProtocolError {
    return protocolError('BAD_JSON', `no JSON: ${what} at position ${this.#at}`, { facts: { position: this.#at } });
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  0: '\0',
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
};

function cutInteger(digits: string): number {
  const value = Number(digits);
  if (digits.length <= MAX_INTEGER_DIGITS) return value;
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}
