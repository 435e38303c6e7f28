/**
 * Hash of a text as a signed 32-bit integer: the tags code of a message, the bucket of an index key, the fingerprint of a
 * heartbeat. Source: java.lang.String#hashCode.
 */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
