import type { Clock } from '@rocketmq-ts/kernel';

const LONG_MS = 60_000;

/** The message of a queue that can't be read or delivered though it is tried again: it must not hold up for ever all behind it. */
export class FailingPlace {
  readonly #clock: Clock;
  #queueOffset = -1;
  #sinceMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The message at a queue offset failed. True when it has failed for a minute, and no other one since: it is passed over. */
  hasFailedLong(queueOffset: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (this.#queueOffset === queueOffset) return nowMs - this.#sinceMs >= LONG_MS;
    this.#queueOffset = queueOffset;
    this.#sinceMs = nowMs;
    return false;
  }
}
