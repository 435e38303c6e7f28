import { CodecError } from './codec-error.ts';

/** Header fields as texts by wire key. */
export type ExtFields = Readonly<Record<string, string>>;

/** Shared by all headers that carry no field. */
export const NO_EXT_FIELDS: ExtFields = Object.freeze({});

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
/** Digits whose value any double holds exactly. */
const EXACT_DIGITS = 15;
/** Digits of 2^63. */
const LONG_DIGITS = 19;

/** A required field that did not come. */
export function missingField(name: string, wireKey: string): never {
  throw new CodecError('BAD_FIELD', `the header field ${describe(name, wireKey)} is missing`, { facts: { wireKey } });
}

function badField(text: string, kind: string, name: string, wireKey: string): never {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw new CodecError('BAD_FIELD', `the header field ${describe(name, wireKey)} is not ${kind}: "${shown}"`, {
    facts: { wireKey },
  });
}

function describe(name: string, wireKey: string): string {
  return name === wireKey ? name : `${wireKey} (${name})`;
}

/** Strict decimal of 32 bits. Source: Integer#parseInt, which also takes a plus sign. */
export function parseInt32(text: string, name: string, wireKey: string): number {
  const value = text.length <= EXACT_DIGITS ? parseDigits(text) : Number.NaN;
  if (!(value >= INT_MIN && value <= INT_MAX)) badField(text, 'an int', name, wireKey);
  return value;
}

/** Strict decimal of 64 bits, cut to what a number holds exactly. Source: Long#parseLong. */
export function parseLong(text: string, name: string, wireKey: string): number {
  if (text.length <= EXACT_DIGITS) {
    const value = parseDigits(text);
    if (Number.isNaN(value)) badField(text, 'a long', name, wireKey);
    return value;
  }
  // Summing up digits one by one would round more than once.
  const value = Number.isNaN(parseDigits(text)) ? Number.NaN : Number(text);
  // 2^63 − 1 has no exact double: what reads as 2^63 is taken for it.
  if (text.length > LONG_DIGITS + 1 || !(value >= -(2 ** 63) && value <= 2 ** 63)) {
    badField(text, 'a long', name, wireKey);
  }
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}

/** NaN unless the text is an optional sign and at least one digit. */
function parseDigits(text: string): number {
  const first = text.charCodeAt(0);
  const signed = first === 45 || first === 43;
  let index = signed ? 1 : 0;
  if (index === text.length) return Number.NaN;
  let value = 0;
  for (; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  // Zero minus, so that "-0" reads as 0.
  return first === 45 ? 0 - value : value;
}

/** Source: Boolean#parseBoolean. */
export function parseBoolean(text: string): boolean {
  return text === 'true' || (text.length === 4 && text.toLowerCase() === 'true');
}

/** An int; anything else is a mistake of ours and must not reach the wire. */
export function checkInt32(value: number, name: string): number {
  if ((value | 0) !== value) throw new RangeError(`the header field ${name} must be an int, not ${value}`);
  return value;
}

/** The same for a long. */
export function checkLong(value: number, name: string): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`the header field ${name} must be a long, not ${value}`);
  return value;
}

/** Decimal text of an int. */
export function formatInt32(value: number, name: string): string {
  return `${checkInt32(value, name)}`;
}

/** Decimal text of a long; the largest safe integer means "without end". */
export function formatLong(value: number, name: string): string {
  if (value === Number.MAX_SAFE_INTEGER) return '9223372036854775807';
  return `${checkLong(value, name)}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON may not carry raw
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Up to this length a loop is quicker than the regular expression. */
const SHORT_TEXT = 64;

/** JSON text of a string. */
export function quoteJson(text: string): string {
  const plain = text.length <= SHORT_TEXT ? isPlain(text) : !NEEDS_ESCAPE.test(text);
  return plain ? `"${text}"` : JSON.stringify(text);
}

/** True for printable ASCII without quote and backslash; other texts go the careful way. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false;
  }
  return true;
}
