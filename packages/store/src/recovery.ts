import type { Logger } from '@rocketmq-ts/kernel';
import type { CommitLog } from './commit-log.ts';
import type { ConsumeQueueTable } from './consume-queue-table.ts';
import type { MappedFile } from './mapped-file.ts';
import { checkRecord, RecordHead, storeTimestampAt } from './record.ts';
import { messageTagsCode } from './tags-code.ts';

const CHUNK_BYTES = 8 * 1024 * 1024;
/** Bounds the memory that rebuilt units take. */
const RECORDS_BETWEEN_FLUSHES = 100_000;
const TRANSACTION_MASK = 0xc;
const PREPARED = 0x4;
const ROLLBACK = 0xc;

export interface RecoveryResult {
  /** End of the last good record: where the log goes on. */
  readonly endOffset: number;
  readonly records: number;
  /** Records whose content is broken although what follows them is good. */
  readonly damaged: number;
  readonly lastStoreTimestamp: number;
}

/**
 * Finds the end of the log and brings the consume queues in line with it: units of records from the start point on are
 * dropped and built again from the log. Reads only from the point that `cleanStop` or the checkpoint leaves open.
 */
export class Recovery {
  readonly #log: CommitLog;
  readonly #queues: ConsumeQueueTable;
  readonly #logger: Logger;
  readonly #maxRecordBytes: number;
  readonly #delayLevelsMs: readonly number[];
  readonly #head = new RecordHead();
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #view = new DataView(this.#chunk.buffer, this.#chunk.byteOffset, this.#chunk.length);
  #records = 0;
  #damaged = 0;
  #lastStoreTimestamp = 0;
  #gap = false;

  constructor(
    log: CommitLog,
    queues: ConsumeQueueTable,
    logger: Logger,
    options: { maxRecordBytes: number; delayLevelsMs: readonly number[] },
  ) {
    this.#log = log;
    this.#queues = queues;
    this.#logger = logger;
    this.#maxRecordBytes = options.maxRecordBytes;
    this.#delayLevelsMs = options.delayLevelsMs;
  }

  run(cleanStop: boolean, checkpointTimestamp: number): RecoveryResult {
    const files = this.#log.files.files;
    if (files.length === 0) {
      for (const queue of this.#queues.all()) {
        queue.files.removeAll();
        queue.loadEnds();
      }
      return { endOffset: 0, records: 0, damaged: 0, lastStoreTimestamp: 0 };
    }
    const start = cleanStop ? this.#startAfterCleanStop() : this.#startAfterCrash(checkpointTimestamp);
    let end = this.#replayFrom(start);
    if (this.#gap && start > this.#log.minOffset) {
      this.#logger.warn('consume queues lack units from before the checkpoint; they are rebuilt from the whole log');
      end = this.#replayFrom(this.#log.minOffset);
    }
    this.#cutLogAt(end);
    for (const queue of this.#queues.all()) queue.raiseMinOffset(this.#log.minOffset);
    this.#chunk = Buffer.alloc(0);
    return {
      endOffset: end,
      records: this.#records,
      damaged: this.#damaged,
      lastStoreTimestamp: this.#lastStoreTimestamp,
    };
  }

  /** The newest file whose first record the queues know already. Source: CommitLog#recoverNormally of 5.3.2 and later. */
  #startAfterCleanStop(): number {
    const files = this.#log.files.files;
    const known = this.#queues.maxPhysicalEnd();
    for (let i = files.length - 1; i > 0; i--) {
      const first = files[i]!;
      if (this.#firstStoreTimestamp(first) !== undefined && first.baseOffset <= known) return first.baseOffset;
    }
    return files[0]!.baseOffset;
  }

  /** The newest file whose first record is older than the checkpoint. Source: CommitLog#recoverAbnormally. */
  #startAfterCrash(checkpointTimestamp: number): number {
    const files = this.#log.files.files;
    for (let i = files.length - 1; i > 0; i--) {
      const stored = this.#firstStoreTimestamp(files[i]!);
      if (stored !== undefined && stored !== 0 && stored <= checkpointTimestamp) return files[i]!.baseOffset;
    }
    return files[0]!.baseOffset;
  }

