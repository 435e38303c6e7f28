import type { TopicConfig } from '@rocketmq-ts/protocol';

/**
 * Queues that a topic may have on one broker. Apache takes any number; some requests cost time and memory for each queue, so
 * a typing error (or an attack) must not stop the broker.
 */
export const MAX_QUEUES = 65_535;

/** Why a topic may not have so many queues; undefined when it may. */
export function whyNotSoManyQueues(name: string, readQueueNums: number, writeQueueNums: number): string | undefined {
  const fits = (count: number): boolean => Number.isInteger(count) && count >= 0 && count <= MAX_QUEUES;
  if (fits(readQueueNums) && fits(writeQueueNums)) return undefined;
  return `${name} can not have ${readQueueNums} read and ${writeQueueNums} write queues: 0 to ${MAX_QUEUES} are possible`;
}

/**
 * Where a message is stored whose queue was chosen earlier: the topic may have fewer read queues now, and no consumer reads what
 * is put behind the last of them. Apache puts it there. A deleted topic keeps the number.
 */
export function queueInReach(topic: TopicConfig | undefined, queueId: number): number {
  const queues = topic?.readQueueNums ?? 0;
  return queues === 0 || queueId < queues ? queueId : queueId % queues;
}
