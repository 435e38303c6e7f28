import type { Random } from '@rocketmq-ts/kernel';
import { javaHashCode } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import type { Message } from '../message/message.ts';

/** Chooses the queue of a message among all writable queues of its topic, in the order of the route. */
export type QueueSelector<T = string | Uint8Array> = (
  queues: readonly MessageQueue[],
  message: Message<T>,
) => MessageQueue | undefined;

/**
 * Always the same queue for the same key while the count of queues stays: what ordered messages need. A number counts as
 * Java's int, a text by its Java hash code, so that producers of both languages agree. Source: SelectMessageQueueByHash.
 */
export function selectByHash(key: string | number): QueueSelector<unknown> {
  const hash = typeof key === 'number' ? key | 0 : javaHashCode(key);
  return (queues) => queues[Math.abs(hash % queues.length)];
}

/** Any queue. Source: SelectMessageQueueByRandom. */
export function selectAtRandom(random: Random): QueueSelector<unknown> {
  return (queues) => queues[random.below(queues.length)];
}
