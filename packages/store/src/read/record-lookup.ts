import { readInt64, viewOf } from '@rocketmq-ts/kernel';
import { RECORD_FIXED_BYTES, RecordOffset } from '@rocketmq-ts/protocol';
import type { CommitLog } from '../log/commit-log.ts';
import { isHoleRecord } from '../log/hole-record.ts';
import { checkRecord, RecordHead, storeTimestampAt } from '../log/record.ts';
import { RECORD_HEAD_BYTES, statedSizeFits } from '../log/record-shape.ts';
import { type ConsumeQueue, FILLER_SIZE } from '../queue/consume-queue.ts';
import type { TimeBoundary } from '../queue/queue-view.ts';

/** Looks at single records, on the loop: for messages sent back, searches by time and administration. */
export class RecordLookup {
  readonly #log: CommitLog;
  readonly #confirmOffset: () => number;
  readonly #fields = new RecordHead();
  readonly #head = Buffer.alloc(RECORD_HEAD_BYTES);
  readonly #headView = viewOf(this.#head);

  constructor(log: CommitLog, confirmOffset: () => number) {
    this.#log = log;
    this.#confirmOffset = confirmOffset;
  }

  /**
   * The stored bytes of the confirmed record that begins at a physical offset, copied; undefined when none does, or a damaged
   * one. Its size may be anything that a file of the log holds: records may have been stored under other limits. Throws
   * the disk's error where it can't be read.
   */
  recordAt(physicalOffset: number): Buffer | undefined {
    const size = this.#readHead(physicalOffset);
    if (size < 0) return undefined;
    const record = Buffer.allocUnsafe(size);
    if (this.#read(physicalOffset, record) < size) return undefined;
    const check = checkRecord(record, viewOf(record), 0, size, physicalOffset, this.#fields);
    return check === 'RECORD' && !isHoleRecord(this.#fields) ? record : undefined;
  }

  /** Reads the beginning of a record into `#head` and returns the record's size; −1 when none begins there. */
  #readHead(physicalOffset: number): number {
    const rest = this.#confirmOffset() - physicalOffset;
    if (physicalOffset < this.#log.minOffset || rest < RECORD_FIXED_BYTES) return -1;
    const bytes = this.#read(physicalOffset, this.#head);
    if (bytes < RECORD_FIXED_BYTES) return -1;
    const view = this.#headView;
    const size = view.getInt32(RecordOffset.totalSize);
    if (size < RECORD_FIXED_BYTES || size > rest || !statedSizeFits(view, 0, bytes)) return -1;
    return readInt64(view, RecordOffset.physicalOffset) === physicalOffset ? size : -1;
  }

  /** Returns how many bytes there were. */
  #read(offset: number, target: Buffer): number {
    const slab = this.#log.tail.at(offset);
    if (slab !== undefined) {
      const from = offset - slab.base;
      return slab.buffer.copy(target, 0, from, Math.min(from + target.length, slab.length));
    }
    const file = this.#log.files.fileAt(offset);
    return file === undefined ? 0 : file.readSync(target, 0, target.length, offset - file.baseOffset);
  }

  /** As `QueueView.storeTimestampAt`. */
  storeTimestampAt(queue: ConsumeQueue, queueOffset: number): number {
    try {
      return this.#storeTimestampAt(queue, queueOffset);
    } catch {
      // It is shown to people only, beside the times of other queues.
      return -1;
    }
  }

  #storeTimestampAt(queue: ConsumeQueue, queueOffset: number): number {
    if (queueOffset < queue.minOffset || queueOffset >= queue.maxOffset) return -1;
    return this.#storeTimestampOf(queue, queue.unitOf(queueOffset));
  }

  #storeTimestampOf(queue: ConsumeQueue, unit: number): number {
    const entry = queue.unitAt(unit);
    if (entry === undefined || this.#readHead(entry.physicalOffset) !== entry.size) return -1;
    // A damaged unit may lead to a record of another place.
    if (readInt64(this.#headView, RecordOffset.queueOffset) !== entry.queueOffset) return -1;
    return storeTimestampAt(this.#headView, 0);
  }

  /** Store time of the oldest record, −1 when the log is empty or it can't be read. */
  get earliestStoreTimestamp(): number {
    try {
      return this.#readHead(this.#log.minOffset) < 0 ? -1 : storeTimestampAt(this.#headView, 0);
    } catch {
      return -1;
    }
  }

  /** As `QueueView.offsetAt`. */
  offsetAt(queue: ConsumeQueue, timestamp: number, boundary: TimeBoundary): number {
    const { minUnit, visibleUnit } = queue;
    let low = minUnit;
    let high = visibleUnit;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      let behind = middle;
      let stored = this.#searchTimeOf(queue, behind);
      // An offset whose record was lost or is damaged has no time: it counts as the next one that has.
      while (stored < 0 && behind + 1 < high) stored = this.#searchTimeOf(queue, ++behind);
      if (stored < 0) high = middle;
      else if (boundary === 'LOWER' ? stored < timestamp : stored <= timestamp) low = behind + 1;
      else high = middle;
    }
    // Source: BatchConsumeQueue#getOffsetInQueueByTime.
    const isBehindAll = low === visibleUnit && queue.type === 'BatchCQ';
    if (boundary === 'UPPER' || isBehindAll) low = Math.max(minUnit, low - 1);
    return low < visibleUnit ? (queue.unitAt(low)?.queueOffset ?? queue.maxOffset) : queue.maxOffset;
  }

  /** What expired while the queue has not followed yet is older than everything else. */
  #searchTimeOf(queue: ConsumeQueue, unit: number): number {
    const entry = queue.unitAt(unit);
    const isExpired = entry !== undefined && entry.size !== FILLER_SIZE && entry.physicalOffset < this.#log.minOffset;
    return isExpired ? 0 : this.#storeTimestampOf(queue, unit);
  }
}
