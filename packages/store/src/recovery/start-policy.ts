import type { Logger } from '@rocketmq-ts/kernel';
import type { StoreCheckpoint } from '../log/checkpoint.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { LogScan } from '../log/scan.ts';
import type { LogPlace } from '../queue/ends-file.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import { findLostQueue } from './lost-queue.ts';

/** What the process before left, and what became of its files since. */
export interface StoreBefore {
  readonly cleanStop: boolean;
  /** No file of a consume queue was missing, short or changed by others. */
  readonly queuesComplete: boolean;
  /** Saved at the clean stop: everything before its end is in the queues. */
  readonly place: LogPlace | undefined;
  /** The log is read from here on in any case, since its files were changed; infinity: they were not. */
  readonly mendedFrom: number;
}

/** Where the replay of the log begins. */
export interface StartPoint {
  readonly offset: number;
  /** The queues lack units that no replay from a later place brings back: they are built again from the whole log. */
  readonly rebuildsQueues: boolean;
  /** Set where the log is continued as it was saved: the last record before the start, and what was saved with it. */
  readonly continues: { readonly place: LogPlace; readonly lastStoreTimestamp: number } | undefined;
}

export interface StartParts {
  readonly log: CommitLog;
  readonly scan: LogScan;
  readonly queues: ConsumeQueueTable;
  readonly checkpoint: StoreCheckpoint;
  readonly logger: Logger;
}

/** From the beginning of the log, with queues that are built again. */
export function wholeLog(log: CommitLog): StartPoint {
  return { offset: log.minOffset, rebuildsQueues: true, continues: undefined };
}

/**
 * Where the replay begins: behind everything that is known to be right. The first line that is true decides.
 *
 * | what is known | the replay begins at |
 * | --- | --- |
 * | a queue begins behind 0 although nothing has expired: files of it were lost | the beginning; all queues are built again |
 * | clean stop, its end was saved, and the last record is there | the end that was saved |
 * | a file of a queue is missing, short or was changed | the beginning |
 * | no clean stop | the newest file whose first record is older than the checkpoint |
 * | clean stop, but a queue is missing that the log has records of | the beginning; all queues are built again |
 * | clean stop | the newest file whose first record the queues have |
 *
 * Where a file of the log was changed or made anew the replay begins there at the latest.
 * Source: CommitLog#recoverNormally of 5.3.2 and later, CommitLog#recoverAbnormally.
 */
export function startPoint(parts: StartParts, before: StoreBefore): StartPoint {
  const point = unmendedStart(parts, before);
  if (before.mendedFrom >= point.offset) return point;
  return { ...point, offset: before.mendedFrom, continues: undefined };
}

function unmendedStart(parts: StartParts, before: StoreBefore): StartPoint {
  const { log, checkpoint } = parts;
  if (lackBeginnings(parts)) return wholeLog(log);
  const continues = savedEnd(parts, before.place);
  if (continues !== undefined) return { offset: continues.place.endOffset, rebuildsQueues: false, continues };
  if (!before.queuesComplete) return wholeLog(log);
  if (!before.cleanStop) return from(newestFile(parts, (stored) => stored !== 0 && stored <= checkpoint.minTimestamp));
  const known = parts.queues.maxPhysicalEnd();
  const offset = newestFile(parts, (_, baseOffset) => baseOffset <= known);
  return findLostQueue(parts.scan, log.files, parts.queues, offset, parts.logger) ? wholeLog(log) : from(offset);
}

function from(offset: number): StartPoint {
  return { offset, rebuildsQueues: false, continues: undefined };
}

/** The newest file with a good first record that is known to be in the queues; the first file in any case. */
function newestFile(
  { log, scan }: StartParts,
  isKnown: (storeTimestamp: number, baseOffset: number) => boolean,
): number {
  const { files } = log.files;
  for (let i = files.length - 1; i > 0; i--) {
    const file = files[i]!;
    const stored = scan.firstStoreTimestamp(file);
    if (stored !== undefined && isKnown(stored, file.baseOffset)) return file.baseOffset;
  }
  return files[0]!.baseOffset;
}

function lackBeginnings({ log, queues }: StartParts): boolean {
  if (log.minOffset > 0) return false;
  for (const queue of queues.all()) if (queue.minOffset > 0) return true;
  return false;
}

/** The end that was saved, when the record that was the last one then is there and whole. */
function savedEnd({ log, scan }: StartParts, place: LogPlace | undefined): StartPoint['continues'] {
  const file = place && log.files.fileAt(place.lastRecordOffset);
  if (place === undefined || file === undefined) return undefined;
  if (scan.recordAt(file, place.lastRecordOffset) !== 'RECORD') return undefined;
  const { totalSize, storeTimestamp } = scan.head;
  if (place.lastRecordOffset + totalSize !== place.endOffset) return undefined;
  return { place, lastStoreTimestamp: storeTimestamp };
}
