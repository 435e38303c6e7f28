import type { Clock, Timer } from '@rocketmq-ts/kernel';

/** The clock of a process that can be stopped (SIGSTOP): what becomes due meanwhile runs when it continues, each task once. */
export class PausableClock implements Clock {
  readonly #clock: Clock;
  readonly #missed = new Set<() => void>();
  #isPaused = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const missed = [...this.#missed];
    this.#missed.clear();
    for (const task of missed) task();
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#cancellable((run) => this.#clock.after(delayMs, run), task);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#cancellable((run) => this.#clock.every(periodMs, run), task);
  }

  endOfTurn(task: () => void): void {
    this.#clock.endOfTurn(() => (this.#isPaused ? this.#missed.add(task) : task()));
  }

  #cancellable(arm: (run: () => void) => Timer, task: () => void): Timer {
    const timer = arm(() => (this.#isPaused ? this.#missed.add(task) : task()));
    return {
      cancel: () => {
        this.#missed.delete(task);
        timer.cancel();
      },
    };
  }
}
