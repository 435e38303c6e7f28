/** A number as Java prints a double: `0.0`, `12.5`, `1.0E7`, `9.8E-4`, `NaN`, `-Infinity`. Source: java.lang.Double#toString. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) return withFraction(String(value));
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return `${withFraction(mantissa)}E${Number(exponent)}`;
}

function withFraction(decimal: string): string {
  return decimal.includes('.') ? decimal : `${decimal}.0`;
}
