import { type Clock, nodeClock, type Timer } from '@rocketmq-ts/kernel';
import type { Activity } from './activity.ts';
import { type DueEntry, DueQueue } from './due-queue.ts';

/** Tasks in one turn of the event loop; then sockets have their turn. */
const MOST_TASKS_A_TURN = 500;
/** After a turn in which something happened, so many must pass without anything: a peer in this process may answer meanwhile. */
const QUIET_TURNS = 4;
/** Steps of `advance` that cause nothing outside follow each other at once; after so many, clients of other processes have a turn. */
const MOST_STEPS_A_TURN = 64;
/** A step of `advance` waits no longer for what is under way outside, by real time. */
const LONGEST_SETTLE_MS = 500;

/**
 * The clock of a cluster over real sockets. It runs like the real one, or stands still (`isVirtual`) but while something of the
 * cluster is waited for; `advance` moves it on and runs what becomes due in order, and after each step lets sockets and
 * disks finish what it caused. Wall clock and monotonic clock move together.
 */
export class ClusterClock implements Clock {
  readonly #isVirtual: boolean;
  readonly #activity: Activity;
  readonly #due = new DueQueue();
  readonly #startMs = nodeClock.now();
  /** Time of this clock when it last began to run, or stopped. */
  #elapsedMs = 0;
  /** When that was, by the real clock; undefined while it stands still. */
  #runningSinceMs: number | undefined;
  #runners = 0;
  #advancing = 0;
  #advances: Promise<void> = Promise.resolve();
  #timer: { readonly dueMs: number; readonly handle: Timer } | undefined;
  /** `activity.count` when everything that was caused had happened. */
  #settledCount = -1;
  #stepsOfTurn = 0;
  #isTurnAsked = false;
  #isRunningTasks = false;

  constructor(isVirtual: boolean, activity: Activity) {
    this.#isVirtual = isVirtual;
    this.#activity = activity;
    this.#setRunning();
  }

  now(): number {
    return this.#startMs + Math.floor(this.monotonicMs());
  }

  monotonicMs(): number {
    const since = this.#runningSinceMs;
    return since === undefined ? this.#elapsedMs : this.#elapsedMs + (nodeClock.monotonicMs() - since);
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#add(delayMs, task, undefined);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#add(periodMs, task, Math.max(1, periodMs));
  }

  endOfTurn(task: () => void): void {
    const done = this.#activity.begin();
    nodeClock.endOfTurn(() => {
      done();
      task();
    });
  }

  /** Timers that are armed. Zero when everything has been stopped. */
  get pendingTimers(): number {
    return this.#due.size;
  }

  /** Lets so much time pass at once. Calls that overlap are made one after the other. */
  advance(ms: number): Promise<void> {
    const advance = this.#advances.then(() => this.#advance(ms));
    this.#advances = advance.catch(() => {});
    return advance;
  }

  /** A virtual clock runs, at the speed of the real one, until the work is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#runners++;
    this.#setRunning();
    try {
      return await work();
    } finally {
      this.#runners--;
      this.#setRunning();
    }
  }

  #setRunning(): void {
    const shallRun = this.#advancing === 0 && (!this.#isVirtual || this.#runners > 0);
    if (shallRun === (this.#runningSinceMs !== undefined)) return;
    this.#elapsedMs = this.monotonicMs();
    this.#runningSinceMs = shallRun ? nodeClock.monotonicMs() : undefined;
    this.#arm();
  }

  #add(delayMs: number, task: () => void, periodMs: number | undefined): Timer {
    const entry = this.#due.add(this.monotonicMs() + Math.max(0, delayMs), task, periodMs);
    this.#arm();
    return {
      cancel: () => {
        this.#due.remove(entry);
        // Nothing of a stopped cluster may keep the process alive.
        if (this.#due.size === 0) this.#disarm();
      },
    };
  }

  /** Sees to it that the first entry is run when it is due. */
  #arm(): void {
    const first = this.#due.first;
    if (first === undefined || this.#advancing > 0 || this.#isRunningTasks) return;
    const inMs = first.dueMs - this.monotonicMs();
    if (inMs <= 0) {
      this.#askForTurn();
    } else if (this.#runningSinceMs !== undefined && (this.#timer === undefined || this.#timer.dueMs > first.dueMs)) {
      this.#disarm();
      const run = (): void => {
        this.#timer = undefined;
        this.#runTasks(() => this.#arm());
      };
      this.#timer = { dueMs: first.dueMs, handle: nodeClock.after(Math.ceil(inMs), run) };
    }
    if (this.#runningSinceMs === undefined) this.#disarm();
  }

  #disarm(): void {
    this.#timer?.handle.cancel();
    this.#timer = undefined;
  }

