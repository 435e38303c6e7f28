import { formatLocalTime, javaHashCode, javaHashOrder, parseLocalTime } from '@rocketmq-ts/kernel';

/** Values in the text form that Java programs print them in. */

/** `AbstractMap#toString`: `{a=1, b=2}`. */
export function javaMap(entries: Iterable<readonly [string | number, string | number | boolean]>): string {
  return `{${[...entries].map(([key, value]) => `${key}=${value}`).join(', ')}}`;
}

/** `AbstractCollection#toString`: `[a, b]`. */
export function javaList(values: Iterable<string | number>): string {
  return `[${[...values].join(', ')}]`;
}

/** Texts in the order of a Java HashMap or HashSet, each once. */
export function hashOrder(texts: Iterable<string>): string[] {
  return javaHashOrder(new Set(texts), javaHashCode);
}

/** `MessageQueue#hashCode`. */
export function queueHash(queue: {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}): number {
  const withBroker = (31 + javaHashCode(queue.brokerName)) | 0;
  const withId = (Math.imul(31, withBroker) + queue.queueId) | 0;
  return (Math.imul(31, withId) + javaHashCode(queue.topic)) | 0;
}

/** `yyyy-MM-dd HH:mm:ss,SSS` in local time. Source: UtilAll#timeMillisToHumanString2. */
export function humanTime(epochMs: number): string {
  return formatLocalTime(epochMs, 'yyyy-MM-dd HH:mm:ss,SSS');
}

/** `yyyy-MM-dd HH:mm:ss` in local time. */
export function dateTime(epochMs: number): string {
  return formatLocalTime(epochMs, 'yyyy-MM-dd HH:mm:ss');
}

/**
 * A timestamp option: epoch milliseconds or `yyyy-MM-dd#HH:mm:ss:SSS` in local time; undefined when it is neither.
 * Source: UtilAll#parseDate with YYYY_MM_DD_HH_MM_SS_SSS.
 */
export function parseTimestamp(text: string): number | undefined {
  if (/^-?\d{1,16}$/.test(text)) return Number(text);
  return parseLocalTime(text, /^(\d{4})-(\d{1,2})-(\d{1,2})#(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3})$/);
}
