import { javaHashCode, javaHashOrder } from '@rocketmq-ts/kernel';

import { protocolError } from '../errors.ts';

/**
 * The properties of a message as one text: `name U+0001 value U+0002 name U+0001 value U+0002 …` in any order. Writers
 * before 5.0 leave out the last separator. Source: MessageDecoder#messageProperties2String, #string2messageProperties.
 */
export const PROPERTY_NAME_END = '\u0001';
/** Ends a value. */
export const PROPERTY_END = '\u0002';

/** Longest property text in a record, in bytes. */
export const PROPERTIES_MAX_BYTES = 32767;

/** The last of equal names wins; pieces without a name or without a value are dropped, as Apache drops them. */
export function parseMessageProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  let from = 0;
  while (from < text.length) {
    let end = text.indexOf(PROPERTY_END, from);
    if (end < 0) end = text.length;
    const nameEnd = text.indexOf(PROPERTY_NAME_END, from);
    if (nameEnd > from && nameEnd < end - 1) properties.set(text.slice(from, nameEnd), text.slice(nameEnd + 1, end));
    from = end + 1;
  }
  return properties;
}

/**
 * With the last separator, as 5.x writes. Throws BAD_PROPERTIES when a name contains a separator, or a value the one that
 * ends it (it may contain the other, which readers leave in it); the length is
 * checked where the record is built.
 */
export function formatMessageProperties(properties: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [name, value] of properties) {
    if (name.includes(PROPERTY_NAME_END) || name.includes(PROPERTY_END) || value.includes(PROPERTY_END)) {
      throw protocolError('BAD_PROPERTIES', `property ${JSON.stringify(name)} contains U+0001 or U+0002`, {
        facts: { name },
      });
    }
    text += `${name}${PROPERTY_NAME_END}${value}${PROPERTY_END}`;
  }
  return text;
}

/** One more property at the end of a text, which may lack its last separator. Does not look whether it is there already. */
export function appendProperty(text: string, name: string, value: string): string {
  const separator = text === '' || text.endsWith(PROPERTY_END) ? '' : PROPERTY_END;
  return `${text}${separator}${name}${PROPERTY_NAME_END}${value}${PROPERTY_END}`;
}

/** Of the map that Apache reads properties into. Source: MessageDecoder#string2messageProperties. */
export const PROPERTIES_CAPACITY = 128;

/** `{name=value, …}`, as Apache prints the properties of a message that it has read. */
export function printMessageProperties(properties: ReadonlyMap<string, string>): string {
  const names = javaHashOrder(properties.keys(), javaHashCode, PROPERTIES_CAPACITY);
  return `{${names.map((name) => `${name}=${properties.get(name)}`).join(', ')}}`;
}
