import type { TopicConfig } from '@rocketmq-ts/protocol';
import { MESSAGE_TYPE_ATTRIBUTE } from '@rocketmq-ts/protocol';
import { type Attribute, longFrom, oneOf } from '../attributes.ts';

/**
 * Attributes of topics. COMPACTION is refused, since this broker does not keep such queues; an existing topic
 * keeps what it has. Sets in the order in which Apache's broker prints them. Source: TopicAttributes, TopicMessageType.
 */
export const topicAttributes: Readonly<Record<string, Attribute>> = {
  'queue.type': { changeable: false, problem: oneOf(['BatchCQ', 'SimpleCQ']) },
  'cleanup.policy': { changeable: false, problem: oneOf(['COMPACTION', 'DELETE'], ['COMPACTION']) },
  [MESSAGE_TYPE_ATTRIBUTE]: {
    changeable: true,
    problem: oneOf(['UNSPECIFIED', 'MIXED', 'TRANSACTION', 'PRIORITY', 'FIFO', 'DELAY', 'NORMAL']),
  },
  'reserve.time': { changeable: true, problem: longFrom(-1) },
};

/** Whether a change makes a topic take every kind of message, which `enableMixedMessageType` must allow. */
export function asksForMixedType(changes: ReadonlyMap<string, string>): boolean {
  return changes.get(`+${MESSAGE_TYPE_ATTRIBUTE}`) === 'MIXED';
}

/** True for a topic that keeps a batch as one record. Source: QueueTypeUtils#isBatchCq. */
export function hasBatchQueues(topic: TopicConfig): boolean {
  return topic.attributes['queue.type'] === 'BatchCQ';
}
