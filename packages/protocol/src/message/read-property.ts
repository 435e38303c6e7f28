const NAME_END = '\u0001';
const VALUE_END = '\u0002';

/**
 * Value of one property of a property text, without parsing the others; undefined when it is missing or empty. For the
 * hot path of the broker, which looks at few properties of a message and keeps the text as it is.
 */
export function readProperty(text: string, name: string): string | undefined {
  const key = name + NAME_END;
  let from = 0;
  for (;;) {
    const at = text.indexOf(key, from);
    if (at < 0) return undefined;
    if (at === 0 || text[at - 1] === VALUE_END) {
      const start = at + key.length;
      const end = text.indexOf(VALUE_END, start);
      const value = end < 0 ? text.slice(start) : text.slice(start, end);
      return value === '' ? undefined : value;
    }
    from = at + key.length;
  }
}
