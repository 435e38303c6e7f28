import type { Clock, Disk, Logger } from '@rocketmq-ts/kernel';
import type { ExpiryConfig } from '../config.ts';
import type { BlockCache } from '../log/block-cache.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { DiskFractions } from '../options.ts';
import type { RunningState } from '../put/running-state.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import type { UnitCache } from '../read/unit-cache.ts';
import { CleanUp, type IndexCleanUp } from './clean-up.ts';
import { LogCleanUp } from './clean-up-log.ts';
import { QueueCleanUp } from './clean-up-queues.ts';
import { type DiskRatios, DiskUsage } from './disk-usage.ts';

export interface ExpiryParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
  /** Store folder. */
  readonly root: string;
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  readonly running: RunningState;
  readonly units: UnitCache;
  readonly blocks: BlockCache;
  readonly indexes?: IndexCleanUp | undefined;
  readonly config: ExpiryConfig;
  readonly fractions?: DiskFractions | undefined;
}

/** How a store makes room: what watches its disks and what removes its files, put together. */
export class Expiry {
  readonly usage: DiskUsage;
  readonly #cleanUp: CleanUp;

  constructor(parts: ExpiryParts) {
    const { root, log, config, fractions = {} } = parts;
    const paths = { commitLog: log.files.directory, consumeQueue: `${root}/consumequeue`, index: `${root}/index` };
    this.usage = new DiskUsage(parts, paths, config, fractions, () => log.writtenOffset);
    this.#cleanUp = new CleanUp({
      ...parts,
      usage: this.usage,
      logCleanUp: new LogCleanUp(parts),
      queueCleanUp: new QueueCleanUp(parts),
      indexes: parts.indexes,
    });
  }

  /** When the store is RUNNING. */
  start(): void {
    this.usage.start();
    this.#cleanUp.start();
  }

  /** Resolves when nothing is being removed any more. */
  async stop(): Promise<void> {
    this.usage.stop();
    await this.#cleanUp.stop();
  }

  /** How full the disks are; not older than a second. */
  ratios(): DiskRatios {
    return this.usage.ratios();
  }

  /** Expired commit log files go with each of the next rounds, whatever the hour. */
  cleanSoon(): void {
    this.#cleanUp.cleanSoon();
  }

  /** Lets consume queues and indexes follow the commit log now; resolves when they have. */
  followNow(): Promise<void> {
    return this.#cleanUp.followNow();
  }
}
