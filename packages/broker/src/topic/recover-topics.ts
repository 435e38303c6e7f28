import type { Logger } from '@rocketmq-ts/kernel';
import {
  createTopicConfig,
  isDeadLetterTopic,
  isRetryTopic,
  LMQ_PREFIX,
  Perm,
  type TopicConfig,
  validateTopic,
} from '@rocketmq-ts/protocol';
import type { MessageStore, QueueView } from '@rocketmq-ts/store';
import { MAX_QUEUES } from './queue-count.ts';
import type { TopicTable } from './topic-table.ts';

export interface LostTopicParts {
  readonly store: Pick<MessageStore, 'queuesOf'>;
  readonly topics: TopicTable;
  readonly logger: Logger;
  /** Queues of a topic that is made again, when its messages don't show more. */
  readonly queueNums: number;
}

export interface RecoverTopicsParts extends LostTopicParts {
  readonly store: MessageStore;
}

/**
 * Makes topics and queues agree after a start. A topic that has messages but is not in topics.json is made again: its
 * creation did not reach the disk, the file was lost, or its entry is damaged. It stays deleted when the file has its
 * deletion, or when its newest message is older than the file, which must have known the topic. Queues that a replay of
 * the log built from records before a deletion are removed again.
 */
export async function recoverTopics(parts: RecoverTopicsParts): Promise<void> {
  const { store, topics } = parts;
  for (const name of [...store.topics()]) {
    if (name.startsWith(LMQ_PREFIX)) continue;
    const deletedAt = topics.marks.deletedAt(name);
    if (deletedAt !== undefined) removeOldLife(parts, name, deletedAt);
    if (deletedAt !== undefined || topics.get(name) !== undefined) continue;
    const newest = newestRecord(store, name);
    if (newest >= 0 && (topics.leftOut.has(name) || isYoungerThanFile(parts, name, newest))) makeAgain(parts, name, 0);
  }
  if (!topics.marks.wereAhead) return;
  // A disk that does not take the file now does not stop the start: the save is tried again.
  topics.touch();
  await new Promise<void>((resolve) => topics.whenSaved(() => resolve()));
}

/**
 * The topic of a message that the broker delivers later than it was stored: made again where it is unknown and was not deleted.
 * A slave that took the place of its master has delayed messages of topics which it did not hear of before; until they are
 * delivered the log has nothing of these topics. Not while this broker is a slave, which has its master's topics.
 */
export function topicOfParked(parts: LostTopicParts, name: string, queueId: number): TopicConfig | undefined {
  const { marks, wasSaved } = parts.topics;
  if (name.startsWith(LMQ_PREFIX) || queueId >= MAX_QUEUES || validateTopic(name) !== undefined) return undefined;
  if (marks.followedTo !== undefined || marks.deletedAt(name) !== undefined) return undefined;
  // Apache's broker wrote the file: it does not say what was deleted.
  if (wasSaved && marks.savedAt === undefined) return undefined;
  makeAgain(parts, name, queueId + 1);
  return parts.topics.get(name);
}

function removeOldLife({ store, logger }: RecoverTopicsParts, topic: string, deletedAt: number): void {
  for (const queue of [...store.queuesOf(topic)]) {
    const first = queue.entryAt(queue.minOffset);
    if (first === undefined || first.physicalOffset >= deletedAt) continue;
    // No fault: after a kill each start finds them that reads this part of the log.
    logger.info('messages from before the deletion of their topic were found again; they are removed', {
      topic,
      queueId: queue.queueId,
    });
    // Of a new life that lost its first messages with the power, the later ones are behind those of the old one.
    store.removeBefore(queue, deletedAt);
  }
}

/** True as well when there is no file: then it can't be that it knew of a deletion. */
function isYoungerThanFile({ store, topics }: RecoverTopicsParts, name: string, physicalOffset: number): boolean {
  if (!topics.wasSaved) return true;
  const { savedAt } = topics.marks;
  if (savedAt !== undefined) return physicalOffset >= savedAt;
  // Apache's broker wrote the file: it saves each change of a topic at once.
  let newest = -1;
  for (const queue of store.queuesOf(name)) {
    newest = Math.max(newest, queue.storeTimestampAt(queue.nextOffset - 1));
  }
  return newest >= topics.dataVersion.timestamp;
}

function makeAgain({ store, topics, logger, queueNums }: LostTopicParts, name: string, leastQueues: number): void {
  const reason = validateTopic(name);
  if (reason !== undefined) {
    logger.error('the log has messages of a topic that no topic can be named', { topic: name, reason });
    return;
  }
  let needed = leastQueues;
  for (const queue of store.queuesOf(name))
    if (queue.nextOffset > queue.minOffset) needed = Math.max(needed, queue.queueId + 1);
  const isOfGroup = isRetryTopic(name) || isDeadLetterTopic(name);
  const queues = isOfGroup ? needed : Math.max(needed, queueNums);
  const known = topics.leftOut.get(name) ?? lostTopic(store, name);
  topics.put({ ...known, readQueueNums: queues, writeQueueNums: queues });
  logger.warn('topics.json lacked a topic that the log has messages of; the topic is made again', {
    topic: name,
    queues,
  });
}

/** How the queues are kept, the store knows by their folders. */
function lostTopic(store: LostTopicParts['store'], name: string): TopicConfig {
  const [queue] = store.queuesOf(name);
  const attributes = queue?.type === 'BatchCQ' ? { 'queue.type': queue.type } : {};
  return createTopicConfig(name, { perm: Perm.READ | Perm.WRITE, attributes });
}

/** Place in the log of the newest message of a topic; −1 when it has none. One that can't be read yet is at the end of the log. */
function newestRecord(store: MessageStore, topic: string): number {
  let newest = -1;
  for (const queue of store.queuesOf(topic)) newest = Math.max(newest, lastRecord(queue));
  return newest;
}

function lastRecord(queue: QueueView): number {
  if (queue.nextOffset > queue.maxOffset) return Number.MAX_SAFE_INTEGER;
  const last = queue.nextOffset > queue.minOffset ? queue.entryAt(queue.nextOffset - 1) : undefined;
  return last?.physicalOffset ?? -1;
}
