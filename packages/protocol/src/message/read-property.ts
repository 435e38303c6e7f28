const NAME_END = '\u0001';
const VALUE_END = '\u0002';

/**
 * Value of one property of a property text, without parsing the others; undefined when it is missing or empty. As every
 * reader here, and as Apache: the last of equal names that has a value counts. For places that look at few properties of
 * many messages. Source: MessageDecoder#string2messageProperties.
 */
export function readProperty(text: string, name: string): string | undefined {
  const key = name + NAME_END;
  for (let at = text.lastIndexOf(key); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(key, at - 1)) {
    if (at > 0 && text[at - 1] !== VALUE_END) continue;
    const start = at + key.length;
    const end = text.indexOf(VALUE_END, start);
    const value = end < 0 ? text.slice(start) : text.slice(start, end);
    if (value !== '') return value;
  }
  return undefined;
}

const NAME_END_BYTE = 1;
const VALUE_END_BYTE = 2;

/**
 * As `readProperty`, in place: where the value begins in the property text that lies in `bytes` from `from` up to `end`; −1
 * when it is missing or empty. It ends at `endOfValue`. `name`: as UTF-8. Nothing is copied or decoded.
 */
export function findProperty(bytes: Uint8Array, from: number, end: number, name: Uint8Array): number {
  let found = -1;
  for (let at = from; at < end; at++) {
    let same = 0;
    while (same < name.length && bytes[at + same] === name[same]) same++;
    const value = at + name.length + 1;
    if (same === name.length && value < end && bytes[value - 1] === NAME_END_BYTE && bytes[value] !== VALUE_END_BYTE) {
      found = value;
    }
    while (at < end && bytes[at] !== VALUE_END_BYTE) at++;
  }
  return found;
}

/** Where the value that begins at `at` ends. */
export function endOfValue(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end && bytes[to] !== VALUE_END_BYTE) to++;
  return to;
}
