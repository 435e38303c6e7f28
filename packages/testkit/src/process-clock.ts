import type { Clock, Timer } from '@rocketmq-ts/kernel';

/** The clock of one process of a simulated machine: what it armed never runs after the end of the process. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  #isAlive = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  end(): void {
    this.#isAlive = false;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#clock.after(delayMs, this.#mortal(task));
  }

  every(periodMs: number, task: () => void): Timer {
    const timer = this.#clock.every(
      periodMs,
      this.#mortal(task, () => timer.cancel()),
    );
    return timer;
  }

  endOfTurn(task: () => void): void {
    this.#clock.endOfTurn(this.#mortal(task));
  }

  #mortal(task: () => void, otherwise: () => void = () => {}): () => void {
    return () => (this.#isAlive ? task() : otherwise());
  }
}
