import { MessageProperty } from './message-property.ts';

/** What a topic takes (`message.type`), and what a message is. Source: TopicMessageType of 5.4.0. */
export type TopicMessageType = 'UNSPECIFIED' | 'NORMAL' | 'FIFO' | 'DELAY' | 'TRANSACTION' | 'PRIORITY' | 'MIXED';

/** The attribute of a topic that names the kind of messages it takes; without it a topic is for NORMAL ones. Source: TopicAttributes, TopicConfig#getTopicMessageType. */
export const MESSAGE_TYPE_ATTRIBUTE = 'message.type';

const delays = [
  MessageProperty.DELAY_TIME_LEVEL,
  MessageProperty.TIMER_DELIVER_MS,
  MessageProperty.TIMER_DELAY_SEC,
  MessageProperty.TIMER_DELAY_MS,
];

/** The type of a message by its properties; the first that fits. Source: TopicMessageType#parseFromMessageProperty. */
export function topicMessageType(properties: ReadonlyMap<string, string>): TopicMessageType {
  if (properties.get(MessageProperty.TRANSACTION_PREPARED)?.toLowerCase() === 'true') return 'TRANSACTION';
  if (delays.some((name) => properties.has(name))) return 'DELAY';
  if (properties.has(MessageProperty.SHARDING_KEY)) return 'FIFO';
  return properties.has(MessageProperty.PRIORITY) ? 'PRIORITY' : 'NORMAL';
}
