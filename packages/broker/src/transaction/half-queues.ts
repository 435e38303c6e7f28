import { SystemTopic } from '@rocketmq-ts/protocol';
import type { TopicTable } from '../topic/topic-table.ts';
import { HalfQueue, type HalfQueueParts, loadQueue } from './half-queue.ts';

export interface HalfQueuesParts extends HalfQueueParts {
  readonly topics: Pick<TopicTable, 'get'>;
}

/** The queues of half messages of this broker: one, unless the half topic of an older folder has more. */
export class HalfQueueTable {
  readonly #parts: HalfQueuesParts;
  #queues: readonly HalfQueue[] = [];

  constructor(parts: HalfQueuesParts) {
    this.#parts = parts;
  }

  /** Makes the queues, and reads what ended transactions. */
  async load(): Promise<void> {
    const { topics, store, logger } = this.#parts;
    const { readQueueNums = 1 } = topics.get(SystemTopic.TRANS_HALF) ?? {};
    const ids = [...store.queuesOf(SystemTopic.TRANS_HALF)].map(({ queueId }) => queueId);
    const known = new Set([0, ...ids.filter((queueId) => queueId < readQueueNums)]);
    this.#queues = [...known].map((queueId) => new HalfQueue(this.#parts, queueId));
    for (const queue of this.#queues) await loadQueue(queue, logger);
  }

  get(queueId: number): HalfQueue | undefined {
    return this.#queues.find((queue) => queue.queueId === queueId);
  }

  all(): readonly HalfQueue[] {
    return this.#queues;
  }
}