  #firstStoreTimestamp(file: MappedFile): number | undefined {
    const read = file.readSync(this.#chunk, 0, Math.min(128, file.sizeBytes), 0);
    if (read < 91 || this.#view.getInt32(0) < 91 || this.#view.getInt32(28 + 4) !== (file.baseOffset | 0))
      return undefined;
    return storeTimestampAt(this.#view, 0);
  }

  /** Dispatches every record from `start` on and returns the end of the last good one. */
  #replayFrom(start: number): number {
    this.#gap = false;
    this.#records = 0;
    this.#damaged = 0;
    for (const queue of this.#queues.all()) queue.truncateTo(start);
    let offset = start;
    for (let file = this.#log.files.fileAt(offset); file !== undefined; file = this.#log.files.fileAt(offset)) {
      const stopped = this.#replayFile(file, offset);
      offset = stopped.offset;
      if (stopped.end) break;
    }
    return offset;
  }

  #replayFile(file: MappedFile, from: number): { offset: number; end: boolean } {
    let offset = from;
    let chunkStart = offset;
    let chunkEnd = offset;
    while (offset < file.endOffset) {
      let check = checkRecord(this.#chunk, this.#view, offset - chunkStart, chunkEnd - chunkStart, offset, this.#head);
      if (check === 'END' && chunkEnd < file.endOffset && chunkEnd - offset < this.#maxRecordBytes) {
        chunkStart = offset;
        chunkEnd = offset + this.#fill(file, offset);
        check = checkRecord(this.#chunk, this.#view, 0, chunkEnd - chunkStart, offset, this.#head);
      }
      if (check === 'BLANK') return { offset: file.endOffset, end: false };
      if (check === 'END') return { offset, end: true };
      if (check === 'DAMAGED') {
        if (!this.#goodRecordFollows(file, offset, chunkStart, chunkEnd)) return { offset, end: true };
        this.#damaged += 1;
        this.#logger.error('a damaged record is in the commit log; what follows it is readable', {
          file: file.path,
          position: offset - file.baseOffset,
          offset,
          bytes: this.#head.totalSize,
        });
        offset += this.#head.totalSize;
        continue;
      }
      this.#dispatch(this.#head);
      offset += this.#head.totalSize;
    }
    return { offset, end: false };
  }

  #fill(file: MappedFile, offset: number): number {
    const bytes = Math.min(this.#chunk.length, file.endOffset - offset);
    return file.readSync(this.#chunk, 0, bytes, offset - file.baseOffset);
  }

  /** Tells a flipped bit in the middle from a torn end: behind the end no record begins at the right place. */
  #goodRecordFollows(file: MappedFile, offset: number, chunkStart: number, chunkEnd: number): boolean {
    const probe = new RecordHead();
    const next = offset + this.#head.totalSize;
    if (next >= file.endOffset || next >= chunkEnd) return false;
    const check = checkRecord(this.#chunk, this.#view, next - chunkStart, chunkEnd - chunkStart, next, probe);
    return check === 'RECORD' || check === 'BLANK';
  }

  #dispatch(record: RecordHead): void {
    this.#records += 1;
    if (record.storeTimestamp > this.#lastStoreTimestamp) this.#lastStoreTimestamp = record.storeTimestamp;
    const transaction = record.sysFlag & TRANSACTION_MASK;
    if (transaction === PREPARED || transaction === ROLLBACK) return;
    const queue = this.#queues.of(record.topic, record.queueId);
    if (record.queueOffset < queue.nextOffset) return;
    if (record.queueOffset > queue.nextOffset) {
      // The units in between belonged to records that are gone from the log, or were lost with an unclean stop: a replay
      // of the whole log tells.
      this.#gap = true;
      queue.beginAt(record.queueOffset);
    }
    queue.put(
      record.physicalOffset,
      record.totalSize,
      messageTagsCode(record.topic, record.properties, record.storeTimestamp, this.#delayLevelsMs),
    );
    queue.visibleOffset = queue.nextOffset;
    this.#queues.markDirty(queue);
    if (this.#records % RECORDS_BETWEEN_FLUSHES === 0) this.#queues.flushSync();
  }

  /** Files behind the end go; the rest of the last one is cleared, so that no stale record can be taken for a good one later. */
  #cutLogAt(end: number): void {
    const file = this.#log.files.fileAt(end);
    this.#log.files.removeFrom(file === undefined ? end : file.baseOffset + 1);
    if (file !== undefined && this.#hasBytesFrom(file, end)) file.clearFrom(end - file.baseOffset);
    for (const queue of this.#queues.all()) queue.truncateTo(end);
  }

  #hasBytesFrom(file: MappedFile, offset: number): boolean {
    const bytes = Math.min(1024 * 1024, file.endOffset - offset, this.#chunk.length);
    const read = file.readSync(this.#chunk, 0, bytes, offset - file.baseOffset);
    for (let i = 0; i < read; i++) if (this.#chunk[i] !== 0) return true;
    return false;
  }
}
