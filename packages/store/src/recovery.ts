import type { Logger } from '@rocketmq-ts/kernel';
import type { CommitLog } from './commit-log.ts';
import { type ConsumeQueue, FILLER_SIZE } from './consume-queue.ts';
import type { ConsumeQueueTable } from './consume-queue-table.ts';
import { IndexRecovery } from './index-recovery.ts';
import { rewriteLog } from './log-rewrite.ts';
import { LogScan } from './log-scan.ts';
import { findLostQueue } from './lost-queue.ts';
import type { MappedFile } from './mapped-file.ts';
import type { MessageIndex } from './message-index.ts';
import type { LogPlace } from './queue-ends-file.ts';
import { isInQueue, type RecordHead } from './record.ts';
import { RecoveryStrays } from './recovery-strays.ts';
import { messageTagsCode } from './tags-code.ts';

/** Bounds the memory that rebuilt units take. */
const RECORDS_BETWEEN_FLUSHES = 100_000;
/** More missing units in a row, or a higher queue id, are not believed: the header of a record has no checksum. */
const MAX_SKIPPED_UNITS = 1_000_000;
const MAX_QUEUE_ID = 1_000_000;
const DAMAGED = 'a damaged place is in the commit log; what follows it is readable';

export interface RecoveryResult {
  /** End of the last good record: where the log goes on. */
  readonly endOffset: number;
  readonly records: number;
  /** Places that are broken although good records follow. */
  readonly damaged: number;
  readonly lastStoreTimestamp: number;
  /** Where the last good record begins; −1 when there is none. */
  readonly lastRecordOffset: number;
}

interface Unit {
  readonly physicalOffset: number;
  readonly size: number;
  readonly tagsCode: number;
}

/** Queue offsets [from, to) that no record has had so far, and the place of the record behind them. */
interface Hole {
  readonly from: number;
  readonly to: number;
  readonly physicalOffset: number;
  /** A damaged place was seen that may have held them. */
  readonly explained: boolean;
}

/**
 * Finds the end of the log and brings the consume queues in line with it: units of records from the start point on are
 * dropped and built again from the log. Reads only from the point that a clean stop or the checkpoint leaves open. A record
 * that is broken in the middle of the log is passed over, its queue offset stays empty; where no good record follows, the
 * log ends.
 */
export class Recovery {
  readonly #log: CommitLog;
  readonly #queues: ConsumeQueueTable;
  readonly #logger: Logger;
  readonly #scan: LogScan;
  readonly #zerosLookAheadBytes: number;
  readonly #delayLevelsMs: readonly number[];
  readonly #onIncomplete: () => void;
  readonly #index: IndexRecovery | undefined;
  readonly #place: LogPlace | undefined;
  #records = 0;
  #damaged = 0;
  #lastStoreTimestamp = 0;
  #lastRecordOffset = -1;
  /** A record told that units before it are missing, and nothing in this replay explains it. */
  #gap = false;
  #replaysAll = false;
  #cleanStop = false;
  #flushedTimestamp = 0;
  /** First record that may not be durable. */
  #openFrom: number | undefined;
  /**
   * Records that have queue offset 0 although their queue has units. A queue counts from 0 again when its topic was deleted
   * and made again, and then what was before is gone; the next record tells whether it is so, or the offset is damaged.
   * Where it goes on at or behind the end of the old units nothing tells: a damaged offset or queue id looks the same as a
   * new life that lost as many records as the old one had. Then the old units stay.
   */
  readonly #restarts = new Map<ConsumeQueue, Unit>();
  /**
   * Places of the records at queue offset 0, as the files told them before their units were dropped. The files of a deleted
   * topic are removed durably, so that its first unit, once it was flushed, tells where its newest life begins. (That it
   * tells of an older one proves nothing: a replay that did not come to its end may have written it.)
   */
  readonly #knownFirsts = new Map<ConsumeQueue, number>();
  readonly #strays = new RecoveryStrays();
  readonly #holes = new Map<ConsumeQueue, Hole>();

