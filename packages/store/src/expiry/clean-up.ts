import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { ExpiryConfig } from '../config.ts';
import type { BlockCache } from '../log/block-cache.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { LogCleanUp } from './clean-up-log.ts';
import type { QueueCleanUp } from './clean-up-queues.ts';
import { isTimeToDelete } from './delete-when.ts';
import type { DiskUsage } from './disk-usage.ts';

const FIRST_ROUND_MS = 60_000;
/** Rounds for which a request by hand lasts. Source: CleanCommitLogService#MAX_MANUAL_DELETE_FILE_TIMES. */
const MANUAL_ROUNDS = 20;

/** Keeps files by key and removes those that lie wholly below an offset of the commit log. */
export interface IndexCleanUp {
  removeBefore(minPhysicalOffset: number): void | Promise<void>;
}

export interface CleanUpParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: CommitLog;
  readonly usage: DiskUsage;
  readonly blocks: BlockCache;
  readonly logCleanUp: LogCleanUp;
  readonly queueCleanUp: QueueCleanUp;
  readonly indexes: IndexCleanUp | undefined;
  readonly config: ExpiryConfig;
}

/**
 * Removes what is expired, in rounds. Commit log files go first, each durably before the next one; what is made from them
 * follows. So a crash at any moment leaves a log without gaps, with consume queues and indexes that begin no later than
 * what is left of it, or that name records which are gone: readers pass over those.
 * Source: DefaultMessageStore$CleanCommitLogService, ConsumeQueueStore$CleanConsumeQueueService.
 */
export class CleanUp {
  readonly #parts: CleanUpParts;
  #timer: Timer | undefined;
  #stop = new AbortController();
  #round: Promise<void> | undefined;
  #manualRounds = 0;
  /** Start of the log to which consume queues and indexes were brought last. */
  #followedTo = 0;
  #couldNotMakeRoom = false;

  constructor(parts: CleanUpParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock, config } = this.#parts;
    this.#timer = clock.after(FIRST_ROUND_MS, () => {
      this.#timer = clock.every(config.cleanResourceInterval, () => this.#tick());
      this.#tick();
    });
  }

  /** Resolves when nothing is being removed any more; a round under way ends early. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#stop.abort();
    await this.#round;
  }

  /** Expired files go with each of the next rounds, whatever the hour. */
  cleanSoon(): void {
    this.#manualRounds = MANUAL_ROUNDS;
    this.#parts.logger.info('expired files are removed on request', { rounds: MANUAL_ROUNDS });
  }

  /** Brings consume queues and indexes up to the start of the log now. */
  async followNow(): Promise<void> {
    while (this.#round !== undefined) await this.#round;
    await this.#run(() => this.#follow(0));
  }

  #tick(): void {
    // A round that takes longer than the interval is not overtaken by the next.
    if (this.#round !== undefined) return;
    void this.#run(async () => {
      await this.#cleanLog();
      if (this.#parts.log.minOffset > this.#followedTo)
        await this.#follow(this.#parts.config.deleteConsumeQueueFilesInterval);
    });
  }

  #run(work: () => Promise<void>): Promise<void> {
    const round = work().finally(() => {
      this.#round = undefined;
    });
    this.#round = round;
    return round;
  }

  async #cleanLog(): Promise<void> {
    const { clock, log, logger, usage, blocks, logCleanUp, config } = this.#parts;
    const demand = usage.look();
    const isHour = isTimeToDelete(config.deleteWhen, clock.now());
    const isManual = this.#manualRounds > 0;
    if (!isHour && !demand.clean && !isManual) {
      this.#couldNotMakeRoom = false;
      return;
    }
    if (isManual) this.#manualRounds -= 1;
    let isFirst = true;
    const removed = await logCleanUp.clean(() => {
      // The disk may have room again after some files: then those whose time is not over stay.
      const forcibly = isFirst ? demand.forcibly : usage.look().forcibly;
      isFirst = false;
      return forcibly;
    }, this.#stop.signal);
    if (removed > 0) {
      blocks.forgetBelow(log.minOffset);
      usage.look();
    } else if (demand.clean && !this.#couldNotMakeRoom) {
      const why = demand.unknown ? 'how full the disk is is not known' : 'the disk is above a limit';
      logger.warn(`${why}, and no commit log file may be removed`, { ratios: usage.ratios() });
    }
    this.#couldNotMakeRoom = removed === 0 && demand.clean;
  }

  async #follow(pauseMs: number): Promise<void> {
    const { log, logger, indexes, queueCleanUp } = this.#parts;
    const minOffset = log.minOffset;
    const complete = await queueCleanUp.clean(minOffset, pauseMs, this.#stop.signal);
    if (!complete) return;
    try {
      await indexes?.removeBefore(minOffset);
      this.#followedTo = minOffset;
    } catch (error) {
      logger.warn('index files could not be removed; it is tried again', { error });
    }
  }
}
