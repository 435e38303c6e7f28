import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { StoreConfig } from '../config.ts';
import type { StoreCheckpoint } from '../log/checkpoint.ts';
import type { CommitLog, CommitLogListener } from '../log/commit-log.ts';
import { refusalText } from '../log/disk-refusal.ts';
import { StoreLimits, type StoreOptions } from '../options.ts';
import { DiskPace } from './disk-pace.ts';
import type { PutProgress } from './put-progress.ts';
import type { RunningState } from './running-state.ts';

const PAGE_BYTES = 4096;
const SWEEP_PERIOD_MS = 100;
/** How often a disk without room is tried. */
const ROOM_PERIOD_MS = 1000;

/** Looks at how full the disk is, sooner than by its timer, once the log has grown to an offset. */
export interface DiskWatch {
  readonly nextLookOffset: number;
  look(): void;
}

/**
 * When the commit log is written and flushed. Writes: at the end of the turn that put something, one under way. Flushes:
 * with SYNC_FLUSH after each write, so that all that came meanwhile shares the next one (group commit); with ASYNC_FLUSH
 * by the intervals. Source: CommitLog$GroupCommitService, CommitLog$FlushRealTimeService.
 */
export class LogFlush implements CommitLogListener {
  readonly #log: CommitLog;
  readonly #progress: PutProgress;
  readonly #checkpoint: StoreCheckpoint;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #config: StoreConfig;
  readonly #syncFlush: boolean;
  readonly #running: RunningState;
  readonly #onRolledBack: (offset: number) => void;
  #timer: Timer | undefined;
  #periodMs = 0;
  #writeScheduled = false;
  #lastFlushMs = 0;
  #roomTriedMs = 0;
  #aheadFailed = false;
  /** The last flush could not open its file. */
  #flushWasRefused = false;
  #isStopping = false;
  /** With ASYNC_FLUSH: store time up to which the flush that is under way reaches. */
  #flushingTimestamp = 0;
  #whenQuiet: (() => void)[] = [];
  readonly #growthListeners: (() => void)[] = [];
  /** Whether the disk keeps up. */
  readonly pace: DiskPace;
  /** When the last sweep ran: near enough for time-outs of seconds, and no call to the clock for each put. */
  sweptMs = 0;
  /** Lower only in tests. */
  maxUnconfirmedRecords: number = StoreLimits.maxUnconfirmedRecords;
  /** Looks at the disk behind a writer that is fast enough to fill it between two looks. */
  usage: DiskWatch | undefined;

  /** `onRolledBack` (the log ends there again) runs before the puts that wait are answered. */
  constructor(
    log: CommitLog,
    progress: PutProgress,
    checkpoint: StoreCheckpoint,
    running: RunningState,
    options: StoreOptions,
    onRolledBack: (offset: number) => void,
  ) {
    this.#log = log;
    this.#progress = progress;
    this.#checkpoint = checkpoint;
    this.#clock = options.platform.clock;
    this.#logger = options.logger;
    this.#config = options.config;
    this.#syncFlush = options.config.flushDiskType === 'SYNC_FLUSH';
    this.#running = running;
    this.#onRolledBack = onRolledBack;
    this.pace = new DiskPace(log, options.config, options.logger);
  }

  /** The listener is called when more of the log is written, before what waits for that is answered. Must not throw. */
  onGrowth(listener: () => void): void {
    this.#growthListeners.push(listener);
  }

  start(): void {
    this.sweptMs = this.#clock.monotonicMs();
    this.#lastFlushMs = this.sweptMs;
    this.#arm();
  }

  /** A short interval of flushing makes the sweep as short; both may change while the store runs. */
  #arm(): void {
    const { flushIntervalCommitLog, flushCommitLogThoroughInterval } = this.#config;
    const periodMs = Math.min(SWEEP_PERIOD_MS, flushIntervalCommitLog, flushCommitLogThoroughInterval);
    if (periodMs === this.#periodMs) return;
    this.#periodMs = periodMs;
    this.#timer?.cancel();
    this.#timer = this.#clock.every(periodMs, () => this.#sweep());
  }

