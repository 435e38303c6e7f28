import { sleep } from '@rocketmq-ts/kernel';
import {
  CLEAN_EXPIRED_CONSUMEQUEUE,
  CLEAN_UNUSED_TOPIC,
  DELETE_EXPIRED_COMMITLOG,
  LMQ_PREFIX,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { QueueView } from '@rocketmq-ts/store';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'clock' | 'store' | 'topics' | 'held' | 'logger'>;

/** Making room by hand: what the rounds of the store do by themselves, now. Source: AdminBrokerProcessor, DefaultMessageStore. */
export function serveCleanUpRequests(server: RemotingServer, parts: Parts): void {
  const { store } = parts;
  server.handle(DELETE_EXPIRED_COMMITLOG, (call) => {
    store.cleanSoon();
    call.answer({});
  });
  server.handle(CLEAN_EXPIRED_CONSUMEQUEUE, async (call) => {
    await store.followNow();
    // Apache removes every queue without a record. Here only queues of deleted topics are removed: in a topic in use the
    // offsets would begin at 0 again, and its groups, whose offsets are higher, would miss the next messages.
    await removeUnusedTopics(parts, (queues) => queues.every((queue) => queue.nextOffset === queue.minOffset));
    call.answer({});
  });
  server.handle(CLEAN_UNUSED_TOPIC, async (call) => {
    await removeUnusedTopics(parts, () => true);
    call.answer({});
  });
}

/**
 * Removes topics that have queues in the store and no entry in the table of topics, one in a turn, since files are removed
 * on the loop. Source: DefaultMessageStore#cleanUnusedTopic.
 */
async function removeUnusedTopics(parts: Parts, applies: (queues: QueueView[]) => boolean): Promise<void> {
  const { store, topics, held, clock, logger } = parts;
  const isUnused = (topic: string): boolean =>
    topics.get(topic) === undefined && !topics.isSystemTopic(topic) && !topic.startsWith(LMQ_PREFIX);
  for (const topic of [...store.topics()].filter(isUnused)) {
    const queues = [...store.queuesOf(topic)];
    // It may have come to be used in the turns between.
    if (!isUnused(topic) || !applies(queues)) continue;
    for (const queue of queues) held.answerNow(queue);
    store.removeTopic(topic);
    logger.info('the queues of a topic that is not known any more were removed', { topic });
    await sleep(clock, 0);
  }
}
