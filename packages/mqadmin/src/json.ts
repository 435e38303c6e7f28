const NOT_ESCAPED_BY_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/** A value as one line of JSON. A Map is an object in it; characters that steer a terminal are escaped. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value, (_key, each: unknown) => (each instanceof Map ? Object.fromEntries(each) : each));
  return text.replace(
    NOT_ESCAPED_BY_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