  constructor(
    log: CommitLog,
    queues: ConsumeQueueTable,
    logger: Logger,
    options: {
      /** How far behind zeros the log may go on: what nothing is known of, and what is likely to lie there. */
      zerosLookAheadBytes: number;
      delayLevelsMs: readonly number[];
      onIncomplete: () => void;
      index?: MessageIndex | undefined;
      /** Told at the clean stop: everything before its end is in the queues. */
      place?: LogPlace | undefined;
      /** Records stamped with this time or later may follow those with any: the clock was put back. */
      leastTimestamp: number;
    },
  ) {
    this.#log = log;
    this.#queues = queues;
    this.#logger = logger;
    this.#zerosLookAheadBytes = options.zerosLookAheadBytes;
    this.#delayLevelsMs = options.delayLevelsMs;
    this.#onIncomplete = options.onIncomplete;
    this.#place = options.place;
    this.#scan = new LogScan(log.files);
    this.#scan.leastTimestamp = options.leastTimestamp;
    this.#index = options.index && new IndexRecovery(options.index, log, this.#scan, logger);
  }

  /**
   * `queuesComplete`: no file of a consume queue was missing or short. `checkpointTimestamp`: what was stored before needs
   * no look after a crash. `flushedTimestamp`: what was stored before is durable.
   */
  run(
    cleanStop: boolean,
    queuesComplete: boolean,
    checkpointTimestamp: number,
    flushedTimestamp: number,
  ): RecoveryResult {
    this.#cleanStop = cleanStop;
    this.#flushedTimestamp = flushedTimestamp;
    if (this.#log.files.files.length === 0) {
      for (const queue of this.#queues.all()) {
        queue.reset();
      }
      this.#index?.end(0);
      return { endOffset: 0, records: 0, damaged: 0, lastStoreTimestamp: 0, lastRecordOffset: -1 };
    }
    const { minOffset } = this.#log;
    let start = minOffset;
    const goesOn = this.#goesOnAsTold();
    if (this.#lacksBeginnings()) this.#onIncomplete();
    else if (goesOn) start = this.#place!.endOffset;
    else if (queuesComplete) {
      start = cleanStop ? this.#startAfterCleanStop() : this.#startAfterCrash(checkpointTimestamp);
      if (cleanStop && findLostQueue(this.#scan, this.#log.files, this.#queues, start, this.#logger)) {
        this.#onIncomplete();
        start = minOffset;
      }
    }
    this.#index?.begin(start, goesOn && start === this.#place!.endOffset ? this.#place!.indexState : -1);
    let end = this.#replayFrom(start);
    if (this.#gap) {
      this.#logger.warn('consume queues lack units from before the checkpoint; they are rebuilt from the whole log');
      this.#onIncomplete();
      start = minOffset;
      end = this.#replayFrom(start);
    }
    this.#cutLogAt(start, end);
    this.#index?.end(end);
    if (this.#replaysAll) this.#queues.removeEmptyFolders();
    if (start !== this.#place?.endOffset) for (const queue of this.#queues.all()) queue.raiseMinOffset(minOffset);
    return {
      endOffset: end,
      records: this.#records,
      damaged: this.#damaged,
      lastStoreTimestamp: this.#lastStoreTimestamp,
      lastRecordOffset: this.#lastRecordOffset,
    };
  }

  /** True when the record that was the last one at the clean stop is there and whole; its store time is taken. */
  #goesOnAsTold(): boolean {
    const place = this.#place;
    const file = place && this.#log.files.fileAt(place.lastRecordOffset);
    if (place === undefined || file === undefined) return false;
    if (this.#scan.recordAt(file, place.lastRecordOffset) !== 'RECORD') return false;
    const { totalSize, storeTimestamp } = this.#scan.head;
    if (place.lastRecordOffset + totalSize !== place.endOffset) return false;
    this.#lastStoreTimestamp = storeTimestamp;
    this.#lastRecordOffset = place.lastRecordOffset;
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
  #replayFrom(start: number): number {
    this.#replaysAll = start === this.#log.minOffset;
    this.#gap = false;
    this.#records = 0;
    this.#damaged = 0;
    this.#openFrom = undefined;
    if (start !== this.#place?.endOffset) {
      this.#lastStoreTimestamp = 0;
      this.#lastRecordOffset = -1;
      for (const queue of this.#queues.all()) {
        this.#noteFirst(queue, start);
        queue.truncateTo(start, !this.#cleanStop);
        if (this.#replaysAll && queue.isEmpty) queue.reset();
      }
    }
    let end = start;
    for (let file = this.#log.files.fileAt(start); file !== undefined; file = this.#log.files.fileAt(file.endOffset)) {
      const stopped = this.#replayFile(file, start > file.baseOffset ? start : file.baseOffset);
      end = stopped.end;
      if (!stopped.full || this.#gap) break;
    }
    for (const [queue, unit] of this.#restarts) this.#restart(queue, unit);
    this.#restarts.clear();
    if (!this.#gap) this.#knownFirsts.clear();
    for (const stray of this.#strays.takeRest()) {
      this.#reportAt('a record begins its queue behind offset 0, although nothing has expired', stray, {});
    }
    for (const [{ topic, queueId }, { from, to, physicalOffset, explained }] of this.#holes) {
      if (explained) continue;
      this.#reportAt('a queue lacks the messages before this record', physicalOffset, { topic, queueId, from, to });
    }
    this.#holes.clear();
    return end;
  }

  #noteFirst(queue: ConsumeQueue, start: number): void {
    if (queue.isEmpty || queue.minOffset > 0 || this.#knownFirsts.has(queue)) return;
    const first = queue.unitAt(0);
    if (first !== undefined && first.physicalOffset >= start) this.#knownFirsts.set(queue, first.physicalOffset);
  }

  /** `full`: the log goes on in the next file. */
  #replayFile(file: MappedFile, from: number): { end: number; full: boolean } {
    let offset = from;
    while (offset < file.endOffset && !this.#gap) {
      const found = this.#scan.recordAt(file, offset);
      if (found === 'BLANK') return { end: file.endOffset, full: true };
      if (found === 'RECORD' && this.#dispatch(this.#scan.head)) {
        offset += this.#scan.head.totalSize;
        continue;
      }
      const lookAhead = found === 'NOTHING' ? this.#zerosLookAheadBytes : undefined;
      const next = this.#scan.goodRecordBehind(file, offset, this.#lastStoreTimestamp, lookAhead);
      if (next === undefined) {
        if (found !== 'NOTHING') this.#report('the log ends with a broken record, which is cut off', file, offset, {});
        return { end: offset, full: false };
      }
      this.#damaged += 1;
      this.#report(DAMAGED, file, offset, { bytes: next - offset });
      offset = next;
    }
    return { end: file.endOffset, full: true };
  }

  #report(sentence: string, file: MappedFile, offset: number, fields: Readonly<Record<string, unknown>>): void {
    this.#logger.error(sentence, { file: file.path, position: offset - file.baseOffset, offset, ...fields });
  }

  #reportAt(sentence: string, offset: number, fields: Readonly<Record<string, unknown>>): void {
    this.#report(sentence, this.#log.files.fileAt(offset)!, offset, fields);
  }

  /** False when the header can't be right. */
  #dispatch(record: RecordHead): boolean {
    const inQueue = isInQueue(record.sysFlag);
    if (inQueue && !this.#dispatchToQueue(record)) return false;
    if (!inQueue && record.queueOffset > 0 && this.#damaged === 0)
      this.#strays.note(record.physicalOffset, record.queueOffset);
    this.#records += 1;
    this.#lastRecordOffset = record.physicalOffset;
    this.#index?.put(record);
    // From the first one on, even if the clock went back behind it.
    if (record.storeTimestamp >= this.#flushedTimestamp) this.#openFrom ??= record.physicalOffset;
    // Not the highest one: a flipped bit may have made that up, and all later records would get it.
    this.#lastStoreTimestamp = record.storeTimestamp;
    if (this.#records % RECORDS_BETWEEN_FLUSHES === 0) this.#queues.flushSync();
    return true;
  }

  #dispatchToQueue(record: RecordHead): boolean {
    const { queueId, queueOffset } = record;
    if (queueId < 0 || queueId > MAX_QUEUE_ID || queueOffset < 0 || !isPathPart(record.topic)) return false;
    if (this.#queues.batchTopics.has(record.topic)) return true;
    const queue = this.#queues.of(record.topic, queueId);
    const restart = this.#restarts.get(queue);
    if (restart !== undefined) {
      this.#restarts.delete(queue);
      // A wrong offset alone does not make the next record go back as well; a new life whose records were lost does.
      if (queueOffset === 1 || (queueOffset > 1 && queueOffset < queue.nextOffset)) this.#restart(queue, restart);
      else this.#strays.note(restart.physicalOffset, queue.nextOffset);
    }
    if (queueOffset < queue.nextOffset) {
      if (queueOffset === 0 && this.#knownFirsts.get(queue) === record.physicalOffset) {
        this.#restart(queue, this.#unitOf(record));
        return true;
      }
      if (queueOffset === 0) {
        this.#restarts.set(queue, this.#unitOf(record));
        return true;
      }
      // Two records for one offset: the first one stays, unless it was a wrong one that made us pass over places.
      const hole = this.#holes.get(queue);
      if (queue.unitAt(queueOffset)?.size !== FILLER_SIZE && hole?.to !== queueOffset) return this.#passOver(record);
      this.#damaged += 1;
      const wrong = hole?.to === queueOffset ? hole.physicalOffset : queue.unitAt(queue.nextOffset - 1)!.physicalOffset;
      this.#reportAt(DAMAGED, wrong, { field: 'queue offset' });
      this.#holes.delete(queue);
      queue.cutTo(queueOffset);
    }
    if (queueOffset > queue.nextOffset) {
      if (this.#damaged === 0 && !this.#replaysAll) {
        this.#gap = true;
        return true;
      }
      if (queue.isEmpty) {
        if (this.#damaged === 0 && this.#log.minOffset === 0) this.#strays.note(record.physicalOffset, queueOffset);
        queue.beginAt(queueOffset);
      } else if (queueOffset - queue.nextOffset > MAX_SKIPPED_UNITS) return false;
      else {
        this.#noteHole(queue, record);
        queue.skipTo(queueOffset);
      }
    }
    this.#put(queue, this.#unitOf(record));
    return true;
  }

  /** A whole record without a place in its queue: not the end of the log, unless it is left over from an earlier one. */
  #passOver(record: RecordHead): boolean {
    if (record.storeTimestamp < this.#lastStoreTimestamp) return false;
    this.#damaged += 1;
    this.#reportAt(DAMAGED, record.physicalOffset, { field: 'queue offset' });
    return true;
  }

  /** A queue lacks what comes before a record: a damaged place explains it, or a stray, or it is told in the end. */
  #noteHole(queue: ConsumeQueue, next: RecordHead): void {
    const { topic, queueId, nextOffset } = queue;
    const explained = this.#damaged > 0;
    const before = queue.unitAt(nextOffset - 1)?.physicalOffset ?? 0;
    const stray = explained ? undefined : this.#strays.take(nextOffset, next.queueOffset, before);
    if (stray !== undefined) {
      this.#damaged += 1;
      this.#reportAt(DAMAGED, stray, { field: 'topic, queue id, queue offset or flags', topic, queueId });
    }
    this.#holes.set(queue, {
      from: nextOffset,
      to: next.queueOffset,
      physicalOffset: next.physicalOffset,
      explained: explained || stray !== undefined,
    });
  }

  #unitOf(record: RecordHead): Unit {
    return {
      physicalOffset: record.physicalOffset,
      size: record.totalSize,
      tagsCode: messageTagsCode(
        record.topic,
        record.queueId,
        record.properties,
        record.storeTimestamp,
        this.#delayLevelsMs,
      ),
    };
  }

  #put(queue: ConsumeQueue, unit: Unit): void {
    queue.put(unit.physicalOffset, unit.size, unit.tagsCode);
    queue.visibleOffset = queue.nextOffset;
    this.#queues.markDirty(queue);
  }

  #restart(queue: ConsumeQueue, first: Unit): void {
    queue.beginAt(0);
    this.#put(queue, first);
  }

  /**
   * Files behind the end go; the rest of the last one is cleared, so that no stale record can be taken for a good one
   * later. What was found is made durable before anybody reads it: a process that was killed may have left it unsynced, or
   * ended because a flush failed.
   */
  #cutLogAt(start: number, end: number): void {
    const { files } = this.#log;
    const last = files.fileAt(end);
    files.removeFrom(last === undefined ? end : last.baseOffset + 1);
    if (last !== undefined) last.clearFrom(end - last.baseOffset);
    const openFrom = this.#cleanStop ? end : (this.#openFrom ?? end);
    if (openFrom < end)
      this.#logger.info('records that may not be durable are written again', { from: openFrom, bytes: end - openFrom });
    rewriteLog(files, start, openFrom, end);
  }
}

/** A topic names a folder. */
function isPathPart(topic: string): boolean {
  return topic !== '' && topic !== '.' && topic !== '..' && !topic.includes('/') && !topic.includes('\0');
}
