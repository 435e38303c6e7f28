import { type Clock, sleep } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';

/** How long a stop waits for the log to be flushed. */
const STOP_FLUSH_MS = 2000;
const STEP_MS = 5;

interface Snapshot {
  /** One for each queue. */
  readonly offsets: readonly number[];
  /** End of the log at that moment: what was stored up to these offsets is before it. */
  readonly logEnd: number;
}

/**
 * Which progress of a feature that stores messages again may be saved (delay levels, checks of transactions): that up to
 * which these are on the disk. If it were saved earlier, a loss of power could keep the progress and lose the message.
 */
export class SafeProgress {
  readonly #clock: Clock;
  readonly #store: MessageStore;
  #offsets: readonly number[] = [];
  #next: Snapshot | undefined;

  constructor(clock: Clock, store: MessageStore) {
    this.#clock = clock;
    this.#store = store;
  }

  /** A life or a duty begins from saved offsets: what an earlier one wanted counts for nothing. */
  begin(offsets: readonly number[]): void {
    this.#offsets = offsets;
    this.#next = undefined;
  }

  /** May be saved. */
  get offsets(): readonly number[] {
    return this.#offsets;
  }

  /** Flushes the log soon, so that `settle` finds these offsets safe. Offsets that wait for an earlier flush are kept. */
  want(offsets: readonly number[]): void {
    this.#next ??= { offsets, logEnd: this.#store.facts.writtenOffset };
    this.#store.flushSoon();
  }

  /** True when wanted offsets have become those that may be saved. */
  settle(): boolean {
    const next = this.#next;
    if (next === undefined || this.#store.facts.flushedOffset < next.logEnd) return false;
    this.#offsets = next.offsets;
    this.#next = undefined;
    return true;
  }

  /** Makes the last offsets safe before a stop. If the disk does not flush in time, the earlier ones stay. */
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
