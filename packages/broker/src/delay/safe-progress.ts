import { type Clock, sleep } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';

/** A stop waits so long at the most for the log to be flushed. */
const STOP_FLUSH_MS = 2000;
const STEP_MS = 5;

interface Snapshot {
  /** Of each level. */
  readonly offsets: readonly number[];
  /** End of the log when they were taken: the messages that were delivered up to them lie before it. */
  readonly logEnd: number;
}

/**
 * Which progress of the delay levels may be saved: what is behind it was delivered to messages that are on the disk. Progress
 * that is saved earlier would be all that is left of a delivery after a loss of power, and the message lost.
 */
export class SafeProgress {
  readonly #clock: Clock;
  readonly #store: MessageStore;
  /** May be saved. */
  offsets: readonly number[] = [];
  #next: Snapshot | undefined;

  constructor(clock: Clock, store: MessageStore) {
    this.#clock = clock;
    this.#store = store;
  }

  /** Has the log flushed, so that `settle` will find these offsets safe. One that is under way goes first. */
  want(offsets: readonly number[]): void {
    this.#next ??= { offsets, logEnd: this.#store.log.writtenOffset };
    this.#store.flushSoon();
  }

  /** True when wanted offsets have become those that may be saved. */
  settle(): boolean {
    const next = this.#next;
    if (next === undefined || this.#store.log.flushedOffset < next.logEnd) return false;
    this.offsets = next.offsets;
    this.#next = undefined;
    return true;
  }

  /** Makes the last offsets safe before a stop; a disk that does not flush in time leaves the ones before. */
  async settleLast(offsets: readonly number[]): Promise<void> {
    this.#next = undefined;
    this.want(offsets);
    const deadlineMs = this.#clock.monotonicMs() + STOP_FLUSH_MS;
    while (!this.settle() && this.#clock.monotonicMs() < deadlineMs) {
      await sleep(this.#clock, STEP_MS);
      this.#store.flushSoon();
    }
  }
}
