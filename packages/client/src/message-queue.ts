import { type MessageQueue, withoutNamespace } from '@rocketmq-ts/protocol';

/** Apache's text form of a queue. Source: MessageQueue#toString; the consistent hash ring depends on it. */
export function formatMessageQueue(queue: MessageQueue): string {
  return `MessageQueue [topic=${queue.topic}, brokerName=${queue.brokerName}, queueId=${queue.queueId}]`;
}

/** A copy of a queue, as the users of a namespace know it. */
export function seenQueue(queue: MessageQueue, namespace: string | undefined): MessageQueue {
  return { ...queue, topic: withoutNamespace(queue.topic, namespace) };
}
