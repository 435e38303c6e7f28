import { parseJavaInt, parseJavaLong } from '@rocketmq-ts/protocol';
import { compareDoubles, parseJavaDouble } from './java-numbers.ts';
import type { PropertyValues } from './property-values.ts';

/** A value is no number of the wanted kind. */
export const NOT_A_NUMBER = 2;

const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
/** So many decimal digits are exact in a double, and so are the powers of ten up to 22. */
const EXACT_DIGITS = 15;
const INT_MAX = 2147483647;

const powersOfTen: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/** The number that `readDecimal` read: no object is made for it. */
let decimal = 0;
let decimalHasPoint = false;

/** Reads digits with a sign and a point from the bytes of a value; false where it is something else, or longer than is exact. */
function readDecimal(bytes: Buffer, from: number, end: number): boolean {
  let at = from;
  const sign = bytes[at]!;
  if (sign === MINUS || sign === PLUS) at += 1;
  const first = at;
  let value = 0;
  let point = -1;
  // A sign and a point beside the digits: what is longer is not looked at twice.
  if (end - from > EXACT_DIGITS + 2) return false;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (byte === POINT && point < 0) point = at;
    else return false;
  }
  const digits = end - first - (point < 0 ? 0 : 1);
  if (digits === 0 || digits > EXACT_DIGITS) return false;
  const fraction = point < 0 ? 0 : end - point - 1;
  const magnitude = fraction === 0 ? value : value / powersOfTen[fraction]!;
  decimal = sign === MINUS ? -magnitude : magnitude;
  decimalHasPoint = point >= 0;
  return true;
}

/** The order of a property's value, read as Java's int, and a constant; NOT_A_NUMBER where Java throws. */
export function compareInt(values: PropertyValues, slot: number, constant: number): number {
  if (readDecimal(values.bytes, values.from[slot]!, values.end[slot]!)) {
    if (decimalHasPoint || decimal > INT_MAX || decimal < -INT_MAX - 1) return NOT_A_NUMBER;
    return decimal < constant ? -1 : decimal > constant ? 1 : 0;
  }
  const value = parseJavaInt(values.text(slot));
  if (value === undefined) return NOT_A_NUMBER;
  return value < constant ? -1 : value > constant ? 1 : 0;
}

/** As `compareInt`, read as Java's long. `approximate`: the constant as a double; it is beyond 32 bits. */
export function compareLong(values: PropertyValues, slot: number, constant: bigint, approximate: number): number {
  if (readDecimal(values.bytes, values.from[slot]!, values.end[slot]!)) {
    if (decimalHasPoint) return NOT_A_NUMBER;
    // What is read here has 15 digits at the most: a constant that is not exact is far beyond it.
    return decimal < approximate ? -1 : decimal > approximate ? 1 : 0;
  }
  const value = parseJavaLong(values.text(slot));
  if (value === undefined) return NOT_A_NUMBER;
  return value < constant ? -1 : value > constant ? 1 : 0;
}

/** As `compareInt`, read as Java's double. */
export function compareDouble(values: PropertyValues, slot: number, constant: number): number {
  if (readDecimal(values.bytes, values.from[slot]!, values.end[slot]!)) return compareDoubles(decimal, constant);
  const value = parseJavaDouble(values.text(slot));
  return value === undefined ? NOT_A_NUMBER : compareDoubles(value, constant);
}

/** The order of two properties, both read as Java's doubles. */
export function compareProperties(values: PropertyValues, left: number, right: number): number {
  const { bytes, from, end } = values;
  let leftValue: number | undefined;
  if (readDecimal(bytes, from[left]!, end[left]!)) leftValue = decimal;
  else leftValue = parseJavaDouble(values.text(left));
  if (leftValue === undefined) return NOT_A_NUMBER;
  const order = compareDouble(values, right, leftValue);
  return order === NOT_A_NUMBER ? NOT_A_NUMBER : -order;
}

/** Whether two properties have the same text. */
export function sameText(values: PropertyValues, left: number, right: number): boolean {
  const { bytes, from, end } = values;
  const length = end[left]! - from[left]!;
  let isAscii = true;
  let same = length === end[right]! - from[right]!;
  for (let i = 0; i < length; i++) {
    const byte = bytes[from[left]! + i]!;
    if (byte >= 128) isAscii = false;
    if (same && byte !== bytes[from[right]! + i]) same = false;
  }
  // Bytes that are no UTF-8 all read as the same character.
  return same || (!isAscii && values.text(left) === values.text(right));
}
