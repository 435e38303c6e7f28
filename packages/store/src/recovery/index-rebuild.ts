import { asError, type Logger } from '@rocketmq-ts/kernel';
import { type EntryTarget, isIndexed } from '../dispatch/dispatch.ts';
import { flushIndexSync } from '../index/flush.ts';
import { RecordKeys } from '../index/keys.ts';
import type { MessageIndex } from '../index/message-index.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { RecordHead } from '../log/record.ts';
import type { LogScan } from '../log/scan.ts';

/** Records without keys that are passed over to find out whether an index file is missing. */
const MAX_LOOKED_AT = 4096;

/**
 * Brings the index in line with the log while the store is opened: what does not belong together is removed, what the
 * replay of the log does not reach is made before it, and what lies behind the end of the log is removed.
 */
export class IndexRebuild implements EntryTarget {
  readonly #index: MessageIndex;
  readonly #log: CommitLog;
  readonly #scan: LogScan;
  readonly #logger: Logger;
  /** The log may be replayed twice. */
  #lastOffset = -1;
  #flushFailed = false;
  /** What makes room once the store runs. */
  readonly #onManyWaiting: (() => void) | undefined;

  constructor(index: MessageIndex, log: CommitLog, scan: LogScan, logger: Logger) {
    this.#index = index;
    this.#log = log;
    this.#scan = scan;
    this.#logger = logger;
    this.#onManyWaiting = index.onManyWaiting;
  }

  /**
   * Before the log is replayed from `start` on: makes the entries of what lies before it. `completeState`: of the index at
   * the clean stop that left `start` as the end of the log (−1: not known); when it is the same now nothing is read.
   */
  fillUpTo(start: number, completeState: number): void {
    this.#index.onManyWaiting = () => this.#flush(false);
    // Without this, a log whose last records have no keys would be read from the last one that has.
    if (completeState >= 0 && completeState === this.#index.completeState()) return;
    this.#removeBehindGap();
    const from = Math.max(this.#log.minOffset, this.#index.resumeOffset);
    if (from >= start) return;
    this.#logger.info('records are indexed that the index files lack', { from, to: start });
    for (const record of this.#records(from, start)) if (isIndexed(record.sysFlag)) this.put(record);
  }

  put(record: RecordHead): void {
    if (record.physicalOffset <= this.#lastOffset) return;
    this.#lastOffset = record.physicalOffset;
    this.#index.put(record);
  }

  /** The log ends at an offset, and is continued there. */
  finish(logEnd: number): void {
    this.#index.truncateTo(logEnd);
    this.#flush(true);
    // From here on entries are flushed off the loop, and only there.
    this.#index.onManyWaiting = this.#onManyWaiting;
  }

  /** A disk that takes nothing does not keep the store from opening: entries wait in memory, and are made again next time. */
  #flush(durable: boolean): void {
    try {
      flushIndexSync(this.#index, durable);
    } catch (error) {
      if (!this.#flushFailed) this.#logger.error('index files could not be written', { error: asError(error) });
      this.#flushFailed = true;
    }
  }

  /**
   * Files follow each other without a gap: the first record with keys behind the end of one is that at which the next one
   * begins. Where it is not so a file is missing, or Apache's broker did not index what it recovered.
   */
  #removeBehindGap(): void {
    const { files } = this.#index;
    const { minOffset } = this.#log;
    for (let i = 0; i < files.length; i++) {
      const file = files[i]!;
      if (file.isEmpty) continue;
      const before = files[i - 1]?.endPhyOffset ?? -1;
      if (file.beginPhyOffset <= Math.max(before, minOffset)) continue;
      const expected = this.#firstWithKeys(before < minOffset ? minOffset : before, before);
      if (expected === undefined || expected >= file.beginPhyOffset) continue;
      this.#logger.warn('index files lack records before this one; from here on they are made again', {
        path: file.path,
        beginPhyOffset: file.beginPhyOffset,
        firstLacking: expected,
      });
      this.#index.removeFrom(i);
      return;
    }
  }

  #firstWithKeys(from: number, behind: number): number | undefined {
    let count = 0;
    const keys = new RecordKeys();
    for (const record of this.#records(from, Number.POSITIVE_INFINITY)) {
      count += 1;
      if (record.physicalOffset > behind && isIndexed(record.sysFlag)) {
        keys.of(record);
        // Releases before 5.4.0 make no entries of tags.
        if (keys.count > (keys.hasTags ? 1 : 0)) return record.physicalOffset;
      }
      if (count >= MAX_LOOKED_AT) return undefined;
    }
    return undefined;
  }

  /** Every good record that begins in [from, to). */
  *#records(from: number, to: number): Generator<RecordHead> {
    const { files } = this.#log;
    const { head } = this.#scan;
    let offset = from;
    for (let file = files.fileAt(from); file !== undefined && offset < to; file = files.fileAt(offset)) {
      let timestamp = 0;
      while (offset < file.endOffset && offset < to) {
        const found = this.#scan.recordAt(file, offset);
        if (found === 'RECORD') {
          timestamp = head.storeTimestamp;
          yield head;
          offset += head.totalSize;
          continue;
        }
        const next = found === 'BLANK' ? file.endOffset : this.#scan.goodRecordBehind(file, offset, timestamp);
        if (next === undefined) return;
        offset = next;
      }
    }
  }
}
