/**
 * Hash of a text as a signed 32-bit integer, over its UTF-16 units. Clients and brokers of every language must agree on it:
 * it is the tags code in a consume queue, the bucket of an index key, the fingerprint of a heartbeat.
 * Source: java.lang.String#hashCode.
 */
export function javaHashCode(text: string): number {
  return continueJavaHash(0, text, 0, text.length);
}

/** Hash of a text of which `hash` is that of the beginning, and which continues with `text[from, to)`. */
export function continueJavaHash(hash: number, text: string, from: number, to: number): number {
  let result = hash;
  for (let i = from; i < to; i++) result = (Math.imul(result, 31) + text.charCodeAt(i)) | 0;
  return result;
}

/** Java's HashMap mixes a hash so, before it takes the lowest bits as the bucket. Source: java.util.HashMap#hash. */
export function spreadJavaHash(hash: number): number {
  return hash ^ (hash >>> 16);
}

/**
 * The order in which a Java HashMap or HashSet lists its keys: by bucket, in a table of `buckets` that doubles at three
 * quarters full. Apache prints many sets and maps unsorted, and they come out like this. No two keys may be equal.
 */
export function javaHashOrder<Key>(keys: Iterable<Key>, hashOf: (key: Key) => number, buckets = 16): Key[] {
  const hashed = Array.from(keys, (key) => ({ key, hash: spreadJavaHash(hashOf(key)) }));
  let mask = buckets - 1;
  while (hashed.length > (mask + 1) * 0.75) mask = mask * 2 + 1;
  return hashed.sort((a, b) => (a.hash & mask) - (b.hash & mask)).map(({ key }) => key);
}
