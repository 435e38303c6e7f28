import type { Logger, Platform } from '@rocketmq-ts/kernel';
import type { DiskFractions, ExpiryOptions } from './expiry/clean-up-options.ts';
import type { IndexOptions } from './index/layout.ts';

export type FlushDiskType = 'ASYNC_FLUSH' | 'SYNC_FLUSH';

/**
 * What the store is told by the broker's configuration; names as Apache's properties, defaults theirs. Those of flushing
 * may change while the store runs, but for `flushDiskType`.
 */
export interface StoreOptions {
  readonly platform: Pick<Platform, 'clock' | 'disk'>;
  readonly logger: Logger;
  readonly storePathRootDir: string;
  /** Default: `<root>/commitlog`. */
  readonly storePathCommitLog?: string | undefined;
  readonly mappedFileSizeCommitLog: number;
  /** Rounded up to a multiple of 20. */
  readonly mappedFileSizeConsumeQueue: number;
  readonly maxMessageSize: number;
  readonly flushDiskType: FlushDiskType;
  /** False: with ASYNC_FLUSH enough dirty pages are flushed at once, without waiting for the interval. Default true. */
  readonly flushCommitLogTimed?: boolean | undefined;
  readonly flushIntervalCommitLogMs: number;
  readonly flushCommitLogLeastPages: number;
  readonly flushCommitLogThoroughIntervalMs: number;
  readonly flushIntervalConsumeQueueMs: number;
  /** How often consume queues are made durable and the checkpoint moves. */
  readonly flushConsumeQueueThoroughIntervalMs: number;
  /** The same after so many bytes of the log, whatever the interval: about as much is read again after a kill. Default 1 GiB. */
  readonly maxReplayBytes?: number | undefined;
  /** A SYNC_FLUSH answer that waited so long becomes FLUSH_DISK_TIMEOUT. */
  readonly syncFlushTimeoutMs: number;
  /** True: a record is promised when a slave holds it, too, see `MessageStore.replicatedTo`. Default false. */
  readonly syncReplication?: boolean | undefined;
  /** With `syncReplication`: an answer that waited so long becomes FLUSH_SLAVE_TIMEOUT. Default 3000. */
  readonly slaveTimeoutMs?: number | undefined;
  readonly maxTransferBytes: number;
  readonly maxTransferCount: number;
  /** Consume queue bytes looked at by one pull. */
  readonly maxFilterMessageSize: number;
  /** Delay in milliseconds of each delay level, level 1 first. */
  readonly delayLevelsMs: readonly number[];
  /** What expires and how full the disk may be; its values may change while the store runs. Default: Apache's defaults. */
  readonly expiry?: ExpiryOptions | undefined;
  /** Limits of the disk from the command line. */
  readonly diskFractions?: DiskFractions | undefined;
  /** How many files and sockets the process may have open. Default: the store's own bound alone. */
  readonly openFilesLimit?: number | undefined;
  /** Files by which messages are found by key; without it none are made, and those that are there are left alone. */
  readonly index?: IndexOptions | undefined;
  /** Process id written to the abort file. */
  readonly processId: number;
}

/** Bounds of memory. */
export const StoreLimits = {
  /** Part of the log's tail that is laid out and written as one piece. */
  slabBytes: 2 * 1024 * 1024,
  /** Written slabs kept for readers. */
  tailSlabs: 8,
  /** Laid out but not yet written; beyond it puts are refused with OS_PAGE_CACHE_BUSY. */
  maxUnwrittenBytes: 64 * 1024 * 1024,
  /** Consume queue units that a disk does not take, 20 bytes each; beyond it puts are refused until it takes them. */
  maxUnwrittenUnits: 2_000_000,
  /** Log behind the checkpoint, see `maxReplayBytes`. */
  replayBytes: 1024 * 1024 * 1024,
  /** Piece in which older parts of the log are read and kept. */
  blockBytes: 128 * 1024,
  /** Pieces kept. */
  blocks: 96,
  /** Files whose reads failed that are told of. */
  unreadableFiles: 100,
  /** Open files. */
  openFiles: 512,
  /** Of what the process may have open the store takes at most so much: connections need handles, too. */
  openFilesShare: 1 / 4,
} as const;
