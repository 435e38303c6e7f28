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
