import type { Clock, Disk } from '@rocketmq-ts/kernel';
import { SystemTopic } from '@rocketmq-ts/protocol';
import type { StoreConfig } from '../config.ts';
import { StoreError } from '../errors.ts';
import type { StoreIndex } from '../index/store-index.ts';
import { isPassing } from '../log/disk-refusal.ts';
import { cutLogFiles } from '../log/mapped-file-queue.ts';
import type { LogPlace, QueueEndsFile } from '../queue/ends-file.ts';
import { QUEUE_FOLDERS } from '../queue/table.ts';
import { forgetTimers } from '../timer/forget.ts';
import { type RecoveryParts, type RecoveryResult, recover } from './recovery.ts';
import type { StoreFolder } from './store-folder.ts';

/** The parts of a store that is opened; none of them has looked at its files yet. */
export interface OpenParts extends Omit<RecoveryParts, 'index'> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly folder: StoreFolder;
  readonly ends: QueueEndsFile;
  readonly index: StoreIndex | undefined;
}

export interface OpenOptions {
  /** Written to the abort file. */
  readonly processId: number;
  readonly delayLevelsMs: readonly number[];
  readonly config: Pick<StoreConfig, 'maxMessageSize'>;
}

/** What opening a store found. */
export interface OpenResult extends RecoveryResult {
  /** The process before stopped in order: the log is as long as it was. */
  readonly cleanStop: boolean;
}

/** What is known of the consume queues before the log is read. */
interface FoundQueues {
  /** No file of a queue was missing, short or changed by others. */
  readonly complete: boolean;
  /** Saved at the clean stop: everything before its end is in the queues, whose ends are taken from it. */
  readonly place: LogPlace | undefined;
  /** Files that can't be used, still there. */
  readonly unusable: readonly string[];
}

/**
 * Opens the files of a store whose folder is locked: finds the end of the log, brings queues and index in line with it, and
 * leaves the log where it continues. Throws a StoreError.
 */
export function openStore(parts: OpenParts, options: OpenOptions): OpenResult {
  const { folder, checkpoint, log, queues, ends, index, logger, clock } = parts;
  const beganMs = clock.monotonicMs();
  const cleanStop = folder.stoppedCleanly;
  let result: RecoveryResult;
  try {
    makeFolders(parts);
    checkpoint.load();
    const mendedFrom = findLog(parts, cleanStop);
    const cutAt = folder.interruptedCut;
    if (cutAt !== undefined) completeCut(parts, cutAt);
    const found = findQueues(parts, cleanStop);
    if (!found.complete) checkpoint.resetQueueStamp();
    // From here on files change: a crash in between must not look like a clean stop.
    if (cutAt === undefined) folder.markRunning(options.processId);
    else folder.markCutting(options.processId, cutAt);
    ends.remove();
    queues.removeUnusable(found.unusable);
    index?.load({ cleanStop, isChanged: (path) => ends.isChanged(path) });
    result = recover(
      { ...parts, index: index?.messages },
      { cleanStop, mendedFrom, queuesComplete: found.complete, place: found.place },
      // As far as a record may reach that was written when larger ones were allowed.
      { delayLevelsMs: options.delayLevelsMs, zerosLookAheadBytes: 2 * (options.config.maxMessageSize + 65536) },
    );
    log.startAt(result.endOffset);
    saveProgress(parts, result);
    flushRebuilt(parts);
    if (cutAt !== undefined) {
      forgetTimers(parts.disk, folder.root, queues.find(SystemTopic.WHEEL_TIMER, 0)?.nextOffset ?? 0);
      folder.markCut(options.processId);
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const sentence = `the store folder ${folder.root} can't be opened: ${String(error)}`;
    throw new StoreError('STORE_NOT_WRITABLE', sentence, { cause: error });
  }
  logger.info('the store is open', {
    cleanStop,
    minOffset: log.minOffset,
    maxOffset: log.appendOffset,
    recordsRead: result.records,
    damagedRecords: result.damaged,
    tookMs: Math.round(clock.monotonicMs() - beganMs),
  });
  return { ...result, cleanStop };
}

/** All of them at the start, so that how full their disks are is known before anything is put. */
function makeFolders({ disk, folder, log, index }: OpenParts): void {
  disk.makeDirectory(log.files.directory);
  for (const name of Object.values(QUEUE_FOLDERS)) disk.makeDirectory(`${folder.root}/${name}`);
  if (index !== undefined) disk.makeDirectory(index.messages.directory);
}

/** Returns the first offset of the log whose file was changed or made; infinity when none was. */
function findLog({ disk, log, checkpoint, logger }: OpenParts, cleanStop: boolean): number {
  const mendedFrom = log.files.loadLog(logger, { cleanStop, savedFileBytes: checkpoint.logFileBytes });
  // A process that died may have made a file and not its name durable; what is put into it is acknowledged from now on.
  if (!cleanStop) disk.syncDirectory(log.files.directory);
  return mendedFrom;
}

/** Queues and index follow by the recovery, as after any crash. */
function completeCut({ log, checkpoint, logger }: OpenParts, offset: number): void {
  logger.warn('the process before was cutting the log; that is completed', { offset });
  // The record before it is not known: all queues are built again.
  checkpoint.logCut(offset, 0);
  cutLogFiles(log.files, offset);
}

function findQueues({ checkpoint, log, queues, ends, logger }: OpenParts, cleanStop: boolean): FoundQueues {
  queues.findBatchFolders();
  const clockWentBack = Number.isFinite(checkpoint.leastTimestamp);
  const saved = cleanStop ? ends.load(queues, log.files, { clockWentBack }) : undefined;
  if (saved?.place !== undefined) return { complete: true, place: saved.place, unusable: [] };
  const { complete, unusable } = queues.load(checkpoint.queueFileBytes);
  const damagedPath = saved === undefined ? undefined : (saved.damagedPath ?? ends.lostEnd(queues, log.files));
  if (damagedPath === undefined) return { complete, place: undefined, unusable };
  const sentence = 'a file of a consume queue is not as it was at the clean stop; all queues are built again';
  logger.warn(sentence, { path: damagedPath });
  return { complete: false, place: undefined, unusable };
}

function saveProgress(
  { checkpoint, log, queues }: OpenParts,
  { endOffset, firstStoreTimestamp }: RecoveryResult,
): void {
  if (firstStoreTimestamp >= 0) checkpoint.queuesRebuiltFrom(firstStoreTimestamp);
  checkpoint.logOpened(endOffset, log.files.fileSizeBytes, queues.fileSizeBytes);
}

/** A full disk must not keep readers out, nor the removal of expired files: what was rebuilt is written when there is room. */
function flushRebuilt({ queues, logger }: OpenParts): void {
  try {
    queues.flushSync();
  } catch (error) {
    if (!isPassing(error)) throw error;
    logger.warn('consume queues that were built again are not written yet; it is tried again', { error });
  }
}
