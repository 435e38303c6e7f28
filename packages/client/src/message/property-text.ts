import { javaTrim } from '@rocketmq-ts/filter';
import {
  isReservedProperty,
  KEY_SEPARATOR,
  MessageProperty,
  PROPERTIES_MAX_BYTES,
  PROPERTY_END,
  PROPERTY_NAME_END,
  REPLY_MESSAGE_TYPE,
} from '@rocketmq-ts/protocol';
import type { Message } from './message.ts';

/** Bytes of the unique key, its name and both separators among the properties. */
export const UNIQUE_KEY_BYTES = 42;

/** Longest unique key that a user may give; those of clients have 32 characters. */
const UNIQUE_KEY_MAX_CHARACTERS = 64;

/**
 * The properties of a message on the wire, without a unique key unless it was given: others get one when they are sent. What could
 * not be found or subscribed again as it was given is refused: `refuse` makes an error of a reason such as `has a key that
 * …`, which is thrown.
 */
export function propertyText(message: Message, refuse: (fault: string) => Error): string {
  const { tags } = message;
  let text = '';
  const add = (what: string, name: string, value: string): void => {
    const fault = faultOf(name) ?? faultOf(value);
    if (fault !== undefined) throw refuse(`has ${what} ${JSON.stringify(name)} ${fault}`);
    text = withProperty(text, name, value);
  };
  for (const [name, value] of ownProperties(message, refuse)) add('a property', name, value);
  if (tags !== undefined && tags !== '') add('the property', MessageProperty.TAGS, checkedTag(tags, refuse));
  const keys = joinedKeys(message.keys, refuse);
  if (keys !== '') add('the property', MessageProperty.KEYS, keys);
  const uniqueKey = givenUniqueKey(message, refuse);
  if (uniqueKey !== undefined) add('the property', MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey);
  for (const [name, value] of replyProperties(message, refuse)) add('the property', name, value);
  const delay = delayOf(message, refuse);
  if (delay !== undefined) text = withProperty(text, delay.name, String(delay.value));
  text = withProperty(text, MessageProperty.WAIT_STORE_MSG_OK, String(message.waitStoreOk ?? true));
  if (text.length * 3 > PROPERTIES_MAX_BYTES - UNIQUE_KEY_BYTES) checkLength(text, refuse);
  return text;
}

/** One more property at the end of a whole text. */
export function withProperty(text: string, name: string, value: string): string {
  return `${text}${name}${PROPERTY_NAME_END}${value}${PROPERTY_END}`;
}

function givenUniqueKey({ uniqueKey }: Message, refuse: (fault: string) => Error): string | undefined {
  if (uniqueKey === undefined) return undefined;
  const isKey = typeof uniqueKey === 'string' && /^[^\s]+$/.test(uniqueKey);
  if (isKey && uniqueKey.length <= UNIQUE_KEY_MAX_CHARACTERS) return uniqueKey;
  throw refuse(`has a uniqueKey that is no text of 1 to ${UNIQUE_KEY_MAX_CHARACTERS} characters without blanks`);
}

/** The property of a delayed message; undefined for others. */
function delayOf(
  { delayLevel, delayMs, deliverAt }: Message,
  refuse: (fault: string) => Error,
): { readonly name: string; readonly value: number } | undefined {
  if (delayLevel === undefined && delayMs === undefined && deliverAt === undefined) return undefined;
  const given = [
    { name: MessageProperty.DELAY_TIME_LEVEL, option: 'delayLevel', value: delayLevel === 0 ? undefined : delayLevel },
    { name: MessageProperty.TIMER_DELAY_MS, option: 'delayMs', value: delayMs },
    {
      name: MessageProperty.TIMER_DELIVER_MS,
      option: 'deliverAt',
      value: deliverAt instanceof Date ? deliverAt.getTime() : deliverAt,
    },
  ].filter((one): one is typeof one & { value: number } => one.value !== undefined);
  for (const { option, value } of given) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw refuse(`has ${option} ${String(value)}, which is no whole number from 0 on`);
  }
  if (given.length > 1) {
    throw refuse(`has ${given.map(({ option }) => option).join(' and ')}, of which a message takes only one`);
  }
  return given[0];
}

