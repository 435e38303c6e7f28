/** Source: Long#compare of the bits where both are equal; NaN is the largest and −0.0 below 0.0. Source: Double#compare. */
export function compareDoubles(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left === right) {
    if (left !== 0) return 0;
    return Number(Object.is(right, -0)) - Number(Object.is(left, -0));
  }
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Java trims
const JAVA_BLANKS = /^[\u0000-\u0020]+|[\u0000-\u0020]+$/g;

/**
 * A text as Java's double: blanks around it are dropped, a last `f` or `d` is too, `NaN`, `Infinity` and hexadecimal
 * floats are numbers; undefined for what Java throws at. Source: Double#valueOf.
 */
export function parseJavaDouble(text: string): number | undefined {
  const trimmed = text.replace(JAVA_BLANKS, '');
  if (/^[+-]?(?:NaN|Infinity)$/.test(trimmed)) return trimmed.endsWith('NaN') ? Number.NaN : Number(trimmed);
  const digits = trimmed.replace(/[fFdD]$/, '');
  if (DECIMAL.test(digits)) return Number(digits);
  const hexadecimal = HEXADECIMAL.exec(digits);
  if (hexadecimal === null) return undefined;
  const [, sign, whole, fraction, exponent] = hexadecimal as unknown as [string, string, string, string, string];
  if (whole === '' && fraction === '') return undefined;
  const magnitude = scaled(BigInt(`0x${whole}${fraction}`), Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -magnitude : magnitude;
}

/** `mantissa` × 2^`exponent`, rounded once, to the nearest double and half to even. */
function scaled(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  const top = bits + exponent;
  if (top > 1024) return Number.POSITIVE_INFINITY;
  if (top < -1075) return 0;
  // The unit in the last place of the result; never below that of the smallest double.
  const unit = Math.max(top - 53, -1074);
  const shift = unit - exponent;
  const rounded = shift <= 0 ? mantissa << BigInt(-shift) : roundedShift(mantissa, BigInt(shift));
  // Two steps, since one power of two may be beyond the range of doubles.
  const half = Math.trunc(unit / 2);
  return Number(rounded) * 2 ** half * 2 ** (unit - half);
}

function roundedShift(value: bigint, shift: bigint): bigint {
  const floor = value >> shift;
  const rest = value - (floor << shift);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (floor & 1n) === 1n);
  return up ? floor + 1n : floor;
}
