/**
 * A text as Java's `Integer.parseInt` reads it: an optional sign, then digits of any script, within 32 bits; undefined for
 * all else, where Java throws. Blanks, fractions and trailing letters are all else.
 */
export function parseJavaInt(text: string): number | undefined {
  const signed = text.startsWith('+') || text.startsWith('-');
  const negative = signed && text.startsWith('-');
  if (text.length === (signed ? 1 : 0)) return undefined;
  let value = 0;
  for (let i = signed ? 1 : 0; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i));
    if (digit < 0) return undefined;
    value = value * 10 + digit;
    if (value > 2147483648) return undefined;
  }
  if (negative) return value === 0 ? 0 : -value;
  return value > 2147483647 ? undefined : value;
}

const DECIMAL_DIGIT = /^\p{Nd}$/u;

/** −1: no decimal digit. Those of one script follow each other, and no two scripts of 16 bits lie side by side. */
function digitOf(code: number): number {
  if (code < 128) return code >= 48 && code <= 57 ? code - 48 : -1;
  let digit = -1;
  while (digit < 9 && DECIMAL_DIGIT.test(String.fromCharCode(code - digit - 1))) digit += 1;
  return digit;
}

/** As Java's `Boolean.parseBoolean`: only `true` is, in letters of either case. */
export function parseJavaBoolean(text: string | undefined): boolean {
  return text !== undefined && text.length === 4 && text.toLowerCase() === 'true';
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The text as Java stores it: half a surrogate pair, which UTF-8 can't hold, becomes a question mark. */
export function storableText(text: string): string {
  return text.isWellFormed() ? text : text.replace(LONE_SURROGATE, '?');
}

const LONG_DIGITS = /^[+-]?\d+$/;

/** The same with 64 bits, of digits of ASCII: the nearest number where it is no safe integer. */
export function parseJavaLong(text: string): number | undefined {
  const value = parseJavaInt(text);
  if (value !== undefined) return value;
  if (!LONG_DIGITS.test(text)) return undefined;
  const number = Number(text);
  if (Math.abs(number) < 9e18) return number;
  // At the edge of 64 bits a number is not exact.
  const exact = text.length < 64 ? BigInt(text.replace('+', '')) : undefined;
  return exact !== undefined && BigInt.asIntN(64, exact) === exact ? number : undefined;
}
