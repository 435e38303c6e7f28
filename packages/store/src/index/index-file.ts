import { type Disk, type DiskFile, type DiskReadCallback, readInt64, viewOf } from '@rocketmq-ts/kernel';
import type { BorrowedFile, FilePool } from '../log/file-pool.ts';
import { firstThat } from '../log/first-that.ts';
import { createZeros } from '../log/mapped-file.ts';
import {
  ENTRY_BYTES,
  ENTRY_OFFSET_AT,
  ENTRY_PREVIOUS_AT,
  ENTRY_SECONDS_AT,
  FIRST_ENTRY,
  INDEX_HEADER_BYTES,
  type IndexHeader,
  type IndexShape,
  SLOT_BYTES,
  writeIndexHeader,
} from './layout.ts';
import { IndexSlots } from './slots.ts';
import { IndexTail } from './tail.ts';

/** Slots and entries are read in pieces of this size while the store is opened. */
const PIECE_BYTES = 1024 * 1024;

/**
 * One index file. While it grows, its slots and newest entries are in memory (`IndexFileFlush` moves them to the file);
 * once it is full and on the disk, or not yet put to, it is only read by position.
 */
export class IndexFile {
  readonly path: string;
  readonly name: string;
  readonly shape: IndexShape;
  /** What is put, whether it is in the file or not. The number of the next entry is `tail.next`. */
  beginTimestamp: number;
  endTimestamp: number;
  beginPhyOffset: number;
  endPhyOffset: number;
  readonly tail: IndexTail;
  slots: IndexSlots | undefined;
  /** What the file holds of it: the header for the entries below `tail.first`. */
  readonly flushed: IndexHeader;
  /** `flushed.nextEntry` of the header that is on the disk. */
  durableEntry: number;
  exists: boolean;
  /** What was to be written again was refused: entries may be readable and not on the disk. */
  inDoubt = false;
  readonly #disk: Disk;
  readonly #pool: FilePool;

  /** `header`: what the file has, or for a new one what it takes over from the file before it. Source: IndexFile#IndexFile. */
  constructor(
    disk: Disk,
    pool: FilePool,
    directory: string,
    name: string,
    shape: IndexShape,
    header: IndexHeader,
    exists: boolean,
  ) {
    this.#disk = disk;
    this.#pool = pool;
    this.name = name;
    this.path = `${directory}/${name}`;
    this.shape = shape;
    this.beginTimestamp = header.beginTimestamp;
    this.endTimestamp = header.endTimestamp;
    this.beginPhyOffset = header.beginPhyOffset;
    this.endPhyOffset = header.endPhyOffset;
    this.flushed = header;
    this.durableEntry = exists ? header.nextEntry : 0;
    this.exists = exists;
    this.tail = new IndexTail(header.nextEntry, shape.maxEntries);
    if (!exists) this.slots = new IndexSlots(shape.slotCount);
  }

  /** Number of the next entry. */
  get nextEntry(): number {
    return this.tail.next;
  }

  get isFull(): boolean {
    return this.tail.next >= this.shape.maxEntries;
  }

  get isEmpty(): boolean {
    return this.tail.next <= FIRST_ENTRY;
  }

  /** Everything is in the file and durable. */
  get isSettled(): boolean {
    return this.durableEntry === this.tail.next;
  }

  /** Adds an entry to a file that is not full and whose slots are in memory. */
  put(hash: number, physicalOffset: number, storeTimestamp: number): void {
    const slots = this.slots!;
    const slot = hash % this.shape.slotCount;
    const number = this.tail.next;
    if (number <= FIRST_ENTRY) {
      this.beginPhyOffset = physicalOffset;
      this.beginTimestamp = storeTimestamp;
    }
    this.tail.add(hash, physicalOffset, this.beginTimestamp, storeTimestamp, slots.get(slot));
    slots.set(slot, number);
    this.endPhyOffset = physicalOffset;
    this.endTimestamp = storeTimestamp;
  }

  /** Removes the entries from `number` on. Those that are in the file already are only removed while nothing is under way to it. */
  cutTo(number: number): void {
    const slots = this.openSlots();
    const entry = Buffer.allocUnsafe(ENTRY_BYTES);
    for (let last = this.tail.next - 1; last >= number; last--) {
      if (!this.tail.has(last)) {
        this.#readEntriesSync(entry, last, 1);
        slots.set(entry.readInt32BE(0) % this.shape.slotCount, entry.readInt32BE(ENTRY_PREVIOUS_AT));
      } else slots.set(this.tail.hashOf(last) % this.shape.slotCount, this.tail.previousOf(last));
    }
    this.tail.cutTo(number);
    if (this.flushed.nextEntry > number) {
      this.#cutFlushedTo(number);
      this.#writeHeaderSync();
      // The slots in the file still lead to what was cut.
      this.durableEntry = Math.min(this.durableEntry, number - 1);
    }
    const last = number - 1;
    if (this.tail.has(last)) {
      this.endPhyOffset = this.tail.offsetOf(last);
      this.endTimestamp = this.tail.storeTimestampOf(last);
    } else {
      this.endPhyOffset = this.flushed.endPhyOffset;
      this.endTimestamp = this.flushed.endTimestamp;
    }
  }

