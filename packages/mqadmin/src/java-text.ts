/** Values in the text form that Java programs print them in. */

/** `Double.toString`: at least one decimal (`0.0`), an exponent from 10^7 up and below 10^-3 (`1.0E7`, `1.0E-4`). */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** `AbstractMap#toString`: `{a=1, b=2}`. */
export function javaMap(entries: Iterable<readonly [string | number, string | number | boolean]>): string {
  return `{${[...entries].map(([key, value]) => `${key}=${value}`).join(', ')}}`;
}

/** `AbstractCollection#toString`: `[a, b]`. */
export function javaList(values: Iterable<string | number>): string {
  return `[${[...values].join(', ')}]`;
}

/**
 * The order in which a `HashMap` or `HashSet` yields its keys: by bucket of the spread hash, in a table that doubles at
 * three quarters full. Apache prints many sets and maps unsorted, and they come out like this.
 */
export function hashOrder(keys: Iterable<string>, initialBuckets = 16): string[] {
  return hashOrderBy(new Set(keys), stringHash, initialBuckets);
}

/** The same for keys with a hash of their own; they must differ. */
export function hashOrderBy<Key>(keys: Iterable<Key>, hashOf: (key: Key) => number, initialBuckets = 16): Key[] {
  const hashed = [...keys].map((key) => ({ key, hash: hashOf(key) }));
  let buckets = initialBuckets;
  while (hashed.length > buckets * 0.75) buckets *= 2;
  const bucketOf = (hash: number): number => (hash ^ (hash >>> 16)) & (buckets - 1);
  return hashed.sort((a, b) => bucketOf(a.hash) - bucketOf(b.hash)).map(({ key }) => key);
}

/** `MessageQueue#hashCode`. */
export function queueHash(queue: {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}): number {
  const withBroker = (31 + stringHash(queue.brokerName)) | 0;
  const withId = (Math.imul(31, withBroker) + queue.queueId) | 0;
  return (Math.imul(31, withId) + stringHash(queue.topic)) | 0;
}

/** `String.hashCode`. */
export function stringHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}

/** Cut to so many characters, without a mark. Source: UtilAll#frontStringAtLeast. */
export function front(text: string, length: number): string {
  return text.slice(0, length);
}

/** `yyyy-MM-dd HH:mm:ss,SSS` in local time. Source: UtilAll#timeMillisToHumanString2. */
export function humanTime(epochMs: number): string {
  return `${dateTime(epochMs)},${pad(new Date(epochMs).getMilliseconds(), 3)}`;
}

/** `yyyy-MM-dd HH:mm:ss` in local time. */
export function dateTime(epochMs: number): string {
  const at = new Date(epochMs);
  const day = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1, 2)}-${pad(at.getDate(), 2)}`;
  return `${day} ${pad(at.getHours(), 2)}:${pad(at.getMinutes(), 2)}:${pad(at.getSeconds(), 2)}`;
}

/**
 * A timestamp option: epoch milliseconds or `yyyy-MM-dd#HH:mm:ss:SSS` in local time; undefined when it is neither.
 * Source: UtilAll#parseDate with YYYY_MM_DD_HH_MM_SS_SSS.
 */
export function parseTimestamp(text: string): number | undefined {
  if (/^-?\d{1,16}$/.test(text)) return Number(text);
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})#(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3})$/.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second, ms] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
