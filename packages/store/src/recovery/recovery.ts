import type { Disk, Logger } from '@rocketmq-ts/kernel';
import { dispatch } from '../dispatch/dispatch.ts';
import type { MessageIndex } from '../index/message-index.ts';
import type { CommitLog } from '../log/commit-log.ts';
import { LogHoles } from '../log/holes.ts';
import { rewriteLog } from '../log/rewrite.ts';
import { LogScan } from '../log/scan.ts';
import type { LogPlace } from '../queue/ends-file.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import { storedTagsCode } from '../queue/tags-code.ts';
import { IndexRecovery } from './index-rebuild.ts';
import { findLostQueue } from './lost-queue.ts';
import { QueueRebuild } from './queue-rebuild.ts';
import { type FlushPoint, LogReplay } from './replay.ts';
import { RecoveryReport } from './report.ts';

/** Bounds the memory that rebuilt units take. */
const RECORDS_BETWEEN_FLUSHES = 100_000;

export interface RecoveryResult {
  /** End of the last good record: where the log goes on. */
  readonly endOffset: number;
  readonly records: number;
  /** Places that were broken although good records follow. */
  readonly damaged: number;
  readonly lastStoreTimestamp: number;
  /** Where the last good record begins; −1 when there is none. */
  readonly lastRecordOffset: number;
  /** Where the replay began: what lies before was not looked at. */
  readonly replayedFrom: number;
  /** Store time of the first record of the replay; −1 when it had none. */
  readonly firstStoreTimestamp: number;
}

export interface RecoveryParts {
  readonly disk: Disk;
  /** Store folder. */
  readonly root: string;
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  readonly logger: Logger;
  readonly index: MessageIndex | undefined;
}

export interface RecoveryOptions {
  readonly cleanStop: boolean;
  /** No file of a consume queue was missing, short or changed by others. */
  readonly queuesComplete: boolean;
  /** Units may be wrong: all of them are looked at, where only the ends are otherwise. */
  readonly queuesInDoubt: boolean;
  /** What was stored before this moment needs no look after a crash. */
  readonly checkpointTimestamp: number;
  readonly flushPoint: FlushPoint;
  /** Records stamped with this time or later may follow those with any: the clock was put back. */
  readonly leastTimestamp: number;
  /** How far behind zeros the log may go on: what nothing is known of, and what is likely to lie there. */
  readonly zerosLookAheadBytes: number;
  readonly delayLevelsMs: readonly number[];
  /** Called before consume queues are built again from the beginning. */
  readonly onIncomplete: () => void;
  /** The log is looked at from here on in any case, since its files were changed; infinity: they were not. */
  readonly mendedFrom: number;
  /** Noted at the clean stop: everything before its end is in the queues. */
  readonly place: LogPlace | undefined;
}

/**
 * Finds the end of the log and brings the consume queues and the index in line with it: units of records from the start point
 * on are dropped and built again from the log. Reads only from the point that a clean stop or the checkpoint leaves open.
 * What is broken in the middle of the log is filled, so that no reader of the log ends there; its queue offsets stay empty.
 */
export class Recovery {
  readonly #log: CommitLog;
  readonly #queues: ConsumeQueueTable;
  readonly #logger: Logger;
  readonly #options: RecoveryOptions;
  readonly #scan: LogScan;
  readonly #holes: LogHoles;
  readonly #report: RecoveryReport;
  readonly #replay: LogReplay;
  readonly #rebuild: QueueRebuild;
  readonly #index: IndexRecovery | undefined;
  readonly #place: LogPlace | undefined;
  #records = 0;

  constructor({ disk, root, log, queues, logger, index }: RecoveryParts, options: RecoveryOptions) {
    this.#log = log;
    this.#queues = queues;
    this.#logger = logger;
    this.#options = options;
    this.#place = options.place;
    this.#scan = new LogScan(log.files);
    this.#scan.leastTimestamp = options.leastTimestamp;
    this.#holes = new LogHoles(disk, root, logger);
    this.#report = new RecoveryReport(log, logger);
    const { flushPoint, zerosLookAheadBytes } = options;
    this.#replay = new LogReplay(log, this.#scan, this.#holes, this.#report, flushPoint, zerosLookAheadBytes);
    this.#rebuild = new QueueRebuild(log, queues, this.#report);
    this.#index = index && new IndexRecovery(index, log, this.#scan, logger);
  }

