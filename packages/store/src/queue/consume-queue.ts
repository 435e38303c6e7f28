import type { MessageFilter } from '@rocketmq-ts/filter';
import { type Disk, readInt64, viewOf } from '@rocketmq-ts/kernel';
import type { FilePool } from '../log/file-pool.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import { MappedFileQueue } from '../log/mapped-file-queue.ts';
import type { RecordHead } from '../log/record.ts';
import { findEnd, isClearFrom } from './ends.ts';
import type { GetMessageResult, QueueEntry, QueueView, ReadRoom, TimeBoundary } from './queue-view.ts';
import { endOfAscending, firstRealUnit, firstUnitFrom } from './search.ts';
import { QueueTail } from './tail.ts';
import { FILLER_SIZE, UNIT_BYTES, UnitOffset } from './unit-layout.ts';

export { FILLER_SIZE, UNIT_BYTES };

/** More missing units in a row are not believed: the header of a record has no checksum. */
export const MAX_SKIPPED_UNITS = 1_000_000;

const unitBuffer = Buffer.alloc(UNIT_BYTES);
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

/** What all consume queues of a store share. */
export interface QueueFolder {
  readonly disk: Disk;
  readonly pool: FilePool;
  readonly root: string;
  readonly fileSizeBytes: number;
  /** Folders in which files were made or removed since they were synced. */
  readonly unsyncedNames: Set<string>;
  /** Files that were changed and not synced since. */
  readonly unsynced: Set<MappedFile>;
  /** Set once the parts of the store are made. */
  records?: QueueRecords;
}

/** What all queues of a topic share. */
export interface QueueTopic {
  readonly name: string;
  readonly bytes: Uint8Array;
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
 */
export class ConsumeQueue implements QueueView {
  readonly queueId: number;
  readonly #folder: QueueFolder;
  readonly #topic: QueueTopic;
  #files: MappedFileQueue | undefined;
  /** In place of the list of files as long as it is not needed. */
  #firstFile = 0;
  #fileCount = 0;
  /** First queue offset that can be read. */
  minOffset = 0;
  /** Queue offset that the next record gets. */
  nextOffset = 0;
  /** Queue offsets below it belong to confirmed records and may be read. */
  visibleOffset = 0;
  /** Queue offsets below it are in the files. */
  flushedOffset = 0;
  /** See `remove`. */
  removed = false;
  /** True while a flush of this queue is listed or under way. */
  flushPending = false;
  /** True while its readers are about to be woken. */
  hasArrivals = false;
  #tail: QueueTail | undefined;

  constructor(folder: QueueFolder, topic: QueueTopic, queueId: number) {
    this.#folder = folder;
    this.#topic = topic;
    this.queueId = queueId;
  }

  get topic(): string {
    return this.#topic.name;
  }

  get topicBytes(): Uint8Array {
    return this.#topic.bytes;
  }

  get maxOffset(): number {
    return this.visibleOffset;
  }

  read(
    queueOffset: number,
    maxNums: number,
    maxBytes: number,
    filter: MessageFilter | undefined,
    done: (result: GetMessageResult) => void,
    room?: ReadRoom,
  ): void {
    this.#folder.records!.reader.read(this, queueOffset, maxNums, maxBytes, filter, done, room);
  }

  entryAt(queueOffset: number): QueueEntry | undefined {
    return queueOffset < this.visibleOffset ? this.unitAt(queueOffset) : undefined;
  }

  storeTimestampAt(queueOffset: number): number {
    return this.#folder.records!.lookup.storeTimestampAt(this, queueOffset);
  }

  offsetAt(timestamp: number, boundary: TimeBoundary): number {
    return this.#folder.records!.lookup.offsetAt(this, timestamp, boundary);
  }

