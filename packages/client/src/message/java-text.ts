import { javaHashCode } from '@rocketmq-ts/protocol';

/** Capacity that Apache's decoder gives the map of properties. Source: MessageDecoder#string2messageProperties. */
const DECODED_CAPACITY = 128;

/** `{name=value, …}` in the order in which a Java HashMap lists it, so that printed messages read alike. */
export function formatJavaMap(map: ReadonlyMap<string, string>): string {
  const bucketOf = (name: string): number => {
    const hash = javaHashCode(name);
    return (hash ^ (hash >>> 16)) & (DECODED_CAPACITY - 1);
  };
  const entries = [...map].sort(([left], [right]) => bucketOf(left) - bucketOf(right));
  return `{${entries.map(([name, value]) => `${name}=${value}`).join(', ')}}`;
}
