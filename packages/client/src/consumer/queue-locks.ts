import {
  decodeLockBatchResponseBody,
  encodeQueueLockRequestBody,
  LOCK_BATCH_MQ,
  type MessageQueue,
  messageQueueKey,
  ResponseCode,
  UNLOCK_BATCH_MQ,
} from '@rocketmq-ts/protocol';
import { BrokerError } from '../errors.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';
import type { ProcessQueue } from './process-queue.ts';

/** A lock that was not renewed for so long may belong to another member. Source: ProcessQueue, REBALANCE_LOCK_MAX_LIVE_TIME. */
const LOCK_LIFE_MS = 30_000;
const LOCK_TIMEOUT_MS = 1000;

/** The brokers' locks on queues, for ordered consumption. A broadcasting group needs none and holds all. Source: RebalanceImpl#lock. */
export class QueueLocks {
  readonly #context: GroupContext<GroupSettings>;
  #lost: (window: ProcessQueue) => void = () => {};

  constructor(context: GroupContext<GroupSettings>) {
    this.#context = context;
  }

  /**
   * `lost` is called for a queue whose lock another member has, or may have had: its window is older than what the group has
   * handled since. Apache's client continues with it, so that messages which are acknowledged come again, and the progress
   * moves back.
   */
  onLost(lost: (window: ProcessQueue) => void): void {
    this.#lost = lost;
  }

  holds(window: ProcessQueue): boolean {
    if (this.#context.settings.model === 'BROADCASTING') return true;
    return window.locked && this.#context.clock.monotonicMs() - window.lastLockMs <= LOCK_LIFE_MS;
  }

  /** Asks the broker for one queue; `holds` has the outcome. */
  async lock(window: ProcessQueue): Promise<void> {
    await this.renew([window]);
  }

  /** Asks for all these queues, one request for each broker. Those that are not granted are not held any more. */
  async renew(windows: readonly ProcessQueue[]): Promise<void> {
    if (this.#context.settings.model === 'BROADCASTING') return;
    const { routes } = this.#context.instance;
    const byBroker = groupBy(windows, ({ queue }) => routes.brokerOf(queue) ?? queue.brokerName);
    await Promise.all(Array.from(byBroker, ([brokerName, own]) => this.#renewAt(brokerName, own)));
  }

  /** Unlocks queues. Failures are only logged: locks that are not renewed expire after a minute. */
  async unlock(queues: readonly MessageQueue[]): Promise<void> {
    if (this.#context.settings.model === 'BROADCASTING') return;
    const { instance, group, logger } = this.#context;
    const byBroker = groupBy(queues, (queue) => instance.routes.brokerOf(queue) ?? queue.brokerName);
    await Promise.all(
      Array.from(byBroker, async ([brokerName, mqSet]) => {
        const address = instance.routes.masterAddress(brokerName);
        if (address === undefined) return;
        const body = { consumerGroup: group, clientId: instance.clientId, mqSet, onlyThisBroker: false };
        try {
          await instance.remoting.notify(address, UNLOCK_BATCH_MQ, {}, { body: encodeQueueLockRequestBody(body) });
        } catch (error) {
          logger.warn('queues could not be unlocked; their locks expire', { brokerName, error });
        }
      }),
    );
  }

  async #renewAt(brokerName: string, windows: readonly ProcessQueue[]): Promise<void> {
    const { instance, group, logger, clock } = this.#context;
    const address = instance.routes.masterAddress(brokerName);
    if (address === undefined) return;
    const mqSet = windows.map((window) => window.queue);
    const body = { consumerGroup: group, clientId: instance.clientId, mqSet, onlyThisBroker: false };
    try {
      const response = await instance.remoting.request(
        instance.administrationAddress(address),
        LOCK_BATCH_MQ,
        {},
        { timeoutMs: LOCK_TIMEOUT_MS, body: encodeQueueLockRequestBody(body) },
      );
      if (response.code !== ResponseCode.SUCCESS)
        throw new BrokerError(`LOCK_BATCH_MQ of group ${group}`, address, response, { brokerName });
      const granted = new Set(decodeLockBatchResponseBody(response.body).map(messageQueueKey));
      for (const window of windows) {
        const wasOurs = window.lastLockMs !== Number.NEGATIVE_INFINITY;
        const stillOurs = this.holds(window) && granted.has(messageQueueKey(window.queue));
        window.locked = granted.has(messageQueueKey(window.queue));
        if (window.locked) window.lastLockMs = clock.monotonicMs();
        if (wasOurs && !stillOurs && !window.dropped) this.#lost(window);
      }
    } catch (error) {
      // A lock that was granted before is ours until it expires.
      logger.warn('queues could not be locked', { brokerName, queues: mqSet.length, error });
    }
  }
}

/** `Map.groupBy`, which Node.js 20 does not have. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
