import type { StoreCheckpoint } from '../log/checkpoint.ts';
import type { CommitLog } from '../log/commit-log.ts';
import { isHoleRecord, LEAST_HOLE_BYTES } from '../log/hole-record.ts';
import type { LogHole, LogHoles } from '../log/holes.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import type { RecordHead } from '../log/record.ts';
import type { LogScan } from '../log/scan.ts';
import type { RecoveryReport } from './report.ts';

/** Takes the records of a replay one after the other. */
export interface ReplayTarget {
  /** False when the record can't be right: then it is a damaged place. */
  take(record: RecordHead): boolean;
  /** The replay can end here. */
  readonly isDone: boolean;
}

export interface ReplayParts {
  readonly log: CommitLog;
  readonly scan: LogScan;
  readonly holes: LogHoles;
  readonly report: RecoveryReport;
  /** What is known to have reached the disk before the process ended. */
  readonly checkpoint: Pick<StoreCheckpoint, 'flushedOffset' | 'physicMsgTimestamp'>;
}

export interface ReplayOptions {
  /** Otherwise what lies behind the flush point may have lost writes with the power. */
  readonly cleanStop: boolean;
  /** How far behind zeros the log may continue, where nothing is known to be durable. */
  readonly zerosLookAheadBytes: number;
  /** Of the last record before the start; −1 and 0 where none is known. */
  readonly lastRecordOffset: number;
  readonly lastStoreTimestamp: number;
}

/** What a replay has found. */
export class ReplayResult {
  /** End of the last good record. */
  endOffset = 0;
  records = 0;
  /** Places that hold no record although records follow, in their order. */
  readonly holes: LogHole[] = [];
  /** Of the first record; −1 when there was none. */
  firstStoreTimestamp = -1;
  /** Of the last record, or of the one before the start; 0 and −1 when there was none. */
  lastStoreTimestamp = 0;
  lastRecordOffset = -1;
  /** First record that may not be durable. */
  openFrom: number | undefined = undefined;
}

/**
 * Reads the log from one record to the next, over places that hold none, and finds its end; an object for each replay. A place
 * without a record ends the log where no good record follows; or where a write was lost behind the flush point: what follows it
 * was not promised to survive that, with ASYNC_FLUSH as with SYNC_FLUSH, and the log stays a beginning of what was written.
 * Every other such place is a hole, to be filled: what follows it was acknowledged.
 */
export class LogReplay {
  readonly #parts: ReplayParts;
  readonly #options: ReplayOptions;
  readonly #found = new ReplayResult();

  constructor(parts: ReplayParts, options: ReplayOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#found.lastStoreTimestamp = options.lastStoreTimestamp;
    this.#found.lastRecordOffset = options.lastRecordOffset;
  }

  /** Hands every record from `start` on to the target. */
  run(start: number, target: ReplayTarget): ReplayResult {
    const { files } = this.#parts.log;
    this.#found.endOffset = start;
    for (let file = files.fileAt(start); file !== undefined; file = files.fileAt(file.endOffset)) {
      const stopped = this.#replayFile(file, Math.max(start, file.baseOffset), target);
      this.#found.endOffset = stopped.end;
      if (!stopped.goesOn || target.isDone) break;
    }
    return this.#found;
  }

  #replayFile(file: MappedFile, from: number, target: ReplayTarget): { end: number; goesOn: boolean } {
    let offset = from;
    while (offset < file.endOffset && !target.isDone) {
      const found = this.#parts.scan.recordAt(file, offset);
      const { head } = this.#parts.scan;
      if (found === 'BLANK' && head.totalSize === file.endOffset - offset) return { end: file.endOffset, goesOn: true };
      if (found === 'RECORD' && this.#take(head, target)) {
        offset += head.totalSize;
        continue;
      }
      const next = this.#goodRecordBehind(file, offset, found === 'NOTHING');
      if (next === undefined) {
        if (found !== 'NOTHING')
          this.#parts.report.error('the log ends with a broken record, which is cut off', offset);
        return { end: offset, goesOn: false };
      }
      const hole = this.#holeAt(file, offset, next);
      if (this.#wasNeverPromised(hole)) {
        const sentence = 'a write to the log never reached the disk, behind what was flushed: the log ends before it';
        this.#parts.report.error(sentence, offset, { bytes: next - offset });
        return { end: offset, goesOn: false };
      }
      this.#parts.report.damagedPlace(offset, { bytes: next - offset });
      this.#found.holes.push(hole);
      offset = next;
    }
    return { end: file.endOffset, goesOn: true };
  }

  #take(record: RecordHead, target: ReplayTarget): boolean {
    const found = this.#found;
    if (isHoleRecord(record)) this.#parts.report.holeRecords += 1;
    else if (!target.take(record)) return false;
    else found.records += 1;
    found.lastRecordOffset = record.physicalOffset;
    // From the first one on, even if the clock was set back behind it.
    if (record.storeTimestamp >= this.#parts.checkpoint.physicMsgTimestamp) found.openFrom ??= record.physicalOffset;
    // Not the highest one: a flipped bit may have made that up, and all later records would get it.
    found.lastStoreTimestamp = record.storeTimestamp;
    if (found.firstStoreTimestamp < 0) found.firstStoreTimestamp = record.storeTimestamp;
    return true;
  }

  /**
   * Below the flush point a good record counts wherever it lies. Behind it one that is older than those before is left over
   * from an earlier end of the log, and so may be what lies far behind zeros.
   */
  #goodRecordBehind(file: MappedFile, offset: number, isZero: boolean): number | undefined {
    let next = this.#nextGood(file, offset, isZero);
    // No record is that small: what looks like one that near lies within a damaged one.
    while (next !== undefined && next < file.endOffset && next - offset < LEAST_HOLE_BYTES)
      next = this.#nextGood(file, next, false);
    return next;
  }

  #nextGood(file: MappedFile, offset: number, isZero: boolean): number | undefined {
    const { scan, checkpoint } = this.#parts;
    const durableBytes = checkpoint.flushedOffset - offset;
    if (durableBytes > 0) {
      const next = scan.goodRecordBehind(file, offset, 0, durableBytes);
      if (next !== undefined && next < checkpoint.flushedOffset) return next;
    }
    const lookAhead = isZero ? this.#options.zerosLookAheadBytes : undefined;
    return scan.goodRecordBehind(file, offset, this.#found.lastStoreTimestamp, lookAhead);
  }

  #holeAt(file: MappedFile, from: number, to: number): LogHole {
    const isInFile = to < file.endOffset && this.#parts.scan.recordAt(file, to) === 'RECORD';
    const behind = isInFile ? this.#parts.scan.head.storeTimestamp : 0;
    return { file, from, to, storeTimestamp: this.#found.lastStoreTimestamp || behind || 1 };
  }

  #wasNeverPromised(hole: LogHole): boolean {
    const { flushedOffset, physicMsgTimestamp } = this.#parts.checkpoint;
    if (this.#options.cleanStop || hole.from < flushedOffset) return false;
    if (this.#found.lastStoreTimestamp < physicMsgTimestamp) return false;
    return this.#parts.holes.isLostWrite(hole);
  }
}
