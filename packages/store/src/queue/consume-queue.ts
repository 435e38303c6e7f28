import type { MessageFilter } from '@rocketmq-ts/filter';
import { readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import type { MappedFile } from '../log/mapped-file.ts';
import type { RecordHead } from '../log/record.ts';
import { findEnd } from './ends.ts';
import { extensionOffset } from './queue-extension.ts';
import type { GetMessageResult, QueueEntry, QueueView, ReadRoom, TimeBoundary } from './queue-view.ts';
import { endOfAscending, firstRealUnit, firstUnitFrom } from './search.ts';
import { QueueTail } from './tail.ts';
import { UnitFiles, type UnitFolder } from './unit-files.ts';
import { BATCH_UNIT_BYTES, FILLER_SIZE, UNIT_BYTES, UnitOffset } from './unit-layout.ts';

export { FILLER_SIZE, UNIT_BYTES };

/** More missing units in a row are not believed: the header of a record has no checksum. */
export const MAX_SKIPPED_UNITS = 1_000_000;

const unitBuffer = Buffer.alloc(BATCH_UNIT_BYTES);
const unitView = viewOf(unitBuffer);

/** Finds the records that the units of a queue lead to. */
export interface QueueRecords {
  readonly reader: {
    read(queue: ConsumeQueue, ...how: Parameters<QueueView['read']>): void;
  };
  readonly lookup: {
    storeTimestampAt(queue: ConsumeQueue, queueOffset: number): number;
    offsetAt(queue: ConsumeQueue, ...time: Parameters<QueueView['offsetAt']>): number;
  };
}

/** What all consume queues of one type share. */
export interface QueueFolder extends UnitFolder {
  /** Set once the parts of the store are made. */
  records?: QueueRecords;
}

export interface TruncateOptions {
  /** Also where no unit is to drop, bytes of an earlier life behind the end are cleared. */
  readonly clearsBehindEnds: boolean;
  /** Units may be damaged: all of them are looked at, where only the end is otherwise. */
  readonly checksAll: boolean;
}

/**
 * One message queue's units. Those of the last moments are in memory (`tail`) and are written to the files in large pieces; the
 * files are derived data, rebuilt from the commit log on doubt. There may be a hundred thousand queues, most of them idle:
 * such a one is this object alone, without a buffer, a list or a text of its own.
 *
 * Units are counted by their place in the files. In this queue, which is a simple one, the number of a unit is the queue offset of
 * its message; `BatchConsumeQueue` is where they differ.
 */
export class ConsumeQueue extends UnitFiles<QueueFolder> implements QueueView {
  /** First unit that can be read. */
  minUnit = 0;
  /** Unit that the next record gets. */
  nextUnit = 0;
  /** Units below it belong to confirmed records and may be read. */
  visibleUnit = 0;
  /** Units below it are in the files. */
  flushedUnit = 0;
  /** See `remove`. */
  removed = false;
  /** True while a flush of this queue is listed or under way. */
  flushPending = false;
  /** True while its readers are about to be woken. */
  hasArrivals = false;
  #tail: QueueTail | undefined;

  get minOffset(): number {
    return this.minUnit;
  }

  get maxOffset(): number {
    return this.visibleUnit;
  }

  get nextOffset(): number {
    return this.nextUnit;
  }

  /** The unit that has a queue offset; where no unit has it, the first one behind it. Throws the disk's error. */
  unitOf(queueOffset: number): number {
    return queueOffset;
  }

  /** The queue offset at which a unit begins, or ends the one before it. Throws the disk's error. */
  beginOf(unit: number): number {
    return unit;
  }

  read(
    queueOffset: number,
    maxNums: number,
    maxBytes: number,
    filter: MessageFilter | undefined,
    done: (result: GetMessageResult) => void,
    room?: ReadRoom,
  ): void {
    this.folder.records!.reader.read(this, queueOffset, maxNums, maxBytes, filter, done, room);
  }

  entryAt(queueOffset: number): QueueEntry | undefined {
    return queueOffset < this.maxOffset ? this.unitAt(this.unitOf(queueOffset)) : undefined;
  }

  storeTimestampAt(queueOffset: number): number {
    return this.folder.records!.lookup.storeTimestampAt(this, queueOffset);
  }

  offsetAt(timestamp: number, boundary: TimeBoundary): number {
    return this.folder.records!.lookup.offsetAt(this, timestamp, boundary);
  }

  /** Takes ends that were written down at a clean stop, instead of finding them in the files. */
  takeEnds(ends: { beginUnit: number; fileCount: number; minUnit: number; nextUnit: number }): void {
    this.takeFiles(ends.beginUnit, ends.fileCount);
    this.minUnit = ends.minUnit;
    this.setEnd(ends.nextUnit);
  }

  /** First unit that is in memory. */
  get tailUnit(): number {
    return this.#tail?.base ?? this.nextUnit;
  }

  get tailView(): DataView | undefined {
    return this.#tail?.view;
  }

  /** Adds a unit of these fields; it becomes visible when its record is confirmed. */
  #put(physicalOffset: number, size: number, tagsCode: number): void {
    const at = this.nextPlace();
    const view = this.tailView!;
    writeInt64(view, at, physicalOffset);
    view.setInt32(at + UnitOffset.size, size);
    writeInt64(view, at + UnitOffset.tagsCode, tagsCode);
  }

  /** Counts one more unit, and returns its position in `tailView`, where it is to be written at once. */
  protected nextPlace(): number {
    this.#tail ??= new QueueTail(this.nextUnit, this.unitBytes);
    const at = this.#tail.roomFor(this.nextUnit, this.flushedUnit);
    this.nextUnit += 1;
    return at;
  }

  /** The unit of the record that has the next place: `queueOffset` is not looked at. */
  take(record: RecordHead, tagsCode: number): boolean {
    this.#put(record.physicalOffset, record.totalSize, tagsCode);
    return true;
  }

  /** What the unit of a record has. */
  entryOf({ physicalOffset, totalSize: size, queueOffset }: RecordHead, tagsCode: number): QueueEntry {
    return { physicalOffset, size, tagsCode, queueOffset, messageCount: 1 };
  }

  /** Adds the next unit. */
  append({ physicalOffset, size, tagsCode }: QueueEntry): void {
    this.#put(physicalOffset, size, tagsCode);
  }

  /** Removes the newest unit, which is not visible yet: its record did not reach the file. */
  removeNewest(): void {
    this.nextUnit -= 1;
    this.releaseTail();
  }

  /** Gives the memory back when every unit is in the files. */
  releaseTail(): void {
    if (this.flushedUnit !== this.nextUnit) return;
    this.#tail = undefined;
  }

  /** A piece of the tail to be written to one file next; undefined when all visible units are in the files. */
  nextFlush():
    | { buffer: Buffer; offset: number; length: number; file: MappedFile; position: number; upTo: number }
    | undefined {
    const { unitBytes } = this;
    const tail = this.#tail;
    if (tail === undefined || this.removed || this.flushedUnit >= this.visibleUnit) return undefined;
    const from = this.flushedUnit;
    const file = this.files.fileForAppend(from * unitBytes);
    const upTo = Math.min(this.visibleUnit, file.endOffset / unitBytes);
    return {
      buffer: tail.buffer,
      offset: tail.positionOf(from),
      length: (upTo - from) * unitBytes,
      file,
      position: from * unitBytes - file.baseOffset,
      upTo,
    };
  }

  /** Reads one unit from memory or file, on the loop: for start, searches and administration. Undefined beyond the ends. */
  unitAt(unit: number): QueueEntry | undefined {
    const tail = this.#tail;
    if (tail !== undefined && unit >= tail.base && unit < this.nextUnit)
      return this.entryIn(tail.view, tail.positionOf(unit), unit);
    const { unitBytes } = this;
    const file = this.files.fileAt(unit * unitBytes);
    if (file === undefined) return undefined;
    const read = file.readSync(unitBuffer, 0, unitBytes, unit * unitBytes - file.baseOffset);
    return read < unitBytes ? undefined : this.entryIn(unitView, 0, unit);
  }

  /** The unit with this number, which lies at a position of a view. */
  entryIn(view: DataView, at: number, unit: number): QueueEntry {
    return {
      physicalOffset: readInt64(view, at),
      size: view.getInt32(at + UnitOffset.size),
      tagsCode: readInt64(view, at + UnitOffset.tagsCode),
      queueOffset: unit,
      messageCount: 1,
      extensionOffset: extensionOffset(view, at + UnitOffset.tagsCode),
    };
  }

  /** Writes units [from, to) as they are in a file; those that are not among the entries get fillers. */
  encode(from: number, to: number, entries: ReadonlyMap<number, QueueEntry>): Buffer {
    const bytes = Buffer.alloc((to - from) * UNIT_BYTES);
    const view = viewOf(bytes);
    for (let unit = from; unit < to; unit++) {
      const at = (unit - from) * UNIT_BYTES;
      const entry = entries.get(unit);
      writeInt64(view, at, entry?.physicalOffset ?? 0);
      view.setInt32(at + UnitOffset.size, entry?.size ?? FILLER_SIZE);
      writeInt64(view, at + UnitOffset.tagsCode, entry?.tagsCode ?? 0);
    }
    return bytes;
  }

  /** Reads units from one file, on the loop, as many as fit; returns their count. */
  readUnits(unit: number, into: Buffer): number {
    const { unitBytes } = this;
    const file = this.files.fileAt(unit * unitBytes);
    if (file === undefined) return 0;
    const position = unit * unitBytes - file.baseOffset;
    const most = into.length - (into.length % unitBytes);
    return Math.floor(file.readSync(into, 0, Math.min(most, file.sizeBytes - position), position) / unitBytes);
  }

  /** Finds the ends of the queue in its files, after they were loaded. Units beyond the first empty one are not looked at. */
  loadEnds(): void {
    this.#tail = undefined;
    this.setEnd(findEnd(this.files.files, this.unitBytes));
    this.minUnit = firstRealUnit(this, this.beginUnit, this.nextUnit);
  }

  protected setEnd(unit: number): void {
    this.nextUnit = unit;
    this.visibleUnit = unit;
    this.flushedUnit = unit;
  }

  /**
   * Drops every unit whose record begins at or behind a physical offset, and whatever lies behind those. Only while the store
   * is opened.
   */
  truncateTo(physicalOffset: number, { clearsBehindEnds, checksAll }: TruncateOptions): void {
    const end = checksAll
      ? endOfAscending(this, Math.max(this.beginUnit, this.minUnit), this.nextUnit, physicalOffset)
      : this.#endBefore(physicalOffset);
    if (end === this.nextUnit && (!clearsBehindEnds || this.isClearBehind(end * this.unitBytes))) return;
    const file = this.files.fileAt(end * this.unitBytes);
    if (file !== undefined) {
      this.removeFilesFrom(file.baseOffset + 1);
      this.clearFrom(file, end);
    }
    this.#tail = undefined;
    this.setEnd(end);
    this.minUnit = Math.min(this.minUnit, end);
  }

  #endBefore(physicalOffset: number): number {
    const last = this.isEmpty ? undefined : this.unitAt(this.nextUnit - 1);
    if (last !== undefined && last.size !== FILLER_SIZE && last.physicalOffset < physicalOffset) return this.nextUnit;
    return firstUnitFrom(this, Math.max(this.beginUnit, this.minUnit), this.nextUnit, physicalOffset);
  }

  /** Its topic is deleted: removes its files; nothing of it is written any more. */
  remove(): void {
    this.removed = true;
    this.removeFiles();
  }

  /** Forgets everything; the queue begins at the next unit. */
  reset(): void {
    this.removeFilesFrom(0);
    this.#tail = undefined;
    this.setEnd(0);
    this.minUnit = 0;
  }

  get isEmpty(): boolean {
    return this.nextUnit === this.minUnit;
  }

  /**
   * Begins the queue at an offset, when the commit log no longer (or not yet) holds what came before. The units before it in
   * its file are filled, as Apache does, since an empty unit is the end of a queue.
   */
  beginAt(queueOffset: number): void {
    this.reset();
    const unitsPerFile = this.files.fileSizeBytes / UNIT_BYTES;
    this.setEnd(queueOffset - (queueOffset % unitsPerFile));
    this.skipTo(queueOffset);
    this.minUnit = queueOffset;
  }

  /** Continues at a later offset; those in between have no record, and readers pass over them. */
  skipTo(queueOffset: number): void {
    while (this.nextUnit < queueOffset) this.#put(0, FILLER_SIZE, 0);
    this.visibleUnit = this.nextUnit;
  }

  /** Removes units from one on, when what they were made from turned out to be wrong, or was cut off. Nothing is under way to the files. */
  cutTo(unit: number): void {
    const file = this.files.fileAt(unit * this.unitBytes);
    if (file !== undefined && this.flushedUnit > unit) {
      this.removeFilesFrom(file.baseOffset + 1);
      this.clearFrom(file, unit);
      this.flushedUnit = unit;
    }
    this.nextUnit = unit;
    this.visibleUnit = unit;
    if (this.#tail !== undefined && unit <= this.#tail.base) this.#tail = undefined;
  }

  /**
   * The log was cut: removes the units of records that begin at or behind a physical offset, while readers are served. True
   * when there were such. No unit is under way to the files.
   */
  cutBehind(physicalOffset: number): boolean {
    const end = this.#endBefore(physicalOffset);
    if (end === this.nextUnit) return false;
    const visible = Math.min(this.visibleUnit, end);
    this.cutTo(end);
    this.visibleUnit = visible;
    this.minUnit = Math.min(this.minUnit, end);
    return true;
  }

  /** The store is opened: units of records that begin at or behind a physical offset may not be read yet. Returns their count. */
  hideBehind(physicalOffset: number): number {
    this.visibleUnit = this.#endBefore(physicalOffset);
    return this.nextUnit - this.visibleUnit;
  }

  /** Moves the readable start to the first unit whose record the commit log still holds. */
  raiseMinOffset(logMinOffset: number): void {
    const first = this.unitAt(this.minUnit);
    if (first === undefined || (first.physicalOffset >= logMinOffset && first.size !== FILLER_SIZE)) return;
    const found = firstUnitFrom(this, this.minUnit, this.visibleUnit, logMinOffset);
    // Places in front of it that never had a record here expired with the others.
    this.minUnit = firstRealUnit(this, found, this.visibleUnit);
  }
}
