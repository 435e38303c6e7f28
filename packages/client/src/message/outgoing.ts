import {
  isForbiddenToSend,
  isReservedProperty,
  isRetryTopic,
  KEY_SEPARATOR,
  MessageProperty,
  validateGroup,
  validateTopic,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { Message } from './message.ts';

/** A checked message on its way: bytes, and every property that travels. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly flag: number;
  /** Grows while the message is prepared (UNIQ_KEY). */
  readonly properties: Record<string, string>;
}

/** Checks a user's message and makes it ready. Throws ClientError `MESSAGE_ILLEGAL` or `NAME_ILLEGAL`. Source: Validators#checkMessage. */
export function prepareMessage(message: Message, maxMessageBytes: number): OutgoingMessage {
  requireTopic(message.topic);
  if (isForbiddenToSend(message.topic)) {
    throw new ClientError('NAME_ILLEGAL', `Clients must not send to topic ${message.topic}.`);
  }
  const body = typeof message.body === 'string' ? Buffer.from(message.body) : message.body;
  if (!(body instanceof Uint8Array)) throw illegal(message, 'has no body (text or bytes)');
  if (body.length === 0) throw illegal(message, 'has an empty body');
  if (body.length > maxMessageBytes) {
    throw illegal(message, `has a body of ${body.length} bytes, more than maxMessageBytes ${maxMessageBytes}`);
  }
  return { topic: message.topic, body, flag: message.flag ?? 0, properties: propertiesOf(message) };
}

/** Throws ClientError `NAME_ILLEGAL`. */
export function requireTopic(topic: string): void {
  const reason = typeof topic === 'string' ? validateTopic(topic) : 'The specified topic is blank.';
  if (reason !== undefined) throw new ClientError('NAME_ILLEGAL', `Topic ${JSON.stringify(topic)}: ${reason}`);
}

/** Throws ClientError `NAME_ILLEGAL`; also for the default name that stands for "nobody chose one". */
export function requireGroup(group: string, refusedDefault: string): void {
  const reason =
    typeof group !== 'string'
      ? 'The specified group is blank.'
      : group === refusedDefault
        ? 'This name means that nobody chose one; choose a name.'
        : validateGroup(group);
  if (reason !== undefined) throw new ClientError('NAME_ILLEGAL', `Group ${JSON.stringify(group)}: ${reason}`);
}

/** Throws ClientError `MESSAGE_ILLEGAL` for parts that cannot travel in one batch. Source: MessageBatch#generateFromList. */
export function requireBatchable(parts: readonly OutgoingMessage[]): void {
  const first = parts[0];
  if (first === undefined) throw new ClientError('MESSAGE_ILLEGAL', 'A batch needs at least one message.');
  for (const part of parts) {
    const delayed =
      MessageProperty.DELAY_TIME_LEVEL in part.properties ||
      MessageProperty.TIMER_DELAY_MS in part.properties ||
      MessageProperty.TIMER_DELIVER_MS in part.properties;
    if (delayed) throw new ClientError('MESSAGE_ILLEGAL', 'Delayed messages cannot be sent in a batch.');
    if (isRetryTopic(part.topic)) {
      throw new ClientError('MESSAGE_ILLEGAL', `Messages to the retry topic ${part.topic} cannot be sent in a batch.`);
    }
    if (part.topic !== first.topic) {
      throw new ClientError('MESSAGE_ILLEGAL', `A batch has one topic, not both ${first.topic} and ${part.topic}.`);
    }
    const wait = MessageProperty.WAIT_STORE_MSG_OK;
    if (part.properties[wait] !== first.properties[wait]) {
      throw new ClientError('MESSAGE_ILLEGAL', 'All messages of a batch need the same waitStoreOk.');
    }
  }
}

function propertiesOf(message: Message): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.properties ?? {})) {
    if (isReservedProperty(name)) throw illegal(message, `uses the reserved property name ${JSON.stringify(name)}`);
    if (name.trim() === '' || typeof value !== 'string' || value.trim() === '') {
      throw illegal(message, `has a property ${JSON.stringify(name)} without name or value`);
    }
    properties[name] = value;
  }
  if (message.tags !== undefined && message.tags !== '') properties[MessageProperty.TAGS] = message.tags;
  const keys = typeof message.keys === 'string' ? message.keys : message.keys?.join(KEY_SEPARATOR);
  if (keys !== undefined && keys !== '') properties[MessageProperty.KEYS] = keys;
  const { delayLevel, delayMs, deliverAtMs } = message;
  if (delayLevel !== undefined && delayLevel !== 0) properties[MessageProperty.DELAY_TIME_LEVEL] = String(delayLevel);
  if (delayMs !== undefined) properties[MessageProperty.TIMER_DELAY_MS] = String(delayMs);
  if (deliverAtMs !== undefined) properties[MessageProperty.TIMER_DELIVER_MS] = String(deliverAtMs);
  properties[MessageProperty.WAIT_STORE_MSG_OK] = String(message.waitStoreOk ?? true);
  for (const [name, value] of Object.entries(properties)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these two characters separate properties on the wire
    if (/[\x01\x02]/.test(name) || /[\x01\x02]/.test(value)) {
      throw illegal(message, `has a control character 1 or 2 in property ${JSON.stringify(name)}`);
    }
  }
  return properties;
}

function illegal(message: Message, fault: string): ClientError {
  return new ClientError('MESSAGE_ILLEGAL', `The message to topic ${message.topic} ${fault}.`, {
    facts: { topic: message.topic, responseCode: 13 },
  });
}
