import { compareText } from '@rocketmq-ts/kernel';
import { parseJavaBoolean, parseJavaInt, parseJavaLong } from '@rocketmq-ts/protocol';
import { compareDoubles, parseJavaDouble } from './java-numbers.ts';

/**
 * A value of an expression, with the Java class that it has in Apache's broker, since the class decides how values are compared:
 * Integer, Long (whole numbers beyond 32 bits), Double, String, Boolean, null.
 */
export type Constant =
  | { readonly type: 'INT'; readonly value: number }
  | { readonly type: 'LONG'; readonly value: bigint }
  | { readonly type: 'DOUBLE'; readonly value: number }
  | { readonly type: 'TEXT'; readonly value: string }
  | { readonly type: 'BOOLEAN'; readonly value: boolean }
  | { readonly type: 'NULL' };

export type NumberConstant = Extract<Constant, { readonly type: 'INT' | 'LONG' | 'DOUBLE' }>;

export const NULL_CONSTANT: Constant = { type: 'NULL' };
export const TRUE_CONSTANT: Constant = { type: 'BOOLEAN', value: true };
export const FALSE_CONSTANT: Constant = { type: 'BOOLEAN', value: false };

export function isNumber(constant: Constant | undefined): constant is NumberConstant {
  return constant?.type === 'INT' || constant?.type === 'LONG' || constant?.type === 'DOUBLE';
}

/** The order of two values, neither of them null; undefined where Apache's broker throws. Source: ComparisonExpression#__compare. */
export function compareConstants(left: Constant, right: Constant): number | undefined {
  if (left.type === 'NULL' || right.type === 'NULL') return undefined;
  if (left.type === 'BOOLEAN') {
    if (right.type === 'BOOLEAN') return Number(left.value) - Number(right.value);
    // A cast that fails in Java: its branch reads the wrong one of the two.
    return right.type === 'TEXT' ? undefined : -1;
  }
  if (left.type === 'TEXT') {
    if (right.type === 'TEXT') return compareText(left.value, right.value);
    if (right.type === 'BOOLEAN') return Number(parseJavaBoolean(left.value)) - Number(right.value);
    const parsed = parseAs(right, left.value);
    return parsed && compareNumbers(parsed, right);
  }
  if (right.type === 'BOOLEAN') return -1;
  if (right.type === 'TEXT') {
    const parsed = parseAs(left, right.value);
    return parsed && compareNumbers(left, parsed);
  }
  return compareNumbers(left, right);
}

/** A text as a number of the class of another one. */
function parseAs(pattern: NumberConstant, text: string): NumberConstant | undefined {
  if (pattern.type === 'INT') {
    const value = parseJavaInt(text);
    return value === undefined ? undefined : { type: 'INT', value };
  }
  if (pattern.type === 'LONG') {
    const value = parseJavaLong(text);
    return value === undefined ? undefined : { type: 'LONG', value };
  }
  const value = parseJavaDouble(text);
  return value === undefined ? undefined : { type: 'DOUBLE', value };
}

function compareNumbers(left: NumberConstant, right: NumberConstant): number {
  if (left.type === 'DOUBLE' || right.type === 'DOUBLE') return compareDoubles(Number(left.value), Number(right.value));
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}
