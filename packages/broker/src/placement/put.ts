import type { MessageStore, PutBatchResult, PutResult, PutTicket, RecordInput } from '@rocketmq-ts/store';
import type { DelayQueues } from './place.ts';

/**
 * Puts records where they were placed, and reports delayed ones to their level. Every put of this broker passes here: sends,
 * batches, returned messages, deliveries.
 */
export class RecordPuts {
  readonly #store: MessageStore;
  readonly #levels: DelayQueues;

  constructor(store: MessageStore, levels: DelayQueues) {
    this.#store = store;
    this.#levels = levels;
  }

  /** As `MessageStore.put`. */
  put(input: RecordInput, ticket: PutTicket, waitForFlush: boolean): PutResult {
    const put = this.#store.put(input, ticket, waitForFlush);
    if (put.status === 'PUT_OK' && input.delayMs !== undefined) {
      this.#levels.parked(input.queueId + 1, put.queueOffset, put.storeTimestamp);
    }
    return put;
  }

  /** As `MessageStore.putBatch`. Members are not delayed. */
  putBatch(...batch: Parameters<MessageStore['putBatch']>): PutBatchResult {
    return this.#store.putBatch(...batch);
  }
}