  /** Writes and flushes everything that was put, or as much as the disk takes. Parked puts are answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#timer?.cancel();
    this.#progress.giveUpReplication();
    if (this.#flushWasRefused) this.#flush();
    this.#log.write();
    await this.quiet();
    this.#flush();
    await this.quiet();
    // Those are left whose records no slave has.
    this.#progress.refuseAll('FLUSH_SLAVE_TIMEOUT');
  }

  /** Flushes what is written now, without waiting for an interval; one flush is under way at a time. */
  flushSoon(): void {
    if (this.#log.failure === undefined && this.#log.flushedOffset < this.#log.writtenOffset) this.#flush();
  }

  /** Something was put: it is written when this turn ends, or with the next write. */
  writeSoon(): void {
    if (this.#writeScheduled || this.#log.writing) return;
    this.#writeScheduled = true;
    this.#clock.endOfTurn(this.#writeNow);
  }

  readonly #writeNow = (): void => {
    this.#writeScheduled = false;
    this.#log.write();
    this.#checkQuiet();
  };

  written(offset: number): void {
    this.pace.ended('write');
    if (this.usage !== undefined && offset >= this.usage.nextLookOffset) this.usage.look();
    for (const listener of this.#growthListeners) listener();
    this.#progress.advance();
    if (this.#syncFlush || (!this.#config.flushCommitLogTimed && this.#hasDirtyPages())) this.#flush();
    this.#checkQuiet();
  }

  flushed(offset: number): void {
    this.pace.ended('flush');
    if (this.#flushWasRefused) {
      this.#flushWasRefused = false;
      this.#running.lower('NO_SPACE');
    }
    this.#lastFlushMs = this.#clock.monotonicMs();
    if (this.#syncFlush) {
      this.#progress.advance();
      this.#checkpoint.logFlushed(this.#progress.confirmedTimestamp, offset);
      this.#flush();
    } else this.#checkpoint.logFlushed(this.#flushingTimestamp, offset);
    this.#checkQuiet();
  }

  outOfRoom(error: Error): void {
    this.refuse(error);
    this.#onRolledBack(this.#log.appendOffset);
    this.#progress.rollBackTo(this.#log.appendOffset, 'SERVICE_NOT_AVAILABLE');
    this.#checkQuiet();
  }

  roomAgain(): void {
    if (!this.#flushWasRefused) this.#running.lower('NO_SPACE');
    this.#checkQuiet();
  }

  /**
   * What is written waits for the flush, which the next sweep tries again; meanwhile nothing is added to it. A store that is
   * being stopped does not wait: the stop is not a clean one then.
   */
  flushRefused(error: Error): void {
    this.#flushWasRefused = true;
    this.refuse(error);
    if (this.#isStopping) this.#progress.refuseAll('FLUSH_DISK_TIMEOUT');
    this.#checkQuiet();
  }

  /** Takes no puts until the disk has room again, which is tried once a second. */
  refuse(error: Error): void {
    if (!this.#running.isRaised('NO_SPACE')) this.#roomTriedMs = this.#clock.monotonicMs();
    this.#running.raise('NO_SPACE', refusalText(error));
  }

  failed(error: Error): void {
    this.#running.fail(error);
    this.#progress.refuseAll('SERVICE_NOT_AVAILABLE');
    this.#checkQuiet();
  }

  #flush(): void {
    if (!this.#log.flushing) this.#flushingTimestamp = this.#progress.confirmedTimestamp;
    this.#log.flush();
  }

  #sweep(): void {
    this.#arm();
    this.sweptMs = this.#clock.monotonicMs();
    this.pace.sweep(this.sweptMs);
    this.#progress.timeOut(this.sweptMs);
    this.#boundUnconfirmed();
    if (this.#running.isRaised('CUTTING')) return;
    if (this.#flushWasRefused || (!this.#syncFlush && this.#flushIsDue())) this.#flush();
    if (!this.#running.isRaised('NO_SPACE')) this.#prepareNextFile();
    else if (this.sweptMs - this.#roomTriedMs >= ROOM_PERIOD_MS) {
      this.#roomTriedMs = this.sweptMs;
      this.#log.tryForRoom();
    }
  }

  /** Replicas that are not there any more may stay in the set that has to confirm, as long as no controller shrinks it. */
  #boundUnconfirmed(): void {
    const { hiddenCount } = this.#progress;
    if (hiddenCount > this.maxUnconfirmedRecords) {
      this.#running.raise('UNCONFIRMED', `${hiddenCount} records are not confirmed by the replicas in sync`);
    } else if (hiddenCount < this.maxUnconfirmedRecords / 2) this.#running.lower('UNCONFIRMED');
  }

  #prepareNextFile(): void {
    try {
      this.#log.prepareNextFile(this.#config.mappedFileSizeCommitLog / 4);
      this.#aheadFailed = false;
    } catch (error) {
      if (!this.#aheadFailed)
        this.#logger.warn('the next commit log file could not be made ahead; it is tried again', { error });
      this.#aheadFailed = true;
    }
  }

  #hasDirtyPages(): boolean {
    const dirty = this.#log.writtenOffset - this.#log.flushedOffset;
    return dirty > 0 && dirty >= this.#config.flushCommitLogLeastPages * PAGE_BYTES;
  }

  #flushIsDue(): boolean {
    const config = this.#config;
    const sinceMs = this.sweptMs - this.#lastFlushMs;
    const dirty = this.#log.writtenOffset - this.#log.flushedOffset;
    return (
      (sinceMs >= config.flushIntervalCommitLog && this.#hasDirtyPages()) ||
      (sinceMs >= config.flushCommitLogThoroughInterval && dirty > 0)
    );
  }

  /** Resolves when no disk call is under way and nothing waits for one. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenQuiet.push(resolve);
      this.#checkQuiet();
    });
  }

  /** True when no disk call is under way and nothing waits for one. */
  get isQuiet(): boolean {
    const log = this.#log;
    return !log.writing && !log.flushing && !this.#writeScheduled && !this.#progress.waitsForDisk;
  }

  #checkQuiet(): void {
    if (this.#whenQuiet.length === 0 || !(this.isQuiet || this.#log.failure !== undefined)) return;
    for (const resolve of this.#whenQuiet.splice(0)) resolve();
  }
}
