import type { Attributes } from '@opentelemetry/api';
import type { ConsumeFacts, Message, MessageExt, SendFacts, SettleFacts } from '@rocketmq-ts/client';
import { Attribute, type OperationType } from './conventions.ts';

/** What an operation is called, and of which kind it is. */
export interface Operation {
  readonly name: string;
  readonly type: OperationType;
}

/** Attributes of few values, for metrics; spans have them as well. */
export function commonAttributes(operation: Operation, topic: string, consumerGroup: string | undefined): Attributes {
  return {
    [Attribute.SYSTEM]: 'rocketmq',
    [Attribute.OPERATION_NAME]: operation.name,
    [Attribute.OPERATION_TYPE]: operation.type,
    [Attribute.DESTINATION]: topic,
    ...(consumerGroup === undefined ? {} : { [Attribute.CONSUMER_GROUP]: consumerGroup }),
  };
}

export function sendAttributes(facts: SendFacts): Attributes {
  const { messages, producerGroup, clientId, namespace, operation } = facts;
  const [message] = messages;
  const isSingle = messages.length === 1;
  return {
    [Attribute.CLIENT_GROUP]: producerGroup,
    [Attribute.NAMESPACE]: namespace ?? '',
    ...(clientId === undefined ? {} : { [Attribute.CLIENT_ID]: clientId }),
    ...(isSingle ? singleAttributes(message!, operation) : { [Attribute.BATCH_COUNT]: messages.length }),
  };
}

/** `messages` is not empty. */
export function consumeAttributes(facts: ConsumeFacts): Attributes {
  const { messages, messageQueue, consumerGroup, clientId, model, namespace } = facts;
  return {
    ...placeAttributes({ messageQueue, consumerGroup, clientId, namespace }),
    [Attribute.MODEL]: model.toLowerCase(),
    ...(messages.length === 1 ? receivedAttributes(messages[0]!) : { [Attribute.BATCH_COUNT]: messages.length }),
  };
}

export function settleAttributes(facts: SettleFacts): Attributes {
  return {
    ...placeAttributes(facts),
    [Attribute.MESSAGE_ID]: facts.message.msgId,
    ...(facts.delayLevel > 0 ? { [Attribute.DELAY_LEVEL]: facts.delayLevel } : {}),
  };
}

/** Of one message: for its span, or for the link to its sender. */
export function receivedAttributes(message: MessageExt<unknown>): Attributes {
  const { tags, keys } = message;
  return {
    [Attribute.MESSAGE_ID]: message.msgId,
    [Attribute.BODY_SIZE]: message.body.length,
    [Attribute.QUEUE_OFFSET]: message.queueOffset,
    [Attribute.RECONSUME_TIMES]: message.reconsumeTimes,
    ...(tags === undefined ? {} : { [Attribute.TAG]: tags }),
    ...(keys.length === 0 ? {} : { [Attribute.KEYS]: [...keys] }),
  };
}

function placeAttributes({
  messageQueue,
  consumerGroup,
  clientId,
  namespace,
}: Pick<ConsumeFacts, 'messageQueue' | 'consumerGroup' | 'clientId' | 'namespace'>): Attributes {
  return {
    [Attribute.PARTITION]: String(messageQueue.queueId),
    [Attribute.BROKER]: messageQueue.brokerName,
    [Attribute.CLIENT_GROUP]: consumerGroup,
    [Attribute.CLIENT_ID]: clientId,
    [Attribute.NAMESPACE]: namespace ?? '',
  };
}

function singleAttributes(message: Message<unknown>, operation: SendFacts['operation']): Attributes {
  const { tags, keys, body, delayLevel, delayMs, deliverAt, uniqueKey } = message;
  const keyList = typeof keys === 'string' ? [keys] : [...(keys ?? [])];
  const isDelayed = (delayLevel ?? 0) > 0 || delayMs !== undefined || deliverAt !== undefined;
  const type = operation === 'sendInTransaction' ? 'transaction' : isDelayed ? 'delay' : 'normal';
  return {
    [Attribute.TYPE]: type,
    ...sizeAttribute(body),
    ...(uniqueKey === undefined ? {} : { [Attribute.MESSAGE_ID]: uniqueKey }),
    ...(tags === undefined || tags === '' ? {} : { [Attribute.TAG]: tags }),
    ...(keyList.length === 0 ? {} : { [Attribute.KEYS]: keyList }),
    ...((delayLevel ?? 0) > 0 ? { [Attribute.DELAY_LEVEL]: delayLevel } : {}),
    ...(deliverAt === undefined ? {} : { [Attribute.DELIVERY_TIMESTAMP]: Number(deliverAt) }),
  };
}

/** A value that a serializer makes bytes of has no size yet. */
function sizeAttribute(body: unknown): Attributes {
  if (typeof body === 'string') return { [Attribute.BODY_SIZE]: Buffer.byteLength(body) };
  return body instanceof Uint8Array ? { [Attribute.BODY_SIZE]: body.length } : {};
}

/** `error.type`: the code of one of our errors, else the class. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name || '_OTHER';
}