  get files(): MappedFileQueue {
    if (this.#files !== undefined) return this.#files;
    const { disk, pool, root, fileSizeBytes, unsyncedNames } = this.#folder;
    const files = new MappedFileQueue(
      disk,
      pool,
      `${root}/${this.#topic.name}/${this.queueId}`,
      fileSizeBytes,
      unsyncedNames,
    );
    files.take(this.#firstFile * fileSizeBytes, this.#fileCount);
    this.#files = files;
    return files;
  }

  get fileCount(): number {
    return this.#files?.files.length ?? this.#fileCount;
  }

  /** Queue offset of the first unit of the first file; 0 when there is no file. */
  get beginOffset(): number {
    if (this.#files !== undefined) return this.#files.minOffset / UNIT_BYTES;
    return (this.#firstFile * this.#folder.fileSizeBytes) / UNIT_BYTES;
  }

  /** True while the list of files is not made. */
  get isResting(): boolean {
    return this.#files === undefined;
  }

  /** Gives up the list of files, which can be made again: nothing of this queue is under way. */
  rest(): void {
    const files = this.#files;
    if (files === undefined) return;
    this.#firstFile = files.minOffset / files.fileSizeBytes;
    this.#fileCount = files.files.length;
    this.#files = undefined;
  }

  /** Takes ends that were written down at a clean stop, instead of finding them in the files. */
  takeEnds(ends: { beginOffset: number; fileCount: number; minOffset: number; nextOffset: number }): void {
    this.#firstFile = (ends.beginOffset * UNIT_BYTES) / this.#folder.fileSizeBytes;
    this.#fileCount = ends.fileCount;
    this.minOffset = ends.minOffset;
    this.#setEnd(ends.nextOffset);
  }

  /** First queue offset whose unit is in memory. */
  get tailOffset(): number {
    return this.#tail?.base ?? this.nextOffset;
  }

  get tailView(): DataView | undefined {
    return this.#tail?.view;
  }

  /** Adds the unit of a record; it becomes visible when the record is confirmed. */
  put(physicalOffset: number, size: number, tagsCode: number): void {
    this.#tail ??= new QueueTail(this.nextOffset);
    this.#tail.put(this.nextOffset, this.flushedOffset, physicalOffset, size, tagsCode);
    this.nextOffset += 1;
  }

  /** The unit of the record that has the next place: `queueOffset` is not looked at. */
  take(record: RecordHead, tagsCode: number): boolean {
    this.put(record.physicalOffset, record.totalSize, tagsCode);
    return true;
  }

  /** Removes the newest unit, which is not visible yet: its record did not reach the file. */
  removeNewest(): void {
    this.nextOffset -= 1;
    this.releaseTail();
  }

  /** Gives the memory back when every unit is in the files. */
  releaseTail(): void {
    if (this.flushedOffset !== this.nextOffset) return;
    this.#tail = undefined;
  }

  /** A piece of the tail to be written to one file next; undefined when all visible units are in the files. */
  nextFlush():
    | { buffer: Buffer; offset: number; length: number; file: MappedFile; position: number; upTo: number }
    | undefined {
    const tail = this.#tail;
    if (tail === undefined || this.removed || this.flushedOffset >= this.visibleOffset) return undefined;
    const from = this.flushedOffset;
    const file = this.files.fileForAppend(from * UNIT_BYTES);
    const upTo = Math.min(this.visibleOffset, file.endOffset / UNIT_BYTES);
    return {
      buffer: tail.buffer,
      offset: tail.positionOf(from),
      length: (upTo - from) * UNIT_BYTES,
      file,
      position: from * UNIT_BYTES - file.baseOffset,
      upTo,
    };
  }

  /** Reads one unit from memory or file, on the loop: for start, searches and administration. Undefined beyond the ends. */
  unitAt(queueOffset: number): QueueEntry | undefined {
    const tail = this.#tail;
    let view: DataView = unitView;
    let at = 0;
    if (tail !== undefined && queueOffset >= tail.base && queueOffset < this.nextOffset) {
      view = tail.view;
      at = tail.positionOf(queueOffset);
    } else {
      const file = this.files.fileAt(queueOffset * UNIT_BYTES);
      if (file === undefined) return undefined;
      const read = file.readSync(unitBuffer, 0, UNIT_BYTES, queueOffset * UNIT_BYTES - file.baseOffset);
      if (read < UNIT_BYTES) return undefined;
    }
    return {
      physicalOffset: readInt64(view, at),
      size: view.getInt32(at + UnitOffset.size),
      tagsCode: readInt64(view, at + UnitOffset.tagsCode),
    };
  }

  /** Reads units from one file, on the loop, as many as fit; returns their count. */
  readUnits(queueOffset: number, into: Buffer): number {
    const file = this.files.fileAt(queueOffset * UNIT_BYTES);
    if (file === undefined) return 0;
    const position = queueOffset * UNIT_BYTES - file.baseOffset;
    return Math.floor(file.readSync(into, 0, Math.min(into.length, file.sizeBytes - position), position) / UNIT_BYTES);
  }

  /** Finds the ends of the queue in its files, after they were loaded. Units beyond the first empty one are not looked at. */
  loadEnds(): void {
    this.#tail = undefined;
    this.#setEnd(findEnd(this.files.files));
    this.minOffset = firstRealUnit(this, this.beginOffset, this.nextOffset);
  }

  #setEnd(queueOffset: number): void {
    this.nextOffset = queueOffset;
    this.visibleOffset = queueOffset;
    this.flushedOffset = queueOffset;
  }

  /**
   * Drops every unit whose record begins at or behind a physical offset, and whatever lies behind those. Only while the store
   * is opened.
   */
  truncateTo(physicalOffset: number, { clearsBehindEnds, checksAll }: TruncateOptions): void {
    const end = checksAll
      ? endOfAscending(this, Math.max(this.beginOffset, this.minOffset), this.nextOffset, physicalOffset)
      : this.#endBefore(physicalOffset);
    if (end === this.nextOffset && (!clearsBehindEnds || this.#endsClear(end * UNIT_BYTES))) return;
    const file = this.files.fileAt(end * UNIT_BYTES);
    if (file !== undefined) {
      this.#removeFilesFrom(file.baseOffset + 1);
      this.#clearFrom(file, end);
    }
    this.#tail = undefined;
    this.#setEnd(end);
    this.minOffset = Math.min(this.minOffset, end);
  }

  /** Units that were dropped must not come back with the next loss of power, also where the queue gets no other ones. */
  #clearFrom(file: MappedFile, queueOffset: number): void {
    file.clearFrom(queueOffset * UNIT_BYTES - file.baseOffset);
    this.#folder.unsynced.add(file);
  }

  #removeFilesFrom(position: number): void {
    for (const file of this.files.files) if (file.baseOffset >= position) this.#folder.unsynced.delete(file);
    this.files.removeFrom(position);
  }

  #endBefore(physicalOffset: number): number {
    const last = this.isEmpty ? undefined : this.unitAt(this.nextOffset - 1);
    if (last !== undefined && last.size !== FILLER_SIZE && last.physicalOffset < physicalOffset) return this.nextOffset;
    return firstUnitFrom(this, Math.max(this.beginOffset, this.minOffset), this.nextOffset, physicalOffset);
  }

  /** True when nothing can lie behind an end. */
  #endsClear(position: number): boolean {
    const { files } = this.files;
    const file = this.files.fileAt(position);
    // An end at the end of the last file.
    if (file === undefined) return position === (files.at(-1)?.endOffset ?? 0);
    return file === files.at(-1) && isClearFrom(this.#folder.disk, file, position - file.baseOffset);
  }

  /** Its topic is deleted: removes its files; nothing of it is written any more. */
  remove(): void {
    this.removed = true;
    for (const file of this.files.files) this.#folder.unsynced.delete(file);
    this.files.removeAll();
  }

  /** Forgets everything; the queue begins at the next unit. */
  reset(): void {
    this.#removeFilesFrom(0);
    this.#tail = undefined;
    this.#setEnd(0);
    this.minOffset = 0;
  }

  get isEmpty(): boolean {
    return this.nextOffset === this.minOffset;
  }

  /**
   * Begins the queue at an offset, when the commit log no longer (or not yet) holds what came before. The units before it in
   * its file are filled, as Apache does, since an empty unit is the end of a queue.
   */
  beginAt(queueOffset: number): void {
    this.reset();
    const unitsPerFile = this.files.fileSizeBytes / UNIT_BYTES;
    this.#setEnd(queueOffset - (queueOffset % unitsPerFile));
    this.skipTo(queueOffset);
    this.minOffset = queueOffset;
  }

  /** Continues at a later offset; those in between have no record, and readers pass over them. */
  skipTo(queueOffset: number): void {
    while (this.nextOffset < queueOffset) this.put(0, FILLER_SIZE, 0);
    this.visibleOffset = this.nextOffset;
  }

  /** Removes units from an offset on, when what they were made from turned out to be wrong. Only while the store is opened. */
  cutTo(queueOffset: number): void {
    const file = this.files.fileAt(queueOffset * UNIT_BYTES);
    if (file !== undefined && this.flushedOffset > queueOffset) {
      this.#removeFilesFrom(file.baseOffset + 1);
      this.#clearFrom(file, queueOffset);
      this.flushedOffset = queueOffset;
    }
    this.nextOffset = queueOffset;
    this.visibleOffset = queueOffset;
    if (this.#tail !== undefined && queueOffset <= this.#tail.base) this.#tail = undefined;
  }

  /** Moves the readable start to the first unit whose record the commit log still holds. */
  raiseMinOffset(logMinOffset: number): void {
    const first = this.unitAt(this.minOffset);
    if (first === undefined || (first.physicalOffset >= logMinOffset && first.size !== FILLER_SIZE)) return;
    const found = firstUnitFrom(this, this.minOffset, this.visibleOffset, logMinOffset);
    // Places in front of it that never had a record here expired with the others.
    this.minOffset = firstRealUnit(this, found, this.visibleOffset);
  }
}