function ownProperties(message: Message, refuse: (fault: string) => Error): [string, string][] {
  const { properties } = message;
  if (properties === undefined) return [];
  if (properties === null || typeof properties !== 'object' || properties instanceof Map) {
    throw refuse('has properties that are no plain object of texts');
  }
  const entries = Object.entries(properties);
  for (const [name, value] of entries) {
    if (isReservedProperty(name)) throw refuse(`uses the reserved property name ${JSON.stringify(name)}`);
    if (typeof value !== 'string') throw refuse(`has a property ${JSON.stringify(name)} that is no text`);
    if (name.trim() === '' || value.trim() === '') {
      throw refuse(`has a property ${JSON.stringify(name)} without name or value`);
    }
  }
  return entries;
}

/** What makes the message a reply. Source: MessageUtil#createReplyMessage. */
function replyProperties({ replyTo }: Message, refuse: (fault: string) => Error): [string, string][] {
  if (replyTo === undefined) return [];
  const { correlationId, clientId, ttlMs } = replyTo;
  for (const value of [correlationId, clientId]) {
    if (typeof value !== 'string' || value === '') throw refuse('is a reply without the ids of its request');
  }
  return [
    [MessageProperty.MESSAGE_TYPE, REPLY_MESSAGE_TYPE],
    [MessageProperty.CORRELATION_ID, correlationId],
    [MessageProperty.MESSAGE_REPLY_TO_CLIENT, clientId],
    ...(ttlMs === undefined ? [] : [[MessageProperty.MESSAGE_TTL, String(ttlMs)] satisfies [string, string]]),
  ];
}

/** Subscriptions split their text at double bars and trim the parts: what that changes could never be subscribed. */
function checkedTag(tag: string, refuse: (fault: string) => Error): string {
  if (typeof tag !== 'string') throw refuse('has a tag that is no text');
  if (tag.includes('||'))
    throw refuse(`has the tag ${JSON.stringify(tag)}: no subscription can name it, since || separates tags`);
  if (javaTrim(tag) !== tag) {
    throw refuse(
      `has the tag ${JSON.stringify(tag)}: no subscription can name it, since blanks around tags are dropped`,
    );
  }
  return tag;
}

/** Brokers take keys apart at spaces: a key with a space in it would be found under its parts only. */
function joinedKeys(keys: Message['keys'], refuse: (fault: string) => Error): string {
  if (keys === undefined || keys === '') return '';
  if (typeof keys === 'string') {
    if (keys.trim() === '') throw refuse('has keys of blanks only, under which nothing is found');
    return keys;
  }
  if (!Array.isArray(keys)) throw refuse('has keys that are neither a text nor a list of texts');
  for (const key of keys as readonly unknown[]) {
    if (typeof key !== 'string') throw refuse('has a key that is no text');
    if (key.trim() === '') throw refuse('has a key that is empty or blank, under which nothing is found');
    if (key.includes(KEY_SEPARATOR)) {
      throw refuse(
        `has the key ${JSON.stringify(key)}: a space separates keys, so it would not be found under this text`,
      );
    }
  }
  return keys.join(KEY_SEPARATOR);
}

function faultOf(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these two characters separate properties on the wire
  if (/[\x01\x02]/.test(text)) return 'with a control character 1 or 2, which separate properties';
  // UTF-8 has no bytes for half a surrogate pair: another text would arrive.
  return text.isWellFormed() ? undefined : 'with half a surrogate pair, which UTF-8 cannot carry';
}

/** Throws what `refuse` makes when the text and a unique key are too long for a record. */
export function checkLength(text: string, refuse: (fault: string) => Error): void {
  const bytes = Buffer.byteLength(text) + UNIQUE_KEY_BYTES;
  if (bytes <= PROPERTIES_MAX_BYTES) return;
  throw refuse(
    `has properties, tags and keys of ${bytes} bytes together, more than the ${PROPERTIES_MAX_BYTES} of a record`,
  );
}
