import { ClientError } from '../errors.ts';

/** Ms since the epoch of a number (returned as it is) or of `yyyyMMddHHmmss` in local time. Throws ClientError `OPTION_ILLEGAL`. */
export function parseTimestamp(value: number | string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(String(value));
  if (parts === null) {
    throw new ClientError(
      'OPTION_ILLEGAL',
      `The option consumeTimestamp is ${JSON.stringify(value)}, but must be yyyyMMddHHmmss or ms.`,
    );
  }
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return new Date(year, month - 1, day, hour, minute, second).getTime();
}

/** `yyyyMMddHHmmss` in local time: how running info shows it. */
export function formatTimestamp(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
