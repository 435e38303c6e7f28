import type { Clock, Timer } from '../clock.ts';

/** The longest delay that `setTimeout` keeps; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Real time. A pending timer keeps the process alive; a cancelled one leaves nothing behind. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, task) => new OneShot(delayMs, task),
  every: (periodMs, task) => new Periodic(periodMs, task),
  endOfTurn: (task) => {
    setImmediate(task);
  },
};

class OneShot implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(delayMs: number, task: () => void) {
    this.#arm(delayMs, task);
  }

  #arm(delayMs: number, task: () => void): void {
    const part = Math.min(delayMs, MAX_DELAY_MS);
    this.#handle = setTimeout(() => {
      this.#handle = undefined;
      if (delayMs > part) this.#arm(delayMs - part, task);
      else task();
    }, part);
  }

  cancel(): void {
    if (this.#handle === undefined) return;
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }
}

class Periodic implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(periodMs: number, task: () => void) {
    this.#handle = setInterval(task, Math.min(periodMs, MAX_DELAY_MS));
  }

  cancel(): void {
    if (this.#handle === undefined) return;
    clearInterval(this.#handle);
    this.#handle = undefined;
  }
}
