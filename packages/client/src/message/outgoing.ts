import {
  BATCH_MEMBER_FIXED_BYTES,
  isForbiddenToSend,
  isRetryTopic,
  validateGroup,
  validateTopic,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { Message } from './message.ts';
import { checkLength, propertyText, UNIQUE_KEY_BYTES, withProperty } from './property-text.ts';

/** Of producers, and of brokers' `maxMessageSize`. */
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * A checked message that is to be sent: a copy, so that the caller may change the original. It is kept while the
 * send waits for its turn, so it is small: a text is encoded and compressed when it is sent.
 */
export interface OutgoingMessage {
  readonly topic: string;
  readonly body: string | Uint8Array;
  /** Of the body, before compression. */
  readonly bodyBytes: number;
  readonly tags: string | undefined;
  readonly flag: number;
  /** Bits of `MessageSysFlag` that it has before it is compressed. */
  readonly sysFlag: number;
  /** With the unique key when `uniqueKey` is set. */
  readonly propertyText: string;
  /** Undefined for a message that gets one when it is sent. */
  readonly uniqueKey: string | undefined;
  readonly waitStoreOk: boolean;
  readonly delayed: boolean;
  /** It is pushed to the client that asked. */
  readonly isReply: boolean;
  /** Of copies for the retry topic; 0 and undefined for others. */
  readonly reconsumeTimes: number;
  readonly maxReconsumeTimes: number | undefined;
}

/** Checks a user's message and copies it. Throws ClientError `MESSAGE_ILLEGAL` or `NAME_ILLEGAL`. Source: Validators#checkMessage. */
export function prepareMessage(message: Message, maxMessageBytes: number): OutgoingMessage {
  return checkMessage(message, maxMessageBytes, ownBytes);
}

/** Checks a user's message; `keep` gives the bytes that are kept as its body. Throws as `prepareMessage` does. */
function checkMessage(
  message: Message,
  maxMessageBytes: number,
  keep: (body: Uint8Array) => Uint8Array,
): OutgoingMessage {
  if (message === null || typeof message !== 'object') {
    throw new ClientError('MESSAGE_ILLEGAL', `A message is an object with topic and body, not ${String(message)}.`);
  }
  requireTopic(message.topic);
  if (isForbiddenToSend(message.topic)) {
    throw new ClientError(
      'NAME_ILLEGAL',
      `Clients must not send to topic ${message.topic}, into which only brokers write.`,
      { facts: { topic: message.topic } },
    );
  }
  const { body, flag = 0 } = message;
  if (typeof body !== 'string' && !(body instanceof Uint8Array))
    throw illegal(message.topic, 'has no body (text or bytes)');
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (bodyBytes === 0) throw illegal(message.topic, 'has an empty body');
  if (bodyBytes > maxMessageBytes) {
    throw illegal(message.topic, `has a body of ${bodyBytes} bytes, more than maxMessageBytes ${maxMessageBytes}`);
  }
  if (!Number.isInteger(flag) || flag < -0x80000000 || flag > 0xffffffff) {
    throw illegal(message.topic, `has the flag ${flag}, which is no 32-bit number`);
  }
  const delayed = (message.delayLevel ?? 0) !== 0 || message.delayMs !== undefined || message.deliverAt !== undefined;
  const isReply = message.replyTo !== undefined;
  if (delayed && isReply) throw illegal(message.topic, 'is a reply, which can not be delayed');
  return {
    topic: message.topic,
    body: typeof body === 'string' ? body : keep(body),
    bodyBytes,
    tags: message.tags === '' ? undefined : message.tags,
    flag: flag | 0,
    sysFlag: 0,
    propertyText: propertyText(message, (fault) => illegal(message.topic, fault)),
    uniqueKey: message.uniqueKey,
    waitStoreOk: message.waitStoreOk ?? true,
    delayed,
    isReply,
    reconsumeTimes: 0,
    maxReconsumeTimes: undefined,
  };
}

/** The message with more properties. Throws ClientError `MESSAGE_ILLEGAL` when they do not fit into a record. */
export function withProperties(
  message: OutgoingMessage,
  properties: readonly (readonly [string, string])[],
): OutgoingMessage {
  let text = message.propertyText;
  for (const [name, value] of properties) text = withProperty(text, name, value);
  checkLength(text, (fault) => illegal(message.topic, fault));
  return { ...message, propertyText: text };
}

/** Throws ClientError `NAME_ILLEGAL`. */
export function requireTopic(topic: string): void {
  const reason = typeof topic === 'string' ? validateTopic(topic) : 'The specified topic is blank.';
  if (reason !== undefined)
    throw new ClientError('NAME_ILLEGAL', `Topic ${JSON.stringify(topic)}: ${reason}`, {
      facts: { topic },
    });
}

/** Throws ClientError `NAME_ILLEGAL`; also for the default name, which means that none was configured. */
export function requireGroup(group: string, refusedDefault: string): void {
  const reason =
    typeof group !== 'string'
      ? 'The specified group is blank.'
      : group === refusedDefault
        ? 'This name means that none was chosen; choose a name.'
        : validateGroup(group);
  if (reason !== undefined)
    throw new ClientError('NAME_ILLEGAL', `Group ${JSON.stringify(group)}: ${reason}`, {
      facts: { group },
    });
}

/**
 * Checks and copies the messages of a batch. Throws ClientError `MESSAGE_ILLEGAL` or `NAME_ILLEGAL`, also for parts that
 * cannot travel in one batch. Source: MessageBatch#generateFromList.
 */
export function prepareBatch(messages: readonly Message[], maxMessageBytes: number): OutgoingMessage[] {
  const parts = messages.map((message) => prepareMessage(message, maxMessageBytes));
  requireBatchable(parts);
  requireBatchFits(parts[0]!.topic, batchBytes(parts), maxMessageBytes);
  return parts;
}

/** Throws ClientError `MESSAGE_ILLEGAL`. */
export function requireBatchFits(topic: string, bytes: number, maxMessageBytes: number): void {
  if (bytes <= maxMessageBytes) return;
  throw new ClientError(
    'MESSAGE_ILLEGAL',
    `The batch to topic ${topic} has ${bytes} bytes, more than maxMessageBytes ${maxMessageBytes}.`,
    { facts: { topic, responseCode: 13 } },
  );
}

/** Bytes of the members on the wire: what clients and brokers hold against their limit of a message. */
function batchBytes(parts: readonly OutgoingMessage[]): number {
  let bytes = 0;
  for (const part of parts) bytes += memberBytes(part);
  return bytes;
}

/** Bytes of one member of a batch on the wire. Source: MessageDecoder#encodeMessage. */
export function memberBytes(part: OutgoingMessage): number {
  return BATCH_MEMBER_FIXED_BYTES + part.bodyBytes + Buffer.byteLength(part.propertyText) + UNIQUE_KEY_BYTES;
}

/** Checks a message that is to be a member of a batch, all but its size, and copies nothing. Throws ClientError `MESSAGE_ILLEGAL` or `NAME_ILLEGAL`. */
export function checkMember(message: Message): OutgoingMessage {
  const part = checkMessage(message, Number.POSITIVE_INFINITY, (body) => body);
  const fault = whyNoMember(part);
  if (fault !== undefined) throw batchFault(part.topic, fault);
  return part;
}

/** Why a message can not be a member of a batch; undefined when it can. Source: MessageBatch#generateFromList. */
export function whyNoMember(part: OutgoingMessage): string | undefined {
  if (part.isReply) return 'Replies cannot be sent in a batch.';
  if (part.delayed) return 'Delayed messages cannot be sent in a batch.';
  if (isRetryTopic(part.topic)) return `Messages to the retry topic ${part.topic} cannot be sent in a batch.`;
  return undefined;
}

function requireBatchable(parts: readonly OutgoingMessage[]): void {
  const first = parts[0];
  if (first === undefined) throw new ClientError('MESSAGE_ILLEGAL', 'A batch needs at least one message.');
  for (const part of parts) {
    const fault = whyNoMember(part);
    if (fault !== undefined) throw batchFault(part.topic, fault);
    if (part.topic !== first.topic) {
      throw batchFault(first.topic, `A batch has one topic, not both ${first.topic} and ${part.topic}.`);
    }
    if (part.waitStoreOk !== first.waitStoreOk) {
      throw batchFault(first.topic, 'All messages of a batch need the same waitStoreOk.');
    }
  }
}

let lastGiven: Uint8Array | undefined;
let lastCopy: Uint8Array | undefined;

/**
 * A copy of the bytes, so that the caller may reuse its buffer at once. Sends of the same bytes again, as load generators do,
 * share one copy: comparing costs less than copying, and sends that wait for their turn need no room for it.
 */
function ownBytes(given: Uint8Array): Uint8Array {
  if (given === lastGiven && lastCopy !== undefined && Buffer.compare(given, lastCopy) === 0) return lastCopy;
  const copy = Buffer.allocUnsafe(given.length);
  copy.set(given);
  lastGiven = given;
  lastCopy = copy;
  return copy;
}

function batchFault(topic: string, fault: string): ClientError {
  return new ClientError('MESSAGE_ILLEGAL', fault, { facts: { topic, responseCode: 13 } });
}

/** `fault`: the rest of a sentence, such as `has an empty body`. */
function illegal(topic: string, fault: string): ClientError {
  return new ClientError('MESSAGE_ILLEGAL', `The message to topic ${topic} ${fault}.`, {
    facts: { topic, responseCode: 13 },
  });
}
