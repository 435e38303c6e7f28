/**
 * Time as the rest of the system sees it. `nodeClock` is the real one; the virtual one of the testkit moves only when a
 * test moves it.
 */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump; use it for stored timestamps only. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back; use it for durations and deadlines. */
  monotonicMs(): number;
  /** Runs `task` once, `delayMs` from now. */
  after(delayMs: number, task: () => void): Timer;
  /** Runs `task` every `periodMs`, first after one period. What it throws is the guard's of the server that it belongs to. */
  every(periodMs: number, task: () => void): Timer;
  /**
   * Runs `task` when everything that is readable in this turn of the event loop has been handled: the place to batch
   * system calls.
   */
  endOfTurn(task: () => void): void;
}

/** A task that is to run. */
export interface Timer {
  /** Idempotent. */
  cancel(): void;
}

/**
 * Runs `task` again and again, each time `delayMs()` after the last: for an interval that may change meanwhile. First after one
 * interval.
 */
export function repeat(clock: Clock, delayMs: () => number, task: () => void): Timer {
  let timer = clock.after(delayMs(), run);
  function run(): void {
    timer = clock.after(delayMs(), run);
    task();
  }
  return { cancel: () => timer.cancel() };
}

/** Resolves `delayMs` later on `clock`, or at once when one of the signals aborts. */
export function sleep(clock: Clock, delayMs: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal?.aborted)) return resolve();
    const timer = clock.after(delayMs, finish);
    function finish(): void {
      timer.cancel();
      for (const signal of signals) signal?.removeEventListener('abort', finish);
      resolve();
    }
    for (const signal of signals) signal?.addEventListener('abort', finish);
  });
}
