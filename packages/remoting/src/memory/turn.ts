import type { Clock } from '@rocketmq-ts/kernel';
import { SERVING_MS } from '../limits.ts';

/**
 * How long this turn of the event loop has served requests. In a long turn the remaining requests are left to the next one,
 * so that the requests of one peer do not delay those of all others.
 */
export class Turn {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'endOfTurn'>;
  readonly #listeners: (() => void)[] = [];
  #isIn = false;
  #beganMs = 0;
  /** This turn was found to be longer than SERVING_MS. */
  isLong = false;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'endOfTurn'>) {
    this.#clock = clock;
  }

  /** Milliseconds since the first call in this turn: 0 for that one. */
  elapsedMs(): number {
    const nowMs = this.#clock.monotonicMs();
    if (this.#isIn) {
      const elapsedMs = nowMs - this.#beganMs;
      this.isLong = elapsedMs >= SERVING_MS;
      return elapsedMs;
    }
    this.#isIn = true;
    this.#beganMs = nowMs;
    this.#clock.endOfTurn(this.#ended);
    return 0;
  }

  /** Runs at the end of each turn in which `elapsedMs` was called, so that what was left can continue. */
  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  readonly #ended = (): void => {
    this.#isIn = false;
    this.isLong = false;
    for (const listener of this.#listeners) listener();
  };
}
