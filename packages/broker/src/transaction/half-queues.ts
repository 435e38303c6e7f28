import { SystemTopic } from '@rocketmq-ts/protocol';
import type { TopicTable } from '../topic/topic-table.ts';
import { type HalfProgress, HalfQueue, type HalfQueueParts, loadQueue } from './half-queue.ts';

export interface HalfQueuesParts extends HalfQueueParts {
  readonly topics: Pick<TopicTable, 'get'>;
}

/** The queues of half messages of this broker: one, unless the half topic of an older folder has more. */
export class HalfQueueTable {
  readonly #parts: HalfQueuesParts;
  readonly #before = new Map<number, HalfProgress>();
  #queues: readonly HalfQueue[] = [];

  constructor(parts: HalfQueuesParts) {
    this.#parts = parts;
  }

  /** Makes the queues, and reads what ended transactions. */
  async load(): Promise<void> {
    this.#queues = this.#make();
    for (const queue of this.#queues) {
      queue.before = this.#before.get(queue.queueId);
      await loadQueue(queue, this.#parts.logger);
    }
    this.#before.clear();
  }

  /** The progress of another broker is about to be taken: the next `load` ends what that has passed. */
  keepOwnProgress(): void {
    for (const queue of this.#make())
      if (!this.#before.has(queue.queueId)) this.#before.set(queue.queueId, queue.savedProgress());
  }

  #make(): HalfQueue[] {
    const { topics, store } = this.#parts;
    const { readQueueNums = 1 } = topics.get(SystemTopic.TRANS_HALF) ?? {};
    const ids = [...store.queuesOf(SystemTopic.TRANS_HALF)].map(({ queueId }) => queueId);
    const known = new Set([0, ...ids.filter((queueId) => queueId < readQueueNums)]);
    return [...known].map((queueId) => new HalfQueue(this.#parts, queueId));
  }

  get(queueId: number): HalfQueue | undefined {
    return this.#queues.find((queue) => queue.queueId === queueId);
  }

  all(): readonly HalfQueue[] {
    return this.#queues;
  }
}
