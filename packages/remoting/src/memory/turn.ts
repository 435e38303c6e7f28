import type { Clock } from '@rocketmq-ts/kernel';
import { SERVING_MS } from '../limits.ts';

/**
 * For how long this turn of the event loop has served requests. Who has served for long leaves the rest to the next
 * turn, so that one peer's requests do not hold up all the others'.
 */
export class Turn {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'endOfTurn'>;
  readonly #listeners: (() => void)[] = [];
  #isIn = false;
  #beganMs = 0;
  /** This turn was once seen to be longer than SERVING_MS. */
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

  /** Runs when a turn that was asked for has ended: what was left goes on. */
  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  readonly #ended = (): void => {
    this.#isIn = false;
    this.isLong = false;
    for (const listener of this.#listeners) listener();
  };
}
