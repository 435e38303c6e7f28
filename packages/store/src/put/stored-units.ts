import type { Logger } from '@rocketmq-ts/kernel';
import type { UnitTarget } from '../dispatch/dispatch.ts';
import type { RecordHead } from '../log/record.ts';
import { type ConsumeQueue, MAX_SKIPPED_UNITS } from '../queue/consume-queue.ts';
import type { QueueEntry } from '../queue/queue-view.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import { FILLER_SIZE } from '../queue/unit-layout.ts';

/**
 * Puts the units of records that another store gave their queue offsets, while readers are served. As after a replay of the
 * same log, a queue begins where its first record does, offsets without a record get fillers, and a queue that counts from 0
 * again is a new one: its topic was deleted and made again.
 */
export class StoredUnits implements UnitTarget {
  readonly #queues: ConsumeQueueTable;
  readonly #logger: Logger;
  /** Called for each unit, which is visible as soon as the record that is taken. */
  readonly #onUnit: (queue: ConsumeQueue) => void;

  constructor(queues: ConsumeQueueTable, logger: Logger, onUnit: (queue: ConsumeQueue) => void) {
    this.#queues = queues;
    this.#logger = logger;
    this.#onUnit = onUnit;
  }

  take(record: RecordHead, tagsCode: number): boolean {
    const { topic, queueId, queueOffset, physicalOffset } = record;
    let queue = this.#queues.of(topic, queueId);
    if (queueOffset !== queue.nextOffset && (queueOffset === 0 || queue.isEmpty))
      queue = this.#begin(queue, queueOffset);
    if (queueOffset < queue.nextOffset || queueOffset - queue.nextOffset > MAX_SKIPPED_UNITS) {
      const fields = { topic, queueId, queueOffset, nextOffset: queue.nextOffset, physicalOffset };
      this.#logger.error('a record has no place in its queue, whose readers pass over it', fields);
      return true;
    }
    while (queue.type === 'SimpleCQ' && queue.nextOffset < queueOffset) {
      queue.append(fillerAt(queue.nextOffset));
      this.#onUnit(queue);
    }
    queue.take(record, tagsCode);
    this.#onUnit(queue);
    return true;
  }

  /** Units of the old object may be under way to files, or waiting to become visible: the queue gets a new one. */
  #begin(old: ConsumeQueue, queueOffset: number): ConsumeQueue {
    if (old.nextUnit > 0) this.#queues.removeQueue(old);
    const queue = this.#queues.of(old.topic, old.queueId);
    if (queueOffset > 0) queue.beginAt(queueOffset);
    return queue;
  }
}

function fillerAt(queueOffset: number): QueueEntry {
  return { physicalOffset: 0, size: FILLER_SIZE, tagsCode: 0, queueOffset, messageCount: 1 };
}
