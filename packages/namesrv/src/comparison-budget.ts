import type { Clock } from '@rocketmq-ts/kernel';

const PER_SECOND = 5;
const AT_ONCE = 10;

/**
 * How often a remark may look for topics with similar names. In a large table that takes milliseconds, and clients repeat
 * requests for missing topics: beyond the budget a remark has none.
 */
export class ComparisonBudget {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #left = AT_ONCE;
  #filledMs: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#filledMs = clock.monotonicMs();
  }

  /** True when one more may be made now. */
  take(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#filledMs) * PER_SECOND) / 1000;
    this.#left = Math.min(AT_ONCE, this.#left + earned);
    this.#filledMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
