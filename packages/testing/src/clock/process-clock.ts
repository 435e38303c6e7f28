import type { Clock, Timer } from '@rocketmq-ts/kernel';

/** The clock of one process of a simulated machine: what it armed is dropped at the end of the process. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #armed = new Set<Timer>();
  #isAlive = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  end(): void {
    this.#isAlive = false;
    for (const timer of this.#armed) timer.cancel();
    this.#armed.clear();
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, task: () => void): Timer {
    const timer = this.#clock.after(delayMs, () => {
      this.#armed.delete(timer);
      this.#run(task);
    });
    return this.#tracked(timer);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#tracked(this.#clock.every(periodMs, () => this.#run(task)));
  }

  endOfTurn(task: () => void): void {
    this.#clock.endOfTurn(() => this.#run(task));
  }

  #run(task: () => void): void {
    if (!this.#isAlive) return;
    try {
      task();
    } catch (error) {
      // What a process that died in the middle of a call throws is not seen.
      if (this.#isAlive) throw error;
    }
  }

  #tracked(timer: Timer): Timer {
    // A dead process that is still in the middle of a call arms nothing.
    if (!this.#isAlive) timer.cancel();
    else this.#armed.add(timer);
    return {
      cancel: () => {
        this.#armed.delete(timer);
        timer.cancel();
      },
    };
  }
}
