import { type Clock, CodedError, type Timer } from '@rocketmq-ts/kernel';
import { DueQueue } from '@rocketmq-ts/testing/simulated';

/** More turns than any honest test takes without time moving on: something re-arms itself for ever. */
const MAX_TURNS = 1_000_000;
/** What `run` lets pass before it gives up. */
const DEFAULT_LIMIT_MS = 3_600_000;

export interface VirtualClockOptions {
  /** Wall clock at the start. Default 2023-11-14T22:13:20Z. */
  readonly startMs?: number;
  /**
   * `automatic` (default): what is due without time moving (end-of-turn tasks, delays of 0) runs by itself as soon as the
   * program waits, so that code without real delays can simply be awaited. `manual`: nothing runs outside `advance`,
   * `settle` and `run`.
   */
  readonly pump?: 'automatic' | 'manual';
}

/**
 * Time that moves only when a test moves it. Tasks run in the order of their due time, then of their arming; between two of
 * them all promise continuations run, as between two callbacks of the real event loop.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #isAutomatic: boolean;
  readonly #due = new DueQueue();
  #endOfTurn: (() => void)[] = [];
  #elapsedMs = 0;
  #wallShiftMs = 0;
  #isPumpArmed = false;
  #driving = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.#startMs = options.startMs ?? 1_700_000_000_000;
    this.#isAutomatic = options.pump !== 'manual';
  }

  now(): number {
    return this.#startMs + this.#wallShiftMs + Math.floor(this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#arm(delayMs, task, undefined);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#arm(periodMs, task, Math.max(1, periodMs));
  }

  endOfTurn(task: () => void): void {
    this.#endOfTurn.push(task);
    this.#armPump();
  }

  /** Timers that are armed. Zero after everything has been stopped, or something leaks. */
  get pendingTimers(): number {
    return this.#due.size;
  }

  /** Moves the wall clock alone, forwards or back, as an administrator or a time server does. */
  jumpWallClock(byMs: number): void {
    this.#wallShiftMs += byMs;
  }

  /** Lets so much time pass and runs all that becomes due in it, in order. A task that throws makes this reject. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    await this.#drive(async () => {
      await this.#settle();
      for (let next = this.#due.first; next !== undefined && next.dueMs <= targetMs; next = this.#due.first) {
        this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
        await this.#settle();
      }
      this.#elapsedMs = targetMs;
    });
  }

  /** Runs until nothing is due at the present moment. */
  async settle(): Promise<void> {
    await this.#drive(() => this.#settle());
  }

  /**
   * Lets time pass, from one timer to the next, until the work is done; gives its result. Rejects with `VIRTUAL_TIME_LIMIT`
   * when it is not done within `limitMs` (default an hour), and with `VIRTUAL_DEADLOCK` when nothing is armed any more.
   */
  async run<T>(work: Promise<T> | (() => Promise<T>), limitMs = DEFAULT_LIMIT_MS): Promise<T> {
    const deadlineMs = this.#elapsedMs + limitMs;
    let isDone = false;
    const result = (typeof work === 'function' ? work() : work).finally(() => {
      isDone = true;
    });
    // Its rejection is the caller's, by the return below; until then it is not unhandled.
    result.catch(() => {});
    await this.#drive(async () => {
      await this.#settle();
      while (!isDone) {
        const next = this.#due.first;
        if (next === undefined) throw new CodedError('VIRTUAL_DEADLOCK', 'the work waits and no timer is armed');
        if (next.dueMs > deadlineMs) throw new CodedError('VIRTUAL_TIME_LIMIT', `not done in ${limitMs} virtual ms`);
        this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
        await this.#settle();
      }
    });
    return result;
  }

  #arm(delayMs: number, task: () => void, periodMs: number | undefined): Timer {
    const entry = this.#due.add(this.#elapsedMs + Math.max(0, delayMs), task, periodMs);
    if (delayMs <= 0) this.#armPump();
    return { cancel: () => this.#due.remove(entry) };
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      await promiseContinuations();
      const entry = this.#due.takeDue(this.#elapsedMs);
      if (entry !== undefined) {
        if (entry.periodMs !== undefined) this.#due.again(entry, entry.dueMs + entry.periodMs);
        entry.task();
      } else if (this.#endOfTurn.length > 0) {
        const tasks = this.#endOfTurn;
        this.#endOfTurn = [];
        for (const task of tasks) task();
      } else {
        return;
      }
    }
    throw new CodedError('VIRTUAL_LIVELOCK', `still busy after ${MAX_TURNS} turns without time passing`);
  }

  async #drive(work: () => Promise<void>): Promise<void> {
    this.#driving++;
    try {
      await work();
    } finally {
      this.#driving--;
    }
  }

  #armPump(): void {
    if (!this.#isAutomatic || this.#isPumpArmed || this.#driving > 0) return;
    this.#isPumpArmed = true;
    setImmediate(() => {
      this.#isPumpArmed = false;
      // A driver that came meanwhile does this work itself. A task that throws surfaces as an unhandled rejection.
      if (this.#driving === 0) void this.settle();
    });
  }
}

/** Resolves when every promise continuation that can run has run: the real loop empties both queues before its next phase. */
function promiseContinuations(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
