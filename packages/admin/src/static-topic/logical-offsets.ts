import {
  type LogicQueueMappingItem,
  type MessageQueue,
  messageQueueKey,
  staticBrokerName,
} from '@rocketmq-ts/protocol';
import type { GroupStats, TopicStats } from '../model.ts';
import { logicQueues, type TopicOnBrokers } from './mapping-rules.ts';

/**
 * Offset in the logical queue of an offset in a stretch of it. Source: LogicQueueMappingItem#computeStaticQueueOffsetStrictly.
 */
function logicalOffset({ logicOffset, startOffset }: LogicQueueMappingItem, physical: number): number {
  return logicOffset + Math.max(0, physical - startOffset);
}

/** Logical queues of a static topic with their stretches whose logical offsets are decided, the oldest first. */
function* queuesOf(topic: string, brokers: TopicOnBrokers): Iterable<[MessageQueue, readonly LogicQueueMappingItem[]]> {
  const scope = brokers.values().next().value?.mapping?.scope ?? '';
  for (const [queueId, { items }] of logicQueues(brokers)) {
    const decided = items.filter(({ logicOffset }) => logicOffset >= 0);
    if (decided.length > 0) yield [{ topic, brokerName: staticBrokerName(scope), queueId }, decided];
  }
}

function placeOf(topic: string, { bname: brokerName, queueId }: LogicQueueMappingItem): string {
  return messageQueueKey({ topic, brokerName, queueId });
}

/**
 * What clients see of a static topic, by what its brokers say of their queues: from the first message of the first stretch to
 * the end of the last one. Throws BAD_MAPPING. Source: MQAdminUtils#convertPhysicalTopicStats.
 */
export function logicalTopicStats(topic: string, brokers: TopicOnBrokers, stats: TopicStats): TopicStats['offsets'] {
  const physical = new Map(stats.offsets.map((row) => [messageQueueKey(row.queue), row]));
  const rows: TopicStats['offsets'][number][] = [];
  for (const [queue, items] of queuesOf(topic, brokers)) {
    const [first, last] = [items[0]!, items.at(-1)!];
    const begin = physical.get(placeOf(topic, first));
    const end = physical.get(placeOf(topic, last));
    if (begin === undefined || end === undefined) continue;
    // All of the first stretch may have expired: the next message is behind its end.
    const isOver = first.endOffset >= first.startOffset && first.endOffset < begin.minOffset;
    rows.push({
      queue,
      minOffset: logicalOffset(first, isOver ? first.endOffset : begin.minOffset),
      maxOffset: logicalOffset(last, end.maxOffset),
      lastUpdateTimestamp: end.lastUpdateTimestamp,
    });
  }
  return rows;
}

/**
 * How far a group is in the logical queues of a static topic, by its progress in the newest stretch that it has reached. Unlike
 * Apache's, which holds physical progress against a logical end, so that a group at the end seems to lag behind by 10,000.
 * Throws BAD_MAPPING. Source: MQAdminUtils#convertPhysicalConsumeStats.
 */
export function logicalGroupStats(topic: string, brokers: TopicOnBrokers, stats: GroupStats): GroupStats['offsets'] {
  const physical = new Map(stats.offsets.map((row) => [messageQueueKey(row.queue), row]));
  const rows: GroupStats['offsets'][number][] = [];
  for (const [queue, items] of queuesOf(topic, brokers)) {
    const stretches = items.toReversed().map((item) => ({ item, row: physical.get(placeOf(topic, item)) }));
    const end = stretches.find(({ row }) => row !== undefined);
    const reached = stretches.find(({ row }) => row !== undefined && row.consumerOffset >= 0);
    if (end === undefined || reached === undefined) continue;
    const { consumerOffset, pullOffset, lastTimestamp } = reached.row!;
    rows.push({
      queue,
      brokerOffset: logicalOffset(end.item, end.row!.brokerOffset),
      consumerOffset: logicalOffset(reached.item, consumerOffset),
      pullOffset: logicalOffset(reached.item, pullOffset),
      lastTimestamp,
    });
  }
  return rows;
}