  run(): RecoveryResult {
    if (this.#log.files.files.length === 0) {
      for (const queue of this.#queues.all()) {
        queue.reset();
      }
      this.#index?.end(0);
      return {
        endOffset: 0,
        records: 0,
        damaged: 0,
        lastStoreTimestamp: 0,
        lastRecordOffset: -1,
        replayedFrom: 0,
        firstStoreTimestamp: -1,
      };
    }
    const { minOffset } = this.#log;
    let start = Math.min(this.#startPoint(), this.#options.mendedFrom);
    this.#index?.begin(start, start === this.#place?.endOffset ? this.#place.indexState : -1);
    let end = this.#replayFrom(start, this.#options.queuesInDoubt);
    if (this.#rebuild.gap) {
      this.#logger.warn('consume queues lack units from before the checkpoint; they are rebuilt from the whole log');
      this.#options.onIncomplete();
      start = minOffset;
      end = this.#replayFrom(start, true);
    }
    this.#mendLog(start, end);
    this.#index?.end(end);
    if (start === minOffset) this.#queues.removeEmptyFolders();
    if (start !== this.#place?.endOffset) for (const queue of this.#queues.all()) queue.raiseMinOffset(minOffset);
    const { records, firstStoreTimestamp, lastStoreTimestamp, lastRecordOffset } = this.#replay;
    return {
      ...{ endOffset: end, replayedFrom: start, records, damaged: this.#report.damaged },
      ...{ firstStoreTimestamp, lastStoreTimestamp, lastRecordOffset },
    };
  }

  /** Where the replay begins: behind everything that is known to be right. */
  #startPoint(): number {
    const { cleanStop, queuesComplete, checkpointTimestamp, onIncomplete } = this.#options;
    const { minOffset } = this.#log;
    const goesOn = this.#goesOnAsNoted();
    if (this.#lacksBeginnings()) {
      onIncomplete();
      return minOffset;
    }
    if (goesOn) return this.#place!.endOffset;
    if (!queuesComplete) return minOffset;
    const start = cleanStop ? this.#startAfterCleanStop() : this.#startAfterCrash(checkpointTimestamp);
    if (!cleanStop || !findLostQueue(this.#scan, this.#log.files, this.#queues, start, this.#logger)) return start;
    onIncomplete();
    return minOffset;
  }

  /** True when the record that was the last one at the clean stop is there and whole; its store time is taken. */
  #goesOnAsNoted(): boolean {
    const place = this.#place;
    const file = place && this.#log.files.fileAt(place.lastRecordOffset);
    if (place === undefined || file === undefined) return false;
    if (this.#scan.recordAt(file, place.lastRecordOffset) !== 'RECORD') return false;
    const { totalSize, storeTimestamp } = this.#scan.head;
    if (place.lastRecordOffset + totalSize !== place.endOffset) return false;
    this.#replay.lastStoreTimestamp = storeTimestamp;
    this.#replay.lastRecordOffset = place.lastRecordOffset;
    return true;
  }

  /** The newest file whose first record the queues know already. Source: CommitLog#recoverNormally of 5.3.2 and later. */
  #startAfterCleanStop(): number {
    const files = this.#log.files.files;
    const known = this.#queues.maxPhysicalEnd();
    for (let i = files.length - 1; i > 0; i--) {
      const first = files[i]!;
      if (this.#scan.firstStoreTimestamp(first) !== undefined && first.baseOffset <= known) return first.baseOffset;
    }
    return files[0]!.baseOffset;
  }

  /** The newest file whose first record is older than the checkpoint. Source: CommitLog#recoverAbnormally. */
  #startAfterCrash(checkpointTimestamp: number): number {
    const files = this.#log.files.files;
    for (let i = files.length - 1; i > 0; i--) {
      const stored = this.#scan.firstStoreTimestamp(files[i]!);
      if (stored !== undefined && stored !== 0 && stored <= checkpointTimestamp) return files[i]!.baseOffset;
    }
    return files[0]!.baseOffset;
  }

  /** True when a queue begins behind 0 although nothing of the log has expired: files of it were lost. */
  #lacksBeginnings(): boolean {
    if (this.#log.minOffset > 0) return false;
    for (const queue of this.#queues.all()) if (queue.minOffset > 0) return true;
    return false;
  }

  /** Dispatches every record from `start` on and returns the end of the last good one. */
  #replayFrom(start: number, inDoubt: boolean): number {
    this.#report.begin();
    if (start !== this.#place?.endOffset) {
      this.#replay.lastStoreTimestamp = 0;
      this.#replay.lastRecordOffset = -1;
      this.#rebuild.begin(start, !this.#options.cleanStop, inDoubt);
    }
    const rebuild = this.#rebuild;
    const { delayLevelsMs } = this.#options;
    this.#records = 0;
    const end = this.#replay.run(start, {
      dispatch: (record) => {
        if (!dispatch(record, storedTagsCode(record, delayLevelsMs), rebuild, this.#index)) return false;
        rebuild.passed(record);
        this.#records += 1;
        if (this.#records % RECORDS_BETWEEN_FLUSHES === 0) this.#queues.flushSync();
        return true;
      },
      get isDone(): boolean {
        return rebuild.gap;
      },
    });
    rebuild.end();
    return end;
  }

  /**
   * Holes are filled. Files behind the end are removed and the rest of the last one is cleared, so that no stale record can be
   * taken for a good one later. What was found is made durable before anybody reads it: a process that was killed may have
   * left it unsynced, or ended because a flush failed.
   */
  #mendLog(start: number, end: number): void {
    const { files } = this.#log;
    for (const hole of this.#replay.holes) this.#holes.fill(hole);
    if (this.#replay.holes.length > 0) this.#scan.forget();
    const last = files.fileAt(end);
    files.removeFrom(last === undefined ? end : last.baseOffset + 1);
    if (last !== undefined) last.clearFrom(end - last.baseOffset);
    const openFrom = this.#options.cleanStop ? end : (this.#replay.openFrom ?? end);
    if (openFrom < end)
      this.#logger.info('records that may not be durable are written again', { from: openFrom, bytes: end - openFrom });
    rewriteLog(files, start, openFrom, end);
  }
}
