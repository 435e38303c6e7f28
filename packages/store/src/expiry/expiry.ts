import type { Timer } from '@rocketmq-ts/kernel';
import type { MessageIndex } from '../index/message-index.ts';
import type { BlockCache } from '../log/block-cache.ts';
import type { DiskFractions } from '../options.ts';
import type { RunningState } from '../put/running-state.ts';
import { LogCleanUp, type LogCleanUpParts } from './clean-up-log.ts';
import { QueueCleanUp, type QueueCleanUpParts } from './clean-up-queues.ts';
import { isTimeToDelete } from './delete-when.ts';
import { DiskUsage } from './disk-usage.ts';

const FIRST_ROUND_MS = 60_000;
/** Rounds for which a request by hand lasts. Source: CleanCommitLogService#MAX_MANUAL_DELETE_FILE_TIMES. */
const MANUAL_ROUNDS = 20;

/** What a store makes room in, and with. */
export interface ExpiryParts extends LogCleanUpParts, QueueCleanUpParts {
  /** Store folder. */
  readonly root: string;
  readonly running: RunningState;
  readonly blocks: BlockCache;
  readonly indexes?: Pick<MessageIndex, 'removeBefore'> | undefined;
  readonly fractions?: DiskFractions | undefined;
}

/**
 * How a store makes room: watches how full its disks are, and removes what is expired, in rounds. Commit log files are removed
 * first, each durably before the next one; what is made from them follows. So a crash at any moment leaves a log without gaps, with consume queues and indexes that begin no later than
 * what is left of it, or that name removed records: readers pass over those.
 * Source: DefaultMessageStore$CleanCommitLogService, ConsumeQueueStore$CleanConsumeQueueService.
 */
export class Expiry {
  readonly usage: DiskUsage;
  readonly #parts: ExpiryParts;
  readonly #logCleanUp: LogCleanUp;
  readonly #queueCleanUp: QueueCleanUp;
  #timer: Timer | undefined;
  #stop = new AbortController();
  #round: Promise<void> | undefined;
  #manualRounds = 0;
  /** Start of the log to which consume queues and indexes were brought last. */
  #followedTo = 0;
  #couldNotMakeRoom = false;

  constructor(parts: ExpiryParts) {
    const { root, log, fractions = {} } = parts;
    const paths = { commitLog: log.files.directory, consumeQueue: `${root}/consumequeue`, index: `${root}/index` };
    this.#parts = parts;
    this.usage = new DiskUsage({ ...parts, paths, fractions, writtenOffset: () => log.writtenOffset });
    this.#logCleanUp = new LogCleanUp(parts);
    this.#queueCleanUp = new QueueCleanUp(parts);
  }

  /** When the store is RUNNING. */
  start(): void {
    const { clock, config } = this.#parts;
    this.usage.start();
    this.#timer = clock.after(FIRST_ROUND_MS, () => {
      this.#timer = clock.every(config.cleanResourceInterval, () => this.#tick());
      this.#tick();
    });
  }

  /** Resolves when nothing is being removed any more; a round under way ends early. */
  async stop(): Promise<void> {
    this.usage.stop();
    this.#timer?.cancel();
    this.#stop.abort();
    await this.#round;
  }

  /** Expired commit log files are removed with each of the next rounds, whatever the hour. */
  cleanSoon(): void {
    this.#manualRounds = MANUAL_ROUNDS;
    this.#parts.logger.info('expired files are removed on request', { rounds: MANUAL_ROUNDS });
  }

  /** Brings consume queues and indexes up to the start of the log now. */
  async followNow(): Promise<void> {
    while (this.#round !== undefined) await this.#round;
    await this.#run(() => this.#follow(0));
  }

  /** Resolves when nothing is being removed. */
  async idle(): Promise<void> {
    while (this.#round !== undefined) await this.#round;
  }

  get isIdle(): boolean {
    return this.#round === undefined;
  }

  /** The log was cut, and may begin elsewhere. */
  logWasCut(): void {
    this.#followedTo = Math.min(this.#followedTo, this.#parts.log.minOffset);
    this.usage.look();
  }

  #tick(): void {
    // A round that takes longer than the interval is not overtaken by the next.
    if (this.#round !== undefined || this.#parts.running.isRaised('CUTTING')) return;
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
    const { usage } = this;
    const { clock, log, logger, blocks, config } = this.#parts;
    const demand = usage.look();
    const isHour = isTimeToDelete(config.deleteWhen, clock.now());
    const isManual = this.#manualRounds > 0;
    if (!isHour && !demand.clean && !isManual) {
      this.#couldNotMakeRoom = false;
      return;
    }
    if (isManual) this.#manualRounds -= 1;
    let isFirst = true;
    const removed = await this.#logCleanUp.clean(() => {
      // The disk may have room again after some files: then those whose time is not over stay.
      const forcibly = isFirst ? demand.forcibly : usage.look().forcibly;
      isFirst = false;
      return forcibly;
    }, this.#stop.signal);
    if (removed > 0) {
      blocks.forget(0, log.minOffset);
      usage.look();
    } else if (demand.clean && !this.#couldNotMakeRoom) {
      const why = demand.unknown ? 'how full the disk is is not known' : 'the disk is above a limit';
      logger.warn(`${why}, and no commit log file may be removed`, { ratios: usage.ratios() });
    }
    this.#couldNotMakeRoom = removed === 0 && demand.clean;
  }

  async #follow(pauseMs: number): Promise<void> {
    const { log, logger, indexes } = this.#parts;
    const minOffset = log.minOffset;
    const complete = await this.#queueCleanUp.clean(minOffset, pauseMs, this.#stop.signal);
    if (!complete) return;
    try {
      await indexes?.removeBefore(minOffset);
      this.#followedTo = minOffset;
    } catch (error) {
      logger.warn('index files could not be removed; it is tried again', { error });
    }
  }
}