  #askForTurn(): void {
    if (this.#isTurnAsked) return;
    this.#isTurnAsked = true;
    nodeClock.endOfTurn(() => {
      this.#isTurnAsked = false;
      if (this.#advancing === 0) this.#runTasks(() => this.#arm());
    });
  }

  /**
   * Runs what is due now, in order; between two tasks all promise continuations run, as between two timers of the event loop.
   * `then` follows in the same turn.
   */
  #runTasks(then: () => void): void {
    if (this.#isRunningTasks) return;
    this.#isRunningTasks = true;
    const untilMs = this.monotonicMs();
    let left = MOST_TASKS_A_TURN;
    const next = (): void => {
      const entry = left-- > 0 ? this.#due.takeDue(untilMs) : undefined;
      if (entry === undefined) {
        this.#isRunningTasks = false;
        then();
        return;
      }
      try {
        this.#run(entry);
      } finally {
        // A tick that a microtask asks for runs when no microtask is left.
        queueMicrotask(() => process.nextTick(next));
      }
    };
    next();
  }

  #run(entry: DueEntry): void {
    const { periodMs, dueMs, task } = entry;
    // As `setInterval` does, what was missed in a long turn is not made up for.
    if (periodMs !== undefined) this.#due.again(entry, Math.max(dueMs + periodMs, this.monotonicMs()));
    task();
  }

  async #advance(ms: number): Promise<void> {
    this.#advancing++;
    this.#setRunning();
    this.#disarm();
    const targetMs = this.#elapsedMs + ms;
    try {
      await this.#settle();
      for (let first = this.#due.first; first !== undefined && first.dueMs <= targetMs; first = this.#due.first) {
        this.#elapsedMs = Math.max(this.#elapsedMs, first.dueMs);
        await this.#settle();
      }
      this.#elapsedMs = targetMs;
    } finally {
      this.#advancing--;
      this.#setRunning();
      this.#arm();
    }
  }

  /** Resolves when nothing is due at this moment, and what that caused on sockets and disks has happened. */
  async #settle(): Promise<void> {
    await this.#tasksRun();
    const isIdle = this.#activity.count === this.#settledCount && this.#activity.pending === 0 && !this.#isDue();
    if (isIdle && ++this.#stepsOfTurn < MOST_STEPS_A_TURN) return;
    this.#stepsOfTurn = 0;
    const startMs = nodeClock.monotonicMs();
    for (let quiet = 0, needed = 1; quiet < needed; ) {
      const before = this.#activity.count;
      await this.#tasksRun();
      await new Promise<void>((resolve) => nodeClock.endOfTurn(resolve));
      const isDue = this.#isDue();
      const isBusy = isDue || this.#activity.pending > 0 || this.#activity.count !== before;
      if (isBusy) needed = QUIET_TURNS;
      quiet = isBusy ? 0 : quiet + 1;
      if (!isDue && nodeClock.monotonicMs() - startMs > LONGEST_SETTLE_MS) break;
    }
    this.#settledCount = this.#activity.count;
  }

  #isDue(): boolean {
    const first = this.#due.first;
    return first !== undefined && first.dueMs <= this.#elapsedMs;
  }

  async #tasksRun(): Promise<void> {
    if (!this.#isRunningTasks) await new Promise<void>((resolve) => this.#runTasks(resolve));
  }
}
