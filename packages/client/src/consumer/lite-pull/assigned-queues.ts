import { sleep } from '@rocketmq-ts/kernel';
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/protocol';
import type { GroupContext } from '../group-context.ts';
import { ProcessQueue } from '../process-queue.ts';
import type { RebalanceHooks } from '../rebalancer.ts';
import { startOffset } from '../start-offset.ts';
import type { PullConsumerSettings } from './pull-consumer-options.ts';

/** Before a queue whose progress could not be found out is tried again. Source: DefaultLitePullConsumerImpl#PULL_TIME_DELAY_MILLS_ON_EXCEPTION. */
const START_RETRY_MS = 3000;

/** The queues that the user chose; nothing is shared with other members. Source: AssignedMessageQueue. */
export class AssignedQueues {
  readonly windows = new Map<string, ProcessQueue>();
  readonly #context: GroupContext<PullConsumerSettings>;
  readonly #hooks: RebalanceHooks;
  /** Changes are made one after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(context: GroupContext<PullConsumerSettings>, hooks: RebalanceHooks) {
    this.#context = context;
    this.#hooks = hooks;
  }

  /**
   * The queues are these at once: the new ones can be sought and paused, those that are not among these are released. The new ones
   * are pulled once `known`, which rejects never, is over. Resolves when the offsets of those released are written.
   */
  assign(queues: readonly MessageQueue[], known?: Promise<unknown>): Promise<void> {
    const { clock, stopping } = this.#context;
    if (stopping.aborted) return this.#changing;
    const wanted = new Map(queues.map((queue) => [messageQueueKey(queue), queue]));
    const released = [...this.windows.values()].filter(({ queue }) => !wanted.has(messageQueueKey(queue)));
    for (const window of released) {
      window.drop();
      this.windows.delete(messageQueueKey(window.queue));
      this.#hooks.released(window);
    }
    const added: ProcessQueue[] = [];
    for (const [key, queue] of wanted) {
      if (this.windows.has(key)) continue;
      const window = new ProcessQueue(queue, clock.monotonicMs());
      this.windows.set(key, window);
      added.push(window);
    }
    const change = this.#changing.then(async () => {
      await known;
      await this.#changed(added, released);
    });
    this.#changing = change.catch(() => {});
    return change;
  }

  replace(window: ProcessQueue, by: ProcessQueue): boolean {
    const key = messageQueueKey(window.queue);
    if (this.windows.get(key) !== window) return false;
    window.drop();
    this.windows.set(key, by);
    return true;
  }

  dropAll(): void {
    for (const window of this.windows.values()) window.drop();
    this.windows.clear();
  }

  async #changed(added: readonly ProcessQueue[], released: readonly ProcessQueue[]): Promise<void> {
    const { offsets, stopping } = this.#context;
    if (stopping.aborted) return;
    for (const window of added) void this.#begin(window);
    await Promise.all(
      released.map(async ({ queue }) => {
        await offsets.persist(queue);
        if (!this.windows.has(messageQueueKey(queue))) offsets.remove(queue);
      }),
    );
    this.#hooks.changed();
  }

  async #begin(window: ProcessQueue): Promise<void> {
    const { clock, logger, stopping } = this.#context;
    while (!window.dropped && !stopping.aborted) {
      try {
        const start = await startOffset(this.#context, window.queue);
        if (!window.dropped && !stopping.aborted) this.#hooks.taken(window, start);
        return;
      } catch (error) {
        if (stopping.aborted) return;
        logger.warn('where to start in a queue could not be found out; tried again', { ...window.queue, error });
        await sleep(clock, START_RETRY_MS, stopping);
      }
    }
  }
}
