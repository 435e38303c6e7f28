/** One argument of `format`. */
export type FormatArgument = string | number | boolean;

const DIRECTIVE = /%(-?)(0?)(\d*)(?:\.(\d+))?([sdfn%])/g;

/**
 * The part of Java's `printf` that the tables of mqadmin use: `%s`, `%d`, `%f` with `-`, `0`, width and precision, `%n` as
 * a line feed, `%%`. Too few arguments or a number that is not one throw: a table row must never show `undefined`.
 * Source: java.util.Formatter.
 */
export function format(pattern: string, ...values: readonly FormatArgument[]): string {
  let next = 0;
  return pattern.replace(
    DIRECTIVE,
    (directive: string, left: string, zero: string, width: string, precision: string | undefined, kind: string) => {
      if (kind === 'n') return '\n';
      if (kind === '%') return '%';
      const value = values[next++];
      if (value === undefined) throw new RangeError(`no argument for ${directive} in "${pattern}"`);
      const text = render(kind, value, precision);
      const columns = width === '' ? 0 : Number(width);
      if (left !== '') return text.padEnd(columns);
      if (zero === '') return text.padStart(columns);
      return text.startsWith('-') ? `-${text.slice(1).padStart(columns - 1, '0')}` : text.padStart(columns, '0');
    },
  );
}

function render(kind: string, value: FormatArgument, precision: string | undefined): string {
  if (kind === 's') {
    const text = String(value);
    return precision === undefined ? text : text.slice(0, Number(precision));
  }
  if (typeof value !== 'number') throw new TypeError(`%${kind} needs a number and got "${value}"`);
  return kind === 'd' ? formatInteger(value) : formatFixed(value, precision === undefined ? 6 : Number(precision));
}

function formatInteger(value: number): string {
  if (!Number.isInteger(value)) throw new TypeError(`%d needs an integer and got ${value}`);
  // The reader of the wire cuts longs to the safe range; the only one that Apache uses beyond it is its greatest.
  if (value === Number.MAX_SAFE_INTEGER) return '9223372036854775807';
  return Object.is(value, -0) ? '0' : String(value);
}

/**
 * A double with so many decimals, halves rounded up from the shortest decimal form, as Java does it: 1.005 with two is
 * 1.01, where `toFixed` says 1.00 because it looks at the binary value.
 */
export function formatFixed(value: number, decimals: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [whole, fraction] = plainDecimal(Math.abs(value));
  if (fraction.length <= decimals) return sign + joinDecimal(whole, fraction.padEnd(decimals, '0'));
  const kept = BigInt(whole + fraction.slice(0, decimals)) + (fraction[decimals]! >= '5' ? 1n : 0n);
  const digits = kept.toString().padStart(decimals + 1, '0');
  return sign + joinDecimal(digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals));
}

/** Digits before and behind the point of a number's shortest form, without exponent. */
function plainDecimal(value: number): [string, string] {
  const [mantissa, exponentText] = String(value).split('e') as [string, string | undefined];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string | undefined];
  const exponent = exponentText === undefined ? 0 : Number(exponentText);
  if (exponent >= 0) return [whole + fraction.padEnd(exponent, '0').slice(0, exponent), fraction.slice(exponent)];
  const digits = whole.padStart(1 - exponent, '0');
  return [digits.slice(0, digits.length + exponent), digits.slice(digits.length + exponent) + fraction];
}

function joinDecimal(whole: string, fraction: string): string {
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
