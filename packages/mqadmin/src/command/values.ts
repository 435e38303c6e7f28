import { CodedError, type ParsedOptions } from '@rocketmq-ts/kernel';
import { parseTimestamp } from '../java-text.ts';

/** The value of an option is not of its type; the message names option and value. */
export class OptionValueError extends CodedError<'BAD_OPTION_VALUE'> {
  constructor(key: string, value: string, expected: string) {
    super('BAD_OPTION_VALUE', `option -${key}: "${value}" is not ${expected}`);
  }
}

/** A whole number, or undefined without the option. */
export function integerValue(options: ParsedOptions, key: string): number | undefined {
  const text = options.value(key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text)) throw new OptionValueError(key, text, 'a whole number');
  if (!Number.isSafeInteger(value))
    throw new OptionValueError(
      key,
      text,
      `a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
    );
  return value;
}

/** `true` in any case of letters is true, everything else false, as Boolean.parseBoolean; undefined without the option. */
export function booleanValue(options: ParsedOptions, key: string): boolean | undefined {
  return options.value(key)?.toLowerCase().trim() === 'true' ? true : options.has(key) ? false : undefined;
}

/** Epoch milliseconds of `now`, a number of milliseconds, or `yyyy-MM-dd#HH:mm:ss:SSS` in local time. */
export function timestampValue(options: ParsedOptions, key: string, nowMs: number): number {
  const text = options.text(key);
  if (text === 'now') return nowMs;
  const value = parseTimestamp(text);
  if (value === undefined) {
    throw new OptionValueError(key, text, 'a time: "now", milliseconds, or yyyy-MM-dd#HH:mm:ss:SSS');
  }
  return value;
}

/** Text of bytes in a charset. */
export type Decoder = InstanceType<typeof TextDecoder>;

/** The decoder of a charset option; UTF-8 without it. What is not of the charset becomes U+FFFD, and a byte order mark stays. */
export function charsetValue(options: ParsedOptions, key: string): Decoder {
  const charset = options.value(key) ?? 'UTF-8';
  try {
    return new TextDecoder(charset, { ignoreBOM: true });
  } catch {
    throw new OptionValueError(key, charset, 'a charset that is known here');
  }
}
