import { LMQ_PREFIX } from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { TopicTable } from '../topic/topic-table.ts';
import type { EndOf, OffsetTable } from './offset-table.ts';

/**
 * Brings the groups' progress in line with the log after a start, durably: what the next start read from an old file would
 * lie before its end again by then. A disk that does not take the file now does not stop the start: the save is tried again.
 */
export async function keepProgressWithinLog(
  store: MessageStore,
  topics: TopicTable,
  offsets: OffsetTable,
): Promise<void> {
  // Light queues, which this broker leaves alone, have their ends elsewhere.
  const endOf: EndOf = (topic, queueId) =>
    topic.startsWith(LMQ_PREFIX) ? undefined : (store.findQueue(topic, queueId)?.nextOffset ?? 0);
  const isDeleted = (topic: string): boolean =>
    topics.get(topic) === undefined && topics.marks.deletedAt(topic) !== undefined;
  if (!store.facts.startedCleanly) offsets.limitCommits(endOf);
  if (!offsets.keepWithinLog(endOf, isDeleted)) return;
  await new Promise<void>((resolve) => offsets.whenSaved(() => resolve()));
}
