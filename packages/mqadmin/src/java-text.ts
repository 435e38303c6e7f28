import { formatLocalTime, javaHashCode, javaHashOrder, parseLocalTime, spreadJavaHash } from '@rocketmq-ts/kernel';

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

/**
 * Names in the order of a Java Properties object into which they are put one after the other: that of a ConcurrentHashMap, whose table grows
 * beyond three quarters. A bucket that is divided keeps the last names that stay together, and turns round the others.
 * Source: java.util.concurrent.ConcurrentHashMap#transfer.
 */
export function propertiesOrder(names: Iterable<string>): string[] {
  let table: HashedName[][] = Array.from({ length: 16 }, () => []);
  let count = 0;
  for (const name of names) {
    const hash = spreadJavaHash(javaHashCode(name));
    table[hash & (table.length - 1)]!.push({ name, hash });
    count += 1;
    if (count >= table.length * 0.75) table = divided(table);
  }
  return table.flat().map(({ name }) => name);
}

interface HashedName {
  readonly name: string;
  readonly hash: number;
}

function divided(table: readonly HashedName[][]): HashedName[][] {
  const { length } = table;
  const wider: HashedName[][] = Array.from({ length: 2 * length }, () => []);
  for (const [index, bucket] of table.entries()) {
    const side = ({ hash }: HashedName): number => ((hash & length) === 0 ? index : index + length);
    let kept = bucket.length - 1;
    while (kept > 0 && side(bucket[kept - 1]!) === side(bucket[kept]!)) kept -= 1;
    if (kept < 0) continue;
    wider[side(bucket[kept]!)] = bucket.slice(kept);
    for (const each of bucket.slice(0, kept)) wider[side(each)]!.unshift(each);
  }
  return wider;
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
