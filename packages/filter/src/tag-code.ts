/**
 * Java's `String.hashCode`: s[0]·31^(n−1) + … + s[n−1] over UTF-16 units, as a signed 32 bit integer. Brokers and clients
 * of every language must agree on it, because consume queues hold this number instead of the tag.
 */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/**
 * The tags code of a message: 0 without a tag. Two tags may share a code, so whoever needs the exact tag compares it too.
 * Source: MessageExtBrokerInner#tagsString2tagsCode.
 */
export function tagCode(tag: string | undefined): number {
  return tag === undefined ? 0 : javaHashCode(tag);
}
