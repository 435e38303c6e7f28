import type { MessageQueue } from '@rocketmq-ts/protocol';

/** Apache's text form of a queue. Source: MessageQueue#toString; the consistent hash ring depends on it. */
export function formatMessageQueue(queue: MessageQueue): string {
  return `MessageQueue [topic=${queue.topic}, brokerName=${queue.brokerName}, queueId=${queue.queueId}]`;
}
