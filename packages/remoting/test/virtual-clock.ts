import type { Clock, Timer } from '@rocketmq-ts/kernel';

/** Time that a test moves by hand; ends of turns are real, so that awaiting works as in production. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  readonly #timers = new Set<{ dueMs: number; readonly periodMs: number | undefined; readonly task: () => void }>();

  get timerCount(): number {
    return this.#timers.size;
  }

  now(): number {
    return 1_700_000_000_000 + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#arm(delayMs, undefined, task);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#arm(periodMs, periodMs, task);
  }

  endOfTurn(task: () => void): void {
    setImmediate(task);
  }

  /** Runs what becomes due, in order, then lets everything that follows from it happen. */
  async advance(ms: number): Promise<void> {
    const target = this.#elapsedMs + ms;
    for (;;) {
      let next: { dueMs: number; readonly periodMs: number | undefined; readonly task: () => void } | undefined;
      for (const timer of this.#timers) {
        if (timer.dueMs <= target && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
      }
      if (next === undefined) break;
      this.#elapsedMs = next.dueMs;
      if (next.periodMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.periodMs;
      next.task();
    }
    this.#elapsedMs = target;
    await settled();
  }

  #arm(delayMs: number, periodMs: number | undefined, task: () => void): Timer {
    const timer = { dueMs: this.#elapsedMs + delayMs, periodMs, task };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }
}

/** A few turns of the loop: enough for frames to go there and back between two ends in one process. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
}
