import { TestingError } from '../errors.ts';

/** Milliseconds, or a text such as `500ms`, `30s`, `10m`, `1h30m`, `2d`. */
export type Duration = number | string;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 366 * 86_400_000;

/** Throws TestingError `DURATION_ILLEGAL`. */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : textMs(duration);
  if (ms >= 0 && ms <= LONGEST_MS) return ms;
  const text = `${typeof duration === 'string' ? JSON.stringify(duration) : String(duration)} is no time: it takes milliseconds or a text such as "10m", "1h30m", "500ms"`;
  throw new TestingError('DURATION_ILLEGAL', text, { facts: { duration } });
}

function textMs(text: unknown): number {
  if (typeof text !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return Number.NaN;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)(ms|[smhd])/g)) sum += Number(count) * UNITS_MS[unit!]!;
  return sum;
}
