import {
  decodeBatch,
  isDeadLetterTopic,
  isRetryTopic,
  MESSAGE_TYPE_ATTRIBUTE,
  MessageProperty,
  parseMessageProperties,
  ResponseCode,
  type TopicConfig,
  topicMessageType,
} from '@rocketmq-ts/protocol';
import { Refusal } from '../refusal.ts';
import type { SendCall } from './send-answers.ts';

/**
 * Why a message is none of those that its topic is for; undefined when it may be stored. Apache's broker keeps `message.type` and leaves
 * this check to its proxy; here it is done where `enableTopicMessageTypeCheck` asks for it. Of a batch the first message counts.
 * Source: ProducerProcessor#sendMessage of the proxy, DefaultTopicMessageTypeValidator.
 */
export function whyNotOfType({ header, body }: SendCall, topic: TopicConfig): Refusal | undefined {
  if (isRetryTopic(topic.topicName) || isDeadLetterTopic(topic.topicName)) return undefined;
  const properties = parseMessageProperties(header.batch ? firstOf(body) : header.properties);
  if (properties.has(MessageProperty.TRANSFER_FLAG)) return undefined;
  const expected = topic.attributes[MESSAGE_TYPE_ATTRIBUTE] ?? 'NORMAL';
  const actual = topicMessageType(properties);
  if (expected === 'MIXED' || expected === actual) return undefined;
  const remark = `TopicMessageType validate failed, the expected type is ${expected}, but actual type is ${actual}`;
  return new Refusal(ResponseCode.MESSAGE_ILLEGAL, remark);
}

/** Properties of the first message; none where the body is no batch, which is refused later. */
function firstOf(body: Buffer): string {
  try {
    return decodeBatch(body)[0]?.propertiesText ?? '';
  } catch {
    return '';
  }
}
