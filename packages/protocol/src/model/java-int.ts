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

const LONG_DIGITS = 19;

/** The same within 64 bits, as Java's `Long.parseLong`. */
export function parseJavaLong(text: string): bigint | undefined {
  const signed = text.startsWith('+') || text.startsWith('-');
  if (text.length === (signed ? 1 : 0)) return undefined;
  let digits = '';
  for (let i = signed ? 1 : 0; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i));
    if (digit < 0) return undefined;
    if (digit > 0 || digits !== '') digits += digit;
    if (digits.length > LONG_DIGITS) return undefined;
  }
  const value = text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
  return BigInt.asIntN(64, value) === value ? value : undefined;
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
