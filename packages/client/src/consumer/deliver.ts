import { isRetryTopic, MessageProperty } from '@rocketmq-ts/protocol';
import type { MessageExt } from '../message/message-ext.ts';
import type { GroupContext } from './group-context.ts';

/**
 * Prepares a message for the listener: a retried one gets its own topic back, and the time is noted.
 * Source: DefaultMQPushConsumerImpl#resetRetryAndNamespace.
 */
export function openForListener(message: MessageExt, context: Pick<GroupContext, 'clock'>): void {
  message.consumeStartMs = context.clock.now();
  if (isRetryTopic(message.topic)) {
    message.topic = message.properties.get(MessageProperty.RETRY_TOPIC) ?? message.topic;
  }
}
