import type { Logger } from '@rocketmq-ts/kernel';
import { PropertyTable, SystemTopic } from '@rocketmq-ts/protocol';
import { canNeverBeStored, isStored, type PutMessageStatus } from '@rocketmq-ts/store';
import type { RecordMover } from '../placement/record-mover.ts';
import { type HalfQueue, readQueue, recordsOf } from './half-queue.ts';
import { HalfState } from './half-states.ts';

export interface EscapeRoundParts {
  readonly logger: Logger;
  readonly mover: RecordMover;
}

/**
 * One round over a queue of half messages at a slave that acts as master and may send elsewhere: each open one becomes a half
 * message of another master, which asks its producer. In their order, one after the other, since the slave can't store what
 * would say which of them are over: the progress says it, and goes back to the master with its return. One that no master takes ends
 * the round. Source: TransactionalMessageServiceImpl#check.
 */
export class EscapeRound {
  readonly #parts: EscapeRoundParts;
  readonly #queue: HalfQueue;
  readonly #properties = new PropertyTable();
  escaped = 0;

  constructor(parts: EscapeRoundParts, queue: HalfQueue) {
    this.#parts = parts;
    this.#queue = queue;
  }

  /** `stops`: the broker stops, or its duty ends. */
  async run(stops: () => boolean): Promise<void> {
    const queue = this.#queue;
    const end = queue.view.maxOffset;
    let at = Math.max(queue.offset, queue.view.minOffset);
    while (!stops()) {
      at = queue.states.nextOpen(at, end);
      if (at >= end || !(await this.#escape(at))) break;
      at += 1;
    }
    if (at > queue.offset) queue.passTo(at);
  }

  /** False: it stays where it is. */
  async #escape(at: number): Promise<boolean> {
    const { logger, mover } = this.#parts;
    const queue = this.#queue;
    const result = await readQueue(queue.view, at, 1);
    if (result.status === 'READ_FAILED' && !queue.unreadable.hasFailedLong(at)) return false;
    const record = recordsOf(result).find(({ record: { queueOffset } }) => queueOffset === at)?.record;
    if (record === undefined) {
      logger.error('a half message can not be read and is passed over', { queueId: queue.queueId, queueOffset: at });
      return true;
    }
    const properties = this.#properties.read(record.properties, 'latin1');
    const target = { topic: SystemTopic.TRANS_HALF, queueId: record.queueId, delayLevel: 0 };
    const status = await new Promise<PutMessageStatus>((resolve) => {
      const moved = mover.move(record, properties, target, { stored: resolve });
      if (moved.status !== 'PUT_OK') resolve(moved.status);
    });
    if (isStored(status)) {
      queue.states.set(at, HalfState.ENDED);
      this.escaped += 1;
      return true;
    }
    if (!canNeverBeStored(status)) return false;
    logger.error('no master takes a half message, which is passed over', {
      ...{ queueId: queue.queueId, queueOffset: at, status },
    });
    return true;
  }
}
