import type { Logger, Platform } from '@rocketmq-ts/kernel';
import type { StoreConfig } from './config.ts';
import type { QueueTypeOf } from './queue/table.ts';

export type FlushDiskType = StoreConfig['flushDiskType'];

/** What a store is made of. */
export interface StoreOptions {
  readonly platform: Pick<Platform, 'clock' | 'disk'>;
  readonly logger: Logger;
  /** Store folder. */
  readonly root: string;
  readonly config: StoreConfig;
  /**
   * How the queues of a topic are kept; asked for when the first queue of a topic is made or found, also while the store is
   * opened. Default: undefined for every topic, so that the folders in the store decide, and new queues are simple ones.
   */
  readonly queueTypeOf?: QueueTypeOf | undefined;
  /** Called at the start once the folder is locked, before anything in it is looked at. What it throws ends the start. */
  readonly whenLocked?: (() => void) | undefined;
  /** Delay in milliseconds of each delay level, level 1 first. */
  readonly delayLevelsMs: readonly number[];
  /** Consume queues are made durable after so many bytes of the log, whatever the interval: about as much is read again after a kill. Default 1 GiB. */
  readonly maxReplayBytes?: number | undefined;
  /** Limits of the disk from the command line. */
  readonly diskFractions?: DiskFractions | undefined;
  /** How many files and sockets the process may have open. Default: the store's own bound alone. */
  readonly openFilesLimit?: number | undefined;
  /** Process id written to the abort file. */
  readonly processId: number;
}

/** The limits of the disk that a command line has, as fractions of 1; it overrides the percentages, within the same clamps. */
export interface DiskFractions {
  /** `-Drocketmq.broker.diskSpaceCleanForciblyRatio` */
  readonly cleanForcibly?: number | undefined;
  /** `-Drocketmq.broker.diskSpaceWarningLevelRatio` */
  readonly warningLevel?: number | undefined;
}

/** Bounds of memory. */
export const StoreLimits = {
  /** Part of the log's tail that is laid out and written as one piece. */
  slabBytes: 2 * 1024 * 1024,
  /** Written slabs kept for readers. */
  tailSlabs: 8,
  /** Laid out and not yet written, or with SYNC_FLUSH not yet flushed; beyond it puts are refused with OS_PAGE_CACHE_BUSY. */
  maxWaitingBytes: 64 * 1024 * 1024,
  /** Consume queue units that a disk does not take, 20 bytes each; beyond it puts are refused until it takes them. */
  maxUnwrittenUnits: 2_000_000,
  /** Records that replicas have not confirmed, about 32 bytes each; beyond it puts are refused until they have. */
  maxUnconfirmedRecords: 2_000_000,
  /** Log behind the checkpoint, see `maxReplayBytes`. */
  replayBytes: 1024 * 1024 * 1024,
  /** Piece in which older parts of the log are read and kept. */
  blockBytes: 512 * 1024,
  /** Pieces kept. */
  blocks: 24,
  /** Files with a reported read error: each is logged once. */
  unreadableFiles: 100,
  /** Open files. */
  openFiles: 512,
  /** Of what the process may have open the store takes at most so much: connections need handles, too. */
  openFilesShare: 1 / 4,
} as const;
