import { type Clock, type Health, type Logger, sleep, type Timer } from '@rocketmq-ts/kernel';
import { LauncherError } from '../errors.ts';
import type { FromWorker, WorkerThread, WorkerThreadEvents } from './messages.ts';

/** A worker that ended by itself starts anew after so long, and after twice as long each time that it ends soon again. */
export const FIRST_RESTART_MS = 1_000;
export const LONGEST_RESTART_MS = 60_000;
/** After so long a run the next wait is the first one again. */
const WELL_AFTER_MS = 10 * 60_000;
/** An event loop that turns answers within it. */
export const HEALTH_WAIT_MS = 2_000;
/** Metrics of so many topics as a thread can have are there within it. */
const METRICS_WAIT_MS = 8_000;

interface WorkerOptions {
  /** Its broker name. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the operator who watches the console. */
  readonly report: (sentence: string) => void;
  /** Starts a thread for this worker. */
  readonly spawn: (events: WorkerThreadEvents) => WorkerThread;
  /** Lines of the worker's logs. */
  readonly appendLog: (name: string, line: string, atOnce: boolean) => void;
}

/**
 * One broker in a thread of its own, started anew when the thread ends by itself: what it acknowledged is in its files, and
 * the others never shared anything with it.
 */
export class Worker {
  readonly #options: WorkerOptions;
  #state: 'CREATED' | 'STARTING' | 'RUNNING' | 'WAITING' | 'STOPPING' | 'STOPPED' = 'CREATED';
  #thread: WorkerThread | undefined;
  #first: { resolve(bootLine: string): void; reject(error: Error): void } | undefined;
  #stopped: Promise<void> | undefined;
  #ended: (() => void) | undefined;
  #stopProblem: string | undefined;
  #failure: string | undefined;
  #startedAtMs = 0;
  #restartMs = FIRST_RESTART_MS;
  #restart: Timer | undefined;
  #healthWaiters: ((health: Health) => void)[] = [];
  #metricsWaiters: ((text: string) => void)[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /**
   * Resolves with its boot line. Rejects with `WORKER_FAILED` when this first start fails: then it is not tried again. Stays
   * open when a stop ends it.
   */
  start(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#spawn();
    });
  }

  /** Ends it in order. Rejects when its stop failed. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#restart?.cancel();
    const thread = this.#thread;
    this.#state = 'STOPPING';
    if (thread !== undefined) {
      const ended = new Promise<void>((resolve) => {
        this.#ended = resolve;
      });
      thread.post({ kind: 'stop' });
      await ended;
    }
    this.#state = 'STOPPED';
    if (this.#stopProblem !== undefined) throw new Error(`${this.name}: ${this.#stopProblem}`);
  }

  /** What the broker says of itself; a thread that does not answer within two seconds is a defect. */
  async health(): Promise<Health> {
    if (this.#state !== 'RUNNING' || this.#thread === undefined) {
      return { defects: [], unready: [`it is ${this.#failure ?? this.#state.toLowerCase()}`] };
    }
    const waiting = new AbortController();
    const answer = new Promise<Health>((resolve) => this.#healthWaiters.push(resolve));
    this.#thread.post({ kind: 'health' });
    const late = sleep(this.#options.clock, HEALTH_WAIT_MS, waiting.signal).then((): Health => {
      const sentence = `its event loop has not turned for ${HEALTH_WAIT_MS / 1000} s`;
      return { defects: [sentence], unready: [sentence] };
    });
    const health = await Promise.race([answer, late]);
    waiting.abort();
    return health;
  }

  /** What the broker shows to those who collect metrics; nothing while it does not run, or where its thread is late. */
  async metrics(): Promise<string> {
    if (this.#state !== 'RUNNING' || this.#thread === undefined) return '';
    const waiting = new AbortController();
    const answer = new Promise<string>((resolve) => this.#metricsWaiters.push(resolve));
    // One text answers all that wait for it.
    if (this.#metricsWaiters.length === 1) this.#thread.post({ kind: 'metrics' });
    const late = sleep(this.#options.clock, METRICS_WAIT_MS, waiting.signal).then(() => '');
    const text = await Promise.race([answer, late]);
    waiting.abort();
    return text;
  }

  #spawn(): void {
    this.#state = 'STARTING';
    this.#startedAtMs = this.#options.clock.monotonicMs();
    this.#failure = undefined;
    this.#thread = this.#options.spawn({
      message: (message) => this.#onMessage(message),
      exit: (reason) => this.#onExit(reason),
    });
  }

  #onMessage(message: FromWorker): void {
    const { appendLog, report } = this.#options;
    switch (message.kind) {
      case 'log':
        return appendLog(message.name, message.line, message.atOnce);
      case 'report':
        return report(`${this.name}: ${message.sentence}`);
      case 'started':
        return this.#onStarted(message.bootLine);
      case 'failed':
        this.#failure = message.line;
        return;
      case 'stopped':
        this.#stopProblem = message.problem;
        return;
      case 'health': {
        const waiters = this.#healthWaiters;
        this.#healthWaiters = [];
        for (const resolve of waiters) resolve(message.health);
        return;
      }
      case 'metrics': {
        const waiters = this.#metricsWaiters;
        this.#metricsWaiters = [];
        for (const resolve of waiters) resolve(message.text);
      }
    }
  }

  #onStarted(bootLine: string): void {
    if (this.#state !== 'STARTING') return;
    this.#state = 'RUNNING';
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first.resolve(bootLine);
    this.#options.logger.info('a worker runs again', { worker: this.name });
    this.#options.report(`${this.name} runs again: ${bootLine}`);
  }

  #onExit(reason: string): void {
    const problem = this.#failure ?? reason;
    this.#thread = undefined;
    this.#healthWaiters = [];
    for (const resolve of this.#metricsWaiters.splice(0)) resolve('');
    const first = this.#first;
    this.#first = undefined;
    if (this.#state === 'STOPPING') return this.#ended?.();
    if (first === undefined) return this.#restartLater(problem);
    this.#state = 'STOPPED';
    first.reject(new LauncherError('WORKER_FAILED', `${this.name}: ${problem}`));
  }

  #restartLater(problem: string): void {
    const { clock, logger, report } = this.#options;
    if (clock.monotonicMs() - this.#startedAtMs >= WELL_AFTER_MS) this.#restartMs = FIRST_RESTART_MS;
    const delayMs = this.#restartMs;
    this.#restartMs = Math.min(2 * delayMs, LONGEST_RESTART_MS);
    this.#state = 'WAITING';
    this.#failure = `not running, since it ended: ${problem}`;
    logger.error('a worker ended by itself and is started anew; the others keep running', {
      worker: this.name,
      reason: problem,
      delayMs,
    });
    report(
      `${this.name} ended by itself (${problem}); it is started anew in ${delayMs / 1000} s, the others keep running`,
    );
    this.#restart = clock.after(delayMs, () => this.#spawn());
  }
}
