import { MessageProperty, replyTopic } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import type { MessageExt } from '../message/message-ext.ts';

/**
 * The reply to a message that `Producer.request` sent, from any client: send it with a producer, and it is what that call
 * resolves with.
 *
 * ```ts
 * await consumer.start(async (message) => {
 *   await producer.send(createReplyMessage(message, 'the answer'));
 * });
 * ```
 *
 * Throws ClientError `NOT_A_REQUEST` when the message asks for no reply. Source: MessageUtil#createReplyMessage.
 */
export function createReplyMessage<T = string | Uint8Array>(request: MessageExt<unknown>, body: T): Message<T> {
  const { properties } = request;
  const property = (name: string): string => {
    const value = properties.get(name);
    if (value !== undefined) return value;
    const text = `The message ${request.msgId} of topic ${request.topic} has no property ${name}, so nothing can reply to it.`;
    throw new ClientError('NOT_A_REQUEST', text, { facts: { responseCode: 10007, property: name } });
  };
  const cluster = property(MessageProperty.CLUSTER);
  const clientId = property(MessageProperty.MESSAGE_REPLY_TO_CLIENT);
  const correlationId = property(MessageProperty.CORRELATION_ID);
  const ttl = properties.get(MessageProperty.MESSAGE_TTL);
  const ttlMs = ttl !== undefined && /^\d{1,15}$/.test(ttl) ? Number(ttl) : undefined;
  return { topic: replyTopic(cluster), body, replyTo: { clientId, correlationId, ttlMs } };
}
