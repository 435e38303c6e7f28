import { readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import { MessageProperty, MessageSysFlag, parseJavaInt, readProperty } from '@rocketmq-ts/protocol';
import { firstThat } from '../log/first-that.ts';
import type { RecordHead } from '../log/record.ts';
import { ConsumeQueue } from './consume-queue.ts';
import type { QueueEntry } from './queue-view.ts';
import { BATCH_UNIT_BYTES, BatchUnitOffset, FILLER_SIZE, MOST_BATCH_MESSAGES } from './unit-layout.ts';

/** One unit of a batch queue. */
export interface BatchEntry extends QueueEntry {
  readonly storeTimestamp: number;
}

/**
 * The messages of a record: one, or as many as an inner batch says. A number that can't be right counts as 1.
 * Source: CommitLog#setBatchSizeIfNeeded, #getMessageNum.
 */
export function messagesIn({ sysFlag, properties }: Pick<RecordHead, 'sysFlag' | 'properties'>): number {
  if ((sysFlag & MessageSysFlag.INNER_BATCH) === 0) return 1;
  const count = parseJavaInt(readProperty(properties, MessageProperty.INNER_NUM) ?? '') ?? 1;
  return count >= 1 && count <= MOST_BATCH_MESSAGES ? count : 1;
}

/** A number that follows from the units, and for how many of them it was found. */
interface KnownOffset {
  unit: number;
  offset: number;
}

/**
 * A queue whose records hold one message or many each: a unit says at which queue offset its record begins, and units are found
 * by a search for it. Queue offsets that no record has lie between two units and take no room.
 */
export class BatchConsumeQueue extends ConsumeQueue {
  readonly #min: KnownOffset = { unit: -1, offset: 0 };
  readonly #next: KnownOffset = { unit: 0, offset: 0 };
  readonly #visible: KnownOffset = { unit: 0, offset: 0 };
  /** Where the last read ended: the next one is likely to begin there. */
  readonly #read: KnownOffset = { unit: -1, offset: 0 };

  override get minOffset(): number {
    if (this.isEmpty) return this.nextOffset;
    const known = this.#min;
    if (known.unit !== this.minUnit) {
      known.offset = this.unitAt(this.minUnit)?.queueOffset ?? this.nextOffset;
      known.unit = this.minUnit;
    }
    return known.offset;
  }

  override get nextOffset(): number {
    return this.#endOf(this.nextUnit, this.#next);
  }

  override get maxOffset(): number {
    return this.#endOf(this.visibleUnit, this.#visible);
  }

  /** Queue offset behind the units before one. */
  #endOf(unit: number, known: KnownOffset): number {
    if (known.unit !== unit) {
      known.offset = unit === 0 ? 0 : endOf(this.unitAt(unit - 1));
      known.unit = unit;
    }
    return known.offset;
  }

  override unitOf(queueOffset: number): number {
    const { unit, offset } = this.#read;
    if (offset === queueOffset && unit >= this.minUnit) return unit;
    const found = firstThat(this.minUnit, this.nextUnit, (at) => endOf(this.unitAt(at)) > queueOffset);
    // Only where the last unit was damaged since its end was known: a reader finds that out.
    return found === this.nextUnit && queueOffset < this.nextOffset ? found - 1 : found;
  }

  override beginOf(unit: number): number {
    const offset = unit <= this.minUnit ? this.minOffset : endOf(this.unitAt(unit - 1));
    this.#read.unit = unit;
    this.#read.offset = offset;
    return offset;
  }

  override take(record: RecordHead, tagsCode: number): boolean {
    this.append(this.entryOf(record, tagsCode));
    return true;
  }

  override entryOf(record: RecordHead, tagsCode: number): BatchEntry {
    const { physicalOffset, totalSize: size, queueOffset, storeTimestamp } = record;
    return { physicalOffset, size, tagsCode, storeTimestamp, queueOffset, messageCount: messagesIn(record) };
  }

  override append(entry: BatchEntry): void {
    const at = this.nextPlace();
    writeUnit(this.tailView!, at, entry);
    this.#next.unit = this.nextUnit;
    this.#next.offset = endOf(entry);
  }

  override removeNewest(): void {
    this.#next.unit = -1;
    super.removeNewest();
  }

  /** What is visible is looked up in memory, not in the file. */
  override releaseTail(): void {
    if (this.tailView !== undefined && this.flushedUnit === this.nextUnit) void this.maxOffset;
    super.releaseTail();
  }

  override entryIn(view: DataView, at: number): BatchEntry {
    return readBatchUnit(view, at);
  }

  /** Fillers take the queue offsets that their neighbours leave, so that the search still finds these. */
  override encode(from: number, to: number, entries: ReadonlyMap<number, BatchEntry>): Buffer {
    const bytes = Buffer.alloc((to - from) * BATCH_UNIT_BYTES);
    const view = viewOf(bytes);
    let end = from > this.beginUnit ? endOf(this.unitAt(from - 1)) : 0;
    for (let unit = from; unit < to; unit++) {
      const entry = entries.get(unit) ?? fillerAt(end);
      writeUnit(view, (unit - from) * BATCH_UNIT_BYTES, entry);
      end = endOf(entry);
    }
    this.forget();
    return bytes;
  }

  protected override setEnd(unit: number): void {
    this.forget();
    super.setEnd(unit);
  }

  override cutTo(unit: number): void {
    this.forget();
    super.cutTo(unit);
  }

  /** Units are changed in their places. */
  protected forget(): void {
    for (const known of [this.#min, this.#next, this.#visible, this.#read]) known.unit = -1;
  }

  /** The next unit carries its queue offset itself. */
  override beginAt(): void {
    this.reset();
  }

  override skipTo(): void {}
}

/** The unit at a position of a view. */
export function readBatchUnit(view: DataView, at: number): BatchEntry {
  return {
    physicalOffset: readInt64(view, at),
    size: view.getInt32(at + BatchUnitOffset.size),
    tagsCode: readInt64(view, at + BatchUnitOffset.tagsCode),
    storeTimestamp: readInt64(view, at + BatchUnitOffset.storeTimestamp),
    queueOffset: readInt64(view, at + BatchUnitOffset.queueOffset),
    messageCount: view.getInt16(at + BatchUnitOffset.messageCount),
  };
}

function endOf(entry: QueueEntry | undefined): number {
  return entry === undefined ? 0 : entry.queueOffset + entry.messageCount;
}

function fillerAt(queueOffset: number): BatchEntry {
  return { physicalOffset: 0, size: FILLER_SIZE, tagsCode: 0, storeTimestamp: 0, queueOffset, messageCount: 1 };
}

function writeUnit(view: DataView, at: number, entry: BatchEntry): void {
  writeInt64(view, at, entry.physicalOffset);
  view.setInt32(at + BatchUnitOffset.size, entry.size);
  writeInt64(view, at + BatchUnitOffset.tagsCode, entry.tagsCode);
  writeInt64(view, at + BatchUnitOffset.storeTimestamp, entry.storeTimestamp);
  writeInt64(view, at + BatchUnitOffset.queueOffset, entry.queueOffset);
  view.setInt16(at + BatchUnitOffset.messageCount, entry.messageCount);
  view.setInt32(at + BatchUnitOffset.compactedOffset, -1);
  view.setInt32(at + BatchUnitOffset.reserved, 0);
}
