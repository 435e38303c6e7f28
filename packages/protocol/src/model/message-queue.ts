/** One queue of a topic on one broker. Source: MessageQueue. */
export interface MessageQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}

/** By topic, broker name, queue id, as rebalancing on every member needs it. Source: MessageQueue#compareTo. */
export function compareMessageQueues(a: MessageQueue, b: MessageQueue): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  if (a.brokerName !== b.brokerName) return a.brokerName < b.brokerName ? -1 : 1;
  return a.queueId - b.queueId;
}

/** A map key: equal queues have equal keys and no others (no topic contains `@`). */
export function messageQueueKey(queue: MessageQueue): string {
  return `${queue.topic}@${queue.queueId}@${queue.brokerName}`;
}
