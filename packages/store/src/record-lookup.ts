import { RecordOffset } from '@rocketmq-ts/protocol';
import type { CommitLog } from './commit-log.ts';
import { type ConsumeQueue, FILLER_SIZE } from './consume-queue.ts';
import type { ConsumeQueueTable } from './consume-queue-table.ts';
import { readInt64, storeTimestampAt } from './record.ts';

const HEAD_BYTES = 48;
const LEAST_RECORD_BYTES = 91;
/** Header, topic and properties beside the largest body. Source: MessageExtEncoder. */
const MAX_OVERHEAD_BYTES = 65536;

/** Looks at single records, on the loop: for messages sent back, searches by time and administration. */
export class RecordLookup {
  readonly #log: CommitLog;
  readonly #queues: ConsumeQueueTable;
  readonly #confirmOffset: () => number;
  readonly #maxRecordBytes: number;

  constructor(log: CommitLog, queues: ConsumeQueueTable, confirmOffset: () => number, maxMessageSize: number) {
    this.#log = log;
    this.#queues = queues;
    this.#confirmOffset = confirmOffset;
    this.#maxRecordBytes = maxMessageSize + MAX_OVERHEAD_BYTES;
  }

  /**
   * The stored bytes of the confirmed record that begins at a physical offset, copied; undefined when none does. Throws the
   * disk's error where it can't be read.
   */
  recordAt(physicalOffset: number): Buffer | undefined {
    if (physicalOffset < this.#log.minOffset) return undefined;
    if (physicalOffset + LEAST_RECORD_BYTES > this.#confirmOffset()) return undefined;
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    if (!this.#read(physicalOffset, head)) return undefined;
    const view = viewOf(head);
    const size = view.getInt32(RecordOffset.totalSize);
    if (size < LEAST_RECORD_BYTES || size > this.#maxRecordBytes) return undefined;
    if (readInt64(view, RecordOffset.physicalOffset) !== physicalOffset) return undefined;
    const record = Buffer.allocUnsafe(size);
    return this.#read(physicalOffset, record) ? record : undefined;
  }

  #read(offset: number, target: Buffer): boolean {
    const slab = this.#log.tail.at(offset);
    if (slab !== undefined) {
      const from = offset - slab.base;
      return slab.buffer.copy(target, 0, from, Math.min(from + target.length, slab.length)) === target.length;
    }
    const file = this.#log.files.fileAt(offset);
    return file !== undefined && file.readSync(target, 0, target.length, offset - file.baseOffset) === target.length;
  }

  /** Store time of a message, −1 when it is not there or can't be read. */
  storeTimestampOf(queue: ConsumeQueue, queueOffset: number): number {
    try {
      return this.#storeTimestampOf(queue, queueOffset);
    } catch {
      // It is told to people only, beside the times of other queues.
      return -1;
    }
  }

  #storeTimestampOf(queue: ConsumeQueue, queueOffset: number): number {
    if (queueOffset < queue.minOffset || queueOffset >= queue.visibleOffset) return -1;
    const unit = queue.unitAt(queueOffset);
    return unit === undefined ? -1 : this.#storeTimestampAt(unit.physicalOffset);
  }

  /** Store time of the oldest record, −1 when the log is empty or it can't be read. */
  get earliestStoreTimestamp(): number {
    try {
      return this.#storeTimestampAt(this.#log.minOffset);
    } catch {
      return -1;
    }
  }

  #storeTimestampAt(physicalOffset: number): number {
    const record = this.recordAt(physicalOffset);
    return record === undefined ? -1 : storeTimestampAt(viewOf(record), 0);
  }

  /**
   * Queue offset for a time. LOWER: the first message stored at or after it (the end when there is none); UPPER: the last
   * one stored at or before it. Within [min, max].
   */
  offsetByTime(topic: string, queueId: number, timestamp: number, boundary: 'LOWER' | 'UPPER'): number {
    const queue = this.#queues.find(topic, queueId);
    if (queue === undefined) return 0;
    let low = queue.minOffset;
    let high = queue.visibleOffset;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      let behind = middle;
      // An offset whose record was lost has no time: it counts as the next one that has.
      while (behind < high && this.#isHole(queue, behind)) behind += 1;
      const stored = behind < high ? this.#storeTimestampOf(queue, behind) : Number.POSITIVE_INFINITY;
      if (boundary === 'LOWER' ? stored < timestamp : stored <= timestamp) low = behind + 1;
      else high = middle;
    }
    return boundary === 'LOWER' ? low : Math.max(queue.minOffset, low - 1);
  }

  #isHole(queue: ConsumeQueue, queueOffset: number): boolean {
    return queue.unitAt(queueOffset)?.size === FILLER_SIZE;
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