  /** The exact store time of an entry is not in the file; the end of its second loses no query. */
  #cutFlushedTo(number: number): void {
    const { flushed } = this;
    flushed.nextEntry = number;
    if (number <= FIRST_ENTRY) {
      flushed.endPhyOffset = this.beginPhyOffset;
      flushed.endTimestamp = this.beginTimestamp;
      flushed.usedSlots = 0;
      return;
    }
    const entry = Buffer.allocUnsafe(ENTRY_BYTES);
    this.#readEntriesSync(entry, number - 1, 1);
    const view = viewOf(entry);
    flushed.endPhyOffset = readInt64(view, ENTRY_OFFSET_AT);
    const endOfSecond = flushed.beginTimestamp + view.getInt32(ENTRY_SECONDS_AT) * 1000 + 999;
    flushed.endTimestamp = Math.min(flushed.endTimestamp, endOfSecond);
    flushed.usedSlots = this.slots?.usedCount(this.shape.slotCount) ?? flushed.usedSlots;
  }

  /**
   * Entries that were cut must not be counted any more before others take their place: after a crash they could fit again.
   * In place, so that a full disk takes it.
   */
  #writeHeaderSync(): void {
    const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
    writeIndexHeader(this.flushed, bytes);
    this.use((file) => {
      file.writeSync(bytes, 0, bytes.length, 0);
      file.syncSync();
    });
  }

  /** The slots in memory, read from the file at the first call. */
  openSlots(): IndexSlots {
    if (this.slots !== undefined) return this.slots;
    const slots = new IndexSlots(this.shape.slotCount);
    this.#eachSlotPiece((piece, at) => slots.load(piece, at, this.tail.next));
    this.slots = slots;
    return slots;
  }

  /** Nothing more is put: from here on the file is only read. */
  seal(): void {
    this.slots = undefined;
    this.tail.restartAt(this.tail.next);
  }

  /**
   * After an unclean stop: reads the entries in their order, makes the slots from them and takes the first one that does not
   * fit for the end: one whose predecessor is not what its slot had, or whose record lies before that of the entry before.
   * What was stored after `durableTimestamp` is written again: after a sync that failed the system takes its pages for clean,
   * and they are readable although they never reach the disk.
   */
  rebuild(durableTimestamp: number): void {
    const slots = new IndexSlots(this.shape.slotCount);
    const pieceEntries = Math.min(Math.floor(PIECE_BYTES / ENTRY_BYTES), this.shape.maxEntries);
    const piece = Buffer.allocUnsafe(pieceEntries * ENTRY_BYTES);
    const view = viewOf(piece);
    const end = this.flushed.nextEntry;
    let number = FIRST_ENTRY;
    let offset = this.flushed.beginPhyOffset;
    let usedSlots = 0;
    let rewriteFrom = 0;
    let fits = true;
    while (fits && number < end) {
      const count = this.#readEntriesSync(piece, number, Math.min(pieceEntries, end - number));
      if (count === 0) break;
      const first = number;
      for (let at = 0; at < count * ENTRY_BYTES; at += ENTRY_BYTES) {
        const hash = view.getInt32(at);
        const physicalOffset = readInt64(view, at + ENTRY_OFFSET_AT);
        const previous = view.getInt32(at + ENTRY_PREVIOUS_AT);
        const slot = hash % this.shape.slotCount;
        // Zeros, where a page was lost; nothing else than the first record lies at 0.
        const isZero = hash === 0 && physicalOffset === 0 && view.getInt32(at + ENTRY_SECONDS_AT) === 0;
        fits = hash >= 0 && physicalOffset >= offset && physicalOffset <= this.flushed.endPhyOffset && !isZero;
        fits &&= slots.get(slot) === previous;
        if (!fits) break;
        if (previous === 0) usedSlots += 1;
        const endOfSecond = this.flushed.beginTimestamp + view.getInt32(at + ENTRY_SECONDS_AT) * 1000 + 999;
        if (rewriteFrom === 0 && endOfSecond > durableTimestamp) {
          rewriteFrom = number;
          // The pages of its slot and of those behind it are written again.
          slots.markAllClean();
        }
        slots.set(slot, number);
        offset = physicalOffset;
        number += 1;
      }
      if (rewriteFrom > 0 && number > first) this.#rewriteSync(piece, first, Math.max(first, rewriteFrom), number);
    }
    if (rewriteFrom === 0) slots.markAllClean();
    this.#eachSlotPiece((slotPiece, at) => slots.compare(slotPiece, at));
    this.slots = slots;
    this.tail.restartAt(number);
    if (number < end) this.#cutFlushedTo(number);
    this.flushed.usedSlots = usedSlots;
    if (number < end) this.#writeHeaderSync();
    this.endPhyOffset = this.flushed.endPhyOffset;
    this.endTimestamp = this.flushed.endTimestamp;
    // The header or the slots may not be what they are taken for.
    this.durableEntry = 0;
  }

  /** Writes entries [from, to) as they were read; `piece` begins with entry `first`. A refusal leaves the file in doubt. */
  #rewriteSync(piece: Buffer, first: number, from: number, to: number): void {
    const position = this.shape.entriesAt + from * ENTRY_BYTES;
    try {
      this.use((file) => file.writeSync(piece, (from - first) * ENTRY_BYTES, (to - from) * ENTRY_BYTES, position));
    } catch {
      this.inDoubt = true;
    }
  }

  /** Entries that belong to the record at `endPhyOffset`, as far as they are in this file. */
  entriesAtEnd(): number {
    const entry = Buffer.allocUnsafe(ENTRY_BYTES);
    let count = 0;
    for (let number = this.tail.next - 1; number >= FIRST_ENTRY; number--) {
      if (this.physicalOffsetOf(number, entry) !== this.endPhyOffset) break;
      count += 1;
    }
    return count;
  }

  /** Where the record of an entry begins; read on the loop when it is in the file. */
  physicalOffsetOf(number: number, scratch = Buffer.allocUnsafe(ENTRY_BYTES)): number {
    if (this.tail.has(number)) return this.tail.offsetOf(number);
    if (this.#readEntriesSync(scratch, number, 1) === 0) return -1;
    return readInt64(viewOf(scratch), ENTRY_OFFSET_AT);
  }

  /** First entry whose record lies at or behind an offset; the next entry when none does. */
  firstFrom(physicalOffset: number): number {
    const inTail = this.tail.firstFrom(physicalOffset);
    if (inTail > this.tail.first || this.tail.first === FIRST_ENTRY) return inTail;
    const inFile = firstThat(FIRST_ENTRY, this.tail.first, (at) => this.physicalOffsetOf(at) >= physicalOffset);
    return inFile < this.tail.first ? inFile : inTail;
  }

  /** Makes the file at its full length, sparse; throws as the disk does. */
  create(directory: string): void {
    if (this.exists) return;
    this.#disk.makeDirectory(directory);
    createZeros(this.#disk, this.path, this.shape.fileBytes);
    this.#disk.syncDirectory(directory);
    this.exists = true;
  }

  borrow(): BorrowedFile {
    return this.#pool.borrow(this.path);
  }

  giveBack(borrowed: BorrowedFile): void {
    this.#pool.giveBack(borrowed);
  }

  /** Runs `work` on the open file, on the loop. */
  use<Result>(work: (file: DiskFile) => Result): Result {
    return this.#pool.use(this.path, work);
  }

  /** Closes the handle, so that the file can be removed. */
  forget(): void {
    this.#pool.forget(this.path);
  }

  /** Reads off the loop when the turn of this read has come; see `FilePool.read`. */
  read(target: () => Uint8Array | undefined, length: number, position: number, done: DiskReadCallback): void {
    this.#pool.read(this.path, target, 0, length, position, done);
  }

  readSync(buffer: Uint8Array, length: number, position: number): number {
    return this.use((file) => file.readSync(buffer, 0, length, position));
  }

  #readEntriesSync(into: Buffer, number: number, count: number): number {
    const read = this.readSync(into, count * ENTRY_BYTES, this.shape.entriesAt + number * ENTRY_BYTES);
    return Math.floor(read / ENTRY_BYTES);
  }

  #eachSlotPiece(take: (piece: Buffer, at: number) => void): void {
    const end = this.shape.slotCount * SLOT_BYTES;
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end));
    for (let at = 0; at < end; at += PIECE_BYTES) {
      const length = this.readSync(piece, Math.min(PIECE_BYTES, end - at), INDEX_HEADER_BYTES + at);
      take(piece.subarray(0, length), at);
    }
  }
}
