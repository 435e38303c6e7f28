import type { Clock, Logger } from '@rocketmq-ts/kernel';
import {
  decodeQueueLockRequestBody,
  encodeLockBatchResponseBody,
  LOCK_BATCH_MQ,
  type MessageQueue,
  messageQueueKey,
  UNLOCK_BATCH_MQ,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';

/**
 * A lock that is not renewed for so long can be taken by another client. Source: RebalanceLockManager,
 * rocketmq.broker.rebalance.lockMaxLiveTime.
 */
export const LOCK_MAX_LIVE_TIME_MS = 60_000;

interface QueueLock {
  clientId: string;
  renewedMs: number;
}

/**
 * Which client of a group holds which queue, for ordered consumption. The loss of a connection does not give a lock up:
 * its owner may still be at work on a message. Source: RebalanceLockManager.
 */
export class QueueLocks {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #groups = new Map<string, Map<string, QueueLock>>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  serve(server: RemotingServer): void {
    server.handle(LOCK_BATCH_MQ, (call) => this.#lockBatch(call));
    server.handle(UNLOCK_BATCH_MQ, (call) => this.#unlockBatch(call));
  }

  /** Takes or renews the lock; false when another live client has it. */
  lock(group: string, queue: MessageQueue, clientId: string): boolean {
    let locks = this.#groups.get(group);
    if (locks === undefined) {
      locks = new Map();
      this.#groups.set(group, locks);
    }
    const key = messageQueueKey(queue);
    const held = locks.get(key);
    const now = this.#clock.monotonicMs();
    if (held === undefined) {
      locks.set(key, { clientId, renewedMs: now });
      return true;
    }
    if (held.clientId !== clientId && now - held.renewedMs <= LOCK_MAX_LIVE_TIME_MS) return false;
    held.clientId = clientId;
    held.renewedMs = now;
    return true;
  }

  unlock(group: string, queue: MessageQueue, clientId: string): void {
    const locks = this.#groups.get(group);
    const key = messageQueueKey(queue);
    if (locks?.get(key)?.clientId !== clientId) return;
    locks.delete(key);
    if (locks.size === 0) this.#groups.delete(group);
  }

  /** True while a member of the group holds a live lock: it consumes in order. */
  isAnyLocked(group: string): boolean {
    const now = this.#clock.monotonicMs();
    for (const held of this.#groups.get(group)?.values() ?? []) {
      if (now - held.renewedMs <= LOCK_MAX_LIVE_TIME_MS) return true;
    }
    return false;
  }

  #ownerOf(group: string, queue: MessageQueue): string | undefined {
    return this.#groups.get(group)?.get(messageQueueKey(queue))?.clientId;
  }

  #lockBatch(call: Call<typeof LOCK_BATCH_MQ>): void {
    const { consumerGroup: group, clientId, mqSet } = decodeQueueLockRequestBody(call.body);
    const before = new Map(mqSet.map((queue) => [queue, this.#ownerOf(group, queue)]));
    const locked = mqSet.filter((queue) => this.lock(group, queue, clientId));
    const taken = locked.filter((queue) => before.get(queue) !== clientId);
    const free = taken.filter((queue) => before.get(queue) === undefined);
    if (free.length > 0) {
      this.#logger.info('a client consumes queues in order: it locked them', { group, clientId, queues: textOf(free) });
    }
    const expired = taken.filter((queue) => before.get(queue) !== undefined);
    if (expired.length > 0) {
      const owners = [...new Set(expired.map((queue) => before.get(queue)))].join();
      const facts = { group, clientId, queues: textOf(expired), before: owners };
      this.#logger.warn('a client took over queues whose locks were not renewed', facts);
    }
    call.answer({}, { body: encodeLockBatchResponseBody(locked) });
  }

  #unlockBatch(call: Call<typeof UNLOCK_BATCH_MQ>): void {
    const { consumerGroup: group, clientId, mqSet } = decodeQueueLockRequestBody(call.body);
    const held = mqSet.filter((queue) => this.#ownerOf(group, queue) === clientId);
    for (const queue of held) this.unlock(group, queue, clientId);
    if (held.length > 0) this.#logger.info('a client unlocked queues', { group, clientId, queues: textOf(held) });
    call.answer({});
  }
}

/** `Orders: 0,1,2`, for a line of the log. */
function textOf(queues: readonly MessageQueue[]): string {
  const byTopic = Map.groupBy(queues, ({ topic }) => topic);
  const idsOf = (some: readonly MessageQueue[]): string =>
    `${some.map(({ queueId }) => queueId).sort((a, b) => a - b)}`;
  return Array.from(byTopic, ([topic, some]) => `${topic}: ${idsOf(some)}`).join('; ');
}
