import { type Clock, type Logger, repeat, type Timer } from '@rocketmq-ts/kernel';
import type { StoreIndex } from '../index/store-index.ts';
import type { StoreCheckpoint } from '../log/checkpoint.ts';
import { refusalText } from '../log/disk-refusal.ts';
import { StoreLimits, type StoreOptions } from '../options.ts';
import { ConsumeQueueFlush } from '../queue/flush.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import type { PutProgress } from './put-progress.ts';
import type { RunningState } from './running-state.ts';

/** Syncs of tens of thousands of queues are not asked for more often, however fast the log grows. */
const LEAST_THOROUGH_INTERVAL_MS = 5000;

/**
 * When that which is made from the commit log (consume queues) is written and flushed, which lets the checkpoint move on.
 * Source: DefaultMessageStore$FlushConsumeQueueService.
 */
export class DerivedFlush {
  readonly #queueFlush: ConsumeQueueFlush;
  readonly #queues: ConsumeQueueTable;
  readonly #checkpoint: StoreCheckpoint;
  readonly #progress: PutProgress;
  readonly #running: RunningState;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #options: StoreOptions;
  readonly #index: StoreIndex | undefined;
  #timer: Timer | undefined;
  #lastThoroughMs = 0;
  #lastThoroughOffset = 0;
  #savedFlushedOffset = 0;
  #whenIdle: (() => void)[] = [];

  constructor(
    queues: ConsumeQueueTable,
    checkpoint: StoreCheckpoint,
    progress: PutProgress,
    running: RunningState,
    options: StoreOptions,
    index: StoreIndex | undefined,
  ) {
    this.#queueFlush = new ConsumeQueueFlush(queues, options.logger, options.platform.clock);
    this.#queues = queues;
    this.#checkpoint = checkpoint;
    this.#progress = progress;
    this.#running = running;
    this.#clock = options.platform.clock;
    this.#logger = options.logger;
    this.#options = options;
    this.#index = index;
  }

  start(): void {
    // Queues that were built again from the beginning are made durable with the first round.
    const rebuilt = this.#checkpoint.logicsMsgTimestamp === 0;
    this.#lastThoroughMs = rebuilt ? Number.NEGATIVE_INFINITY : this.#clock.monotonicMs();
    this.#lastThoroughOffset = this.#progress.confirmedOffset;
    this.#timer = repeat(
      this.#clock,
      () => this.#options.config.flushIntervalConsumeQueue,
      () => this.#flush(),
    );
  }

  /** Makes everything durable; false when that did not succeed, so that the next start must build it again. */
  async stop(): Promise<boolean> {
    this.#timer?.cancel();
    await this.idle();
    const error = await this.#flushAll();
    if (error !== null) this.#logger.warn('consume queues are not flushed; the next start builds them again');
    const indexIsDurable = (await this.#index?.stop()) ?? true;
    return error === null && !this.#queueFlush.inDoubt && indexIsDurable;
  }

  /** Moves units to their files; now and then makes them durable, which lets the checkpoint move on. */
  #flush(): void {
    if (this.#queueFlush.running || this.#running.isRaised('CUTTING')) return;
    // So that what was flushed need not be written again after a kill.
    const { flushedOffset, confirmOffset } = this.#checkpoint;
    const isConfirmed = confirmOffset === this.#progress.confirmedOffset;
    if (flushedOffset !== this.#savedFlushedOffset || !isConfirmed) this.#saveCheckpoint();
    const { confirmedTimestamp, confirmedOffset } = this.#progress;
    const thorough = this.#isThoroughDue();
    if (thorough) this.#lastThoroughOffset = this.#progress.confirmedOffset;
    this.#index?.flush(thorough);
    this.#queueFlush.run((error) => {
      this.#boundUnwritten(error);
      if (error !== null || !thorough || this.#running.state !== 'RUNNING') return this.#checkIdle();
      this.#lastThoroughMs = this.#clock.monotonicMs();
      this.#queueFlush.sync((syncError) => {
        // Once a file could not be synced the checkpoint must not claim what is in it any more.
        if (syncError === null && this.#running.state === 'RUNNING' && !this.#queueFlush.inDoubt) {
          this.#checkpoint.queuesFlushed(confirmedTimestamp, confirmedOffset);
          this.#saveCheckpoint();
        }
        this.#checkIdle();
      });
    });
  }

  #isThoroughDue(): boolean {
    const options = this.#options;
    const sinceMs = this.#clock.monotonicMs() - this.#lastThoroughMs;
    if (sinceMs >= options.config.flushConsumeQueueThoroughInterval) return true;
    const bytes = this.#progress.confirmedOffset - this.#lastThoroughOffset;
    return bytes >= (options.maxReplayBytes ?? StoreLimits.replayBytes) && sinceMs >= LEAST_THOROUGH_INTERVAL_MS;
  }

  /** Units that the disk does not take wait in memory, but not without end. */
  #boundUnwritten(error: Error | null): void {
    if (error === null) this.#running.lower('QUEUES_UNWRITTEN');
    else if (this.#queues.unwrittenUnits() > StoreLimits.maxUnwrittenUnits)
      this.#running.raise('QUEUES_UNWRITTEN', `the consume queues can't be written, ${refusalText(error)}`);
  }

  #saveCheckpoint(): void {
    this.#savedFlushedOffset = this.#checkpoint.flushedOffset;
    // A store that stops counts hidden records as visible; see `PutProgress.giveUpReplication`.
    if (this.#running.state === 'RUNNING') this.#checkpoint.confirmOffset = this.#progress.confirmedOffset;
    this.#checkpoint.save();
  }

  #flushAll(): Promise<Error | null> {
    return new Promise((resolve) => {
      this.#queueFlush.run((error) => {
        if (error !== null) resolve(error);
        else this.#queueFlush.sync(resolve);
      });
    });
  }

  /** Resolves when nothing is under way to consume queues. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.#checkIdle();
    });
  }

  get isIdle(): boolean {
    return !this.#queueFlush.running;
  }

  /** The log was cut at an offset. */
  logWasCut(offset: number): void {
    this.#lastThoroughOffset = Math.min(this.#lastThoroughOffset, offset);
  }

  #checkIdle(): void {
    if (this.#queueFlush.running) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
