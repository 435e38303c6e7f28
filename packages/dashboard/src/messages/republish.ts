import { type Admin, isReservedProperty, MessageProperty, type MessageView, retryTopic } from '@rocketmq-ts/admin';
import type { SentMessage } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { mayBeResent } from './detail.ts';
import { originOf } from './rows.ts';

/** Properties of RocketMQ's own that say what a message is and not what became of it. Keys and tags are sent as such. */
const KEPT: ReadonlySet<string> = new Set([
  MessageProperty.BUYER_ID,
  MessageProperty.INSTANCE_ID,
  MessageProperty.SHARDING_KEY,
]);
/** Names that a user may set and that brokers and clients set as well, for one delivery or one transaction. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  MessageProperty.INNER_NUM,
  MessageProperty.INNER_BASE,
  MessageProperty.CHECK_IMMUNITY_TIME_IN_SECONDS,
  MessageProperty.TRANSACTION_ID,
  MessageProperty.TRANSACTION_CHECK_TIMES,
  MessageProperty.FORWARD_QUEUE_ID,
  MessageProperty.REDIRECT,
  MessageProperty.INNER_MULTI_DISPATCH,
  MessageProperty.TRANSIENT_TOPIC_SYS_FLAG,
  MessageProperty.TRANSIENT_GROUP_SYS_FLAG,
  MessageProperty.TRANS_OFFSET,
  MessageProperty.TIMER_ROLL_LABEL,
  MessageProperty.START_DELIVER_TIME,
]);

/** Publishes a message once more to its own topic, as a new one. Throws BAD_REQUEST for topics of the broker itself. */
export async function resendToTopic(admin: Admin, message: MessageView): Promise<SentMessage> {
  if (!mayBeResent(message))
    throw new ConsoleError('BAD_REQUEST', `${message.topic} is a topic of the brokers; nothing can be sent to it`);
  const topic = message.property(MessageProperty.RETRY_TOPIC);
  // A consumer finds the topic of a retry in this property.
  return send(admin, message, message.topic, topic === undefined ? [] : [[MessageProperty.RETRY_TOPIC, topic]]);
}

/** Publishes a dead letter to the topic that it was sent to at first: all groups of the topic get it. Throws BAD_REQUEST. */
export async function resendToOrigin(admin: Admin, message: MessageView): Promise<SentMessage> {
  return send(admin, message, originTopic(message), []);
}

/**
 * Publishes a dead letter to the retry topic of its group, under the same unique key: only this group gets it, with all its retries.
 * Throws BAD_REQUEST.
 */
export async function resendToGroup(admin: Admin, message: MessageView, group: string): Promise<SentMessage> {
  const { uniqueKey } = message;
  return send(admin, message, retryTopic(group), [[MessageProperty.RETRY_TOPIC, originTopic(message)]], uniqueKey);
}

function originTopic(message: MessageView): string {
  const topic = originOf(message)?.topic;
  if (topic !== undefined) return topic;
  throw new ConsoleError('BAD_REQUEST', `the message does not say which topic it is from`);
}

async function send(
  admin: Admin,
  message: MessageView,
  topic: string,
  more: readonly (readonly [string, string])[],
  uniqueKey?: string,
): Promise<SentMessage> {
  const own = [...message.properties].filter(
    ([name]) => KEPT.has(name) || (!isReservedProperty(name) && !LEFT_OUT.has(name)),
  );
  const origin = originOf(message)?.msgId ?? message.msgId;
  const properties = new Map([...own, [MessageProperty.ORIGIN_MESSAGE_ID, origin], ...more] as [string, string][]);
  const keys = message.property(MessageProperty.KEYS);
  const { body, tags, flag } = message;
  const sent = await admin.sendMessage({ topic, body, tags, keys, flag, properties, uniqueKey });
  const { sendStatus, msgId, offsetMsgId, queue, queueOffset } = sent;
  return { sendStatus, msgId, offsetMsgId, ...queue, queueOffset };
}
