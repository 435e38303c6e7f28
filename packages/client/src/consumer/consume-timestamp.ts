import { formatLocalTime, parseLocalTime } from '@rocketmq-ts/kernel';
import { ClientError } from '../errors.ts';

/** Ms since the epoch of a number (returned as it is) or of `yyyyMMddHHmmss` in local time. Throws ClientError `OPTION_ILLEGAL`. */
export function parseTimestamp(value: number | string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const time = parseLocalTime(String(value), /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/);
  if (time === undefined) {
    throw new ClientError(
      'OPTION_ILLEGAL',
      `The option consumeTimestamp is ${JSON.stringify(value)}, but must be yyyyMMddHHmmss or ms.`,
      { facts: { option: 'consumeTimestamp' } },
    );
  }
  return time;
}

/** `yyyyMMddHHmmss` in local time: how running info shows it. */
export function formatTimestamp(ms: number): string {
  return formatLocalTime(ms, 'yyyyMMddHHmmss');
}
