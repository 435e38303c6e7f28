import { asError, type Disk, type Logger, systemErrorCode } from '@rocketmq-ts/kernel';
import { RecordMagic } from '@rocketmq-ts/protocol';
import { isPassing } from './disk-refusal.ts';
import type { BorrowedFile, FilePool } from './file-pool.ts';
import type { LogCallTimes } from './log-call-times.ts';
import type { MappedFile } from './mapped-file.ts';
import { cutLogFiles, MappedFileQueue } from './mapped-file-queue.ts';
import { BLANK_RECORD_BYTES, layOutRecord, RECORD_OVERHEAD_BYTES, type RecordInput, recordBytes } from './record.ts';
import { type Slab, SlabTail } from './slab.ts';

/** What the log reports to its owner; called from the event loop, never from inside `append`. */
export interface CommitLogListener {
  /** Everything below the offset is in the file. */
  written(offset: number): void;
  /** Everything below the offset is on the disk. */
  flushed(offset: number): void;
  /**
   * The disk has no room for what is behind `writtenOffset`, which is where the log ends now: those records are dropped, and
   * nothing may be appended before `roomAgain`. Also called when trying again has failed.
   */
  outOfRoom(error: Error): void;
  /** After `outOfRoom` or `flushRefused`: the log can be appended to again. */
  roomAgain(): void;
  /** A file could not be opened for a flush, for a cause that passes: nothing is lost or in doubt, and `flush` tries again. */
  flushRefused(error: Error): void;
  /** The disk failed; nothing will be written or flushed any more. */
  failed(error: Error): void;
}

/** What is written behind the end to find out whether there is room again: zeros, which are no record. */
const ROOM_BYTES = 256 * 1024;

/** `append` outcomes that are not a size. */
export const APPEND_PROPERTIES_TOO_LONG = -1;
/** No commit log file can hold the record. */
export const APPEND_TOO_LARGE = -2;

/**
 * The one append-only sequence of records. `append` lays records out in memory and gives out offsets at once; `write`
 * moves them to the file (one call under way, what comes meanwhile shares the next), `flush` makes them durable (the
 * same). Three watermarks follow each other: appendOffset ≥ writtenOffset ≥ flushedOffset.
 */
export class CommitLog {
  readonly files: MappedFileQueue;
  readonly tail: SlabTail;
  readonly #logger: Logger;
  readonly #times: LogCallTimes;
  /** Slabs with unwritten bytes, oldest first; the last one is the slab that grows. */
  readonly #unwritten: Slab[] = [];
  /** Files with writes that are not flushed, oldest first. */
  readonly #unflushed: MappedFile[] = [];
  #slab: Slab | undefined;
  #file: MappedFile | undefined;
  #borrowed: BorrowedFile | undefined;
  #writeBytes = 0;
  #flushing = false;
  #error: Error | undefined;
  /** Behind the end there may be bytes of a write that was rolled back. */
  #endIsUnclean = false;
  /** Behind the end the last file was cut and made longer, which no flush has made durable. */
  #endWasTouched = false;
  #room: Buffer | undefined;
  appendOffset = 0;
  writtenOffset = 0;
  flushedOffset = 0;
  /** Set before the first `write`. */
  listener!: CommitLogListener;

  constructor(
    disk: Disk,
    pool: FilePool,
    logger: Logger,
    options: { directory: string; fileSizeBytes: number; slabBytes: number; tailSlabs: number },
    times: LogCallTimes,
  ) {
    this.#logger = logger;
    this.#times = times;
    this.files = new MappedFileQueue(disk, pool, options.directory, options.fileSizeBytes);
    this.tail = new SlabTail(options.slabBytes, options.tailSlabs);
  }

  get minOffset(): number {
    return this.files.minOffset;
  }

  get writing(): boolean {
    return this.#borrowed !== undefined;
  }

  get flushing(): boolean {
    return this.#flushing;
  }

  get failure(): Error | undefined {
    return this.#error;
  }

  /** Where the log is continued after opening: the end of the last good record. */
  startAt(offset: number): void {
    this.appendOffset = offset;
    this.writtenOffset = offset;
    this.flushedOffset = offset;
    this.#file = this.files.fileAt(offset);
  }

  /** True when a batch of records that needs at most `boundBytes` lies within the current file, or the file was rolled so that it does. */
  reserve(boundBytes: number): boolean {
    if (boundBytes + BLANK_RECORD_BYTES > this.files.fileSizeBytes) return false;
    let file = this.#file;
    if (file === undefined || this.appendOffset >= file.endOffset) file = this.#nextFile();
    if (boundBytes + BLANK_RECORD_BYTES > file.endOffset - this.appendOffset) this.#roll(file);
    // In one slab as well, so that one write takes the whole batch or nothing of it.
    const slab = this.#slab;
    if (slab === undefined || slab.room < boundBytes + BLANK_RECORD_BYTES)
      this.#openSlab(boundBytes + BLANK_RECORD_BYTES);
    return true;
  }

  /** Lays a record out at the end of the log; returns its size, or a negative APPEND_… value. Throws when a file can't be made. */
  append(input: RecordInput, topicBytes: Uint8Array, queueOffset: number, storeTimestamp: number): number {
    const bound = RECORD_OVERHEAD_BYTES + input.body.length + topicBytes.length + input.properties.length * 3;
    let file = this.#file;
    if (file === undefined || this.appendOffset >= file.endOffset) file = this.#nextFile();
    if (bound + BLANK_RECORD_BYTES > file.endOffset - this.appendOffset) {
      const exact = recordBytes(input, topicBytes);
      if (exact + BLANK_RECORD_BYTES > file.sizeBytes) return APPEND_TOO_LARGE;
      if (exact + BLANK_RECORD_BYTES > file.endOffset - this.appendOffset) file = this.#roll(file);
    }
    let slab = this.#slab;
    if (slab === undefined || slab.room < bound + BLANK_RECORD_BYTES) {
      const exact = recordBytes(input, topicBytes) + BLANK_RECORD_BYTES;
      if (slab === undefined || slab.room < exact) slab = this.#openSlab(exact);
    }
    const size = layOutRecord(
      slab.buffer,
      slab.view,
      slab.length,
      input,
      topicBytes,
      queueOffset,
      this.appendOffset,
      storeTimestamp,
    );
    if (size < 0) return APPEND_PROPERTIES_TOO_LONG;
    slab.length += size;
    this.appendOffset += size;
    return size;
  }

  /**
   * Makes the files for bytes of another store's log, which begin at the end of this one. An empty log begins where they do, at
   * the beginning of a file. Throws when a file can't be made; nothing is appended then.
   */
  reserveRaw(physicalOffset: number, bytes: number): void {
    let next = this.files.fileForAppend(physicalOffset);
    if (physicalOffset !== this.appendOffset) this.startAt(physicalOffset);
    while (next.endOffset < physicalOffset + bytes) next = this.files.fileForAppend(next.endOffset);
  }

  /** Copies one whole record, or the blank one at the end of a file, to the end of the log, after `reserveRaw`. */
  appendRaw(bytes: Buffer, position: number, size: number): void {
    let file = this.#file;
    if (file === undefined || this.appendOffset >= file.endOffset) file = this.#nextFile();
    let slab = this.#slab;
    if (slab === undefined || slab.room < size) slab = this.#openSlab(size);
    bytes.copy(slab.buffer, slab.length, position, position + size);
    slab.length += size;
    this.appendOffset += size;
    // A slab lies within one file.
    if (this.appendOffset === file.endOffset) this.#slab = undefined;
  }

  #openSlab(leastBytes: number): Slab {
    // What is written must not stay listed: the tail may give such a slab's memory to the new one.
    while (this.#unwritten.length > 0 && this.#unwritten[0]!.end <= this.writtenOffset) this.#unwritten.shift();
    const slab = this.tail.open(this.appendOffset, leastBytes, this.writtenOffset);
    this.#slab = slab;
    this.#unwritten.push(slab);
    return slab;
  }

  #nextFile(): MappedFile {
    const file = this.files.fileForAppend(this.appendOffset);
    this.#file = file;
    return file;
  }

  /** Ends a file with a blank record and continues in the next one. Source: CommitLog, end-of-file record. */
  #roll(file: MappedFile): MappedFile {
    const rest = file.endOffset - this.appendOffset;
    let slab = this.#slab;
    if (slab === undefined || slab.room < BLANK_RECORD_BYTES) slab = this.#openSlab(BLANK_RECORD_BYTES);
    slab.view.setInt32(slab.length, rest);
    slab.view.setInt32(slab.length + 4, RecordMagic.blank);
    slab.length += BLANK_RECORD_BYTES;
    this.#slab = undefined;
    this.appendOffset = file.endOffset;
    return this.#nextFile();
  }

  /** Makes the next file before it is needed, outside of any request. */
  prepareNextFile(leastRestBytes: number): void {
    const file = this.#file;
    if (file === undefined || this.#error !== undefined) return;
    if (file.endOffset - this.appendOffset < leastRestBytes) this.files.fileForAppend(file.endOffset);
  }

  /**
   * Ends the log at a record boundary, durably; at or before its first record it becomes empty, and may begin with any file.
   * All is written, and no write or flush is under way. After an error the log must not be used before it is opened again.
   */
  cutTo(offset: number): void {
    const isEmptied = offset <= this.files.minOffset;
    cutLogFiles(this.files, offset);
    this.#unwritten.length = 0;
    this.#slab = undefined;
    this.tail.cutTo(isEmptied ? 0 : offset);
    const unflushed = this.#unflushed.filter((file) => this.files.files.includes(file));
    this.#unflushed.splice(0, this.#unflushed.length, ...unflushed);
    this.#endIsUnclean = false;
    this.#endWasTouched = false;
    const flushedOffset = Math.min(this.flushedOffset, offset);
    this.startAt(isEmptied ? 0 : offset);
    if (!isEmptied) this.flushedOffset = flushedOffset;
  }

  /** Before a clean stop, when all is flushed: removes files that were made ahead. Throws when the disk does not take it. */
  tidyEnd(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.files.removeFrom(file.baseOffset + 1);
    this.#clearEnd();
    if (this.#endWasTouched) file.syncSync();
  }

  /** Starts moving what is laid out to the file, unless a write is under way. */
  write(): void {
    if (this.#borrowed !== undefined || this.#error !== undefined) return;
    let slab = this.#unwritten[0];
    while (slab !== undefined && this.writtenOffset >= slab.end && this.#unwritten.length > 1) {
      this.#unwritten.shift();
      slab = this.#unwritten[0]!;
    }
    if (slab === undefined || this.writtenOffset >= slab.end) return;
    // Between a blank record and the next file there is nothing to write.
    if (this.writtenOffset < slab.base) this.writtenOffset = slab.base;
    const file = this.files.fileAt(this.writtenOffset)!;
    if (this.#unflushed.at(-1) !== file) this.#unflushed.push(file);
    const bytes = slab.end - this.writtenOffset;
    this.#writeBytes = bytes;
    try {
      this.#borrowed = file.borrow();
    } catch (error) {
      return this.#writeFailed(asError(error), file.path);
    }
    this.#times.writeBegins(bytes);
    const { file: target } = this.#borrowed;
    const position = this.writtenOffset - file.baseOffset;
    try {
      target.write(slab.buffer, this.writtenOffset - slab.base, bytes, position, this.#written);
    } catch (error) {
      this.broken(asError(error));
    }
  }

  /** A defect around the log: what it knows of its progress may be wrong, so that nothing more is written or promised. */
  broken(error: Error): void {
    this.#fail(error, 'a defect behind the commit log', this.files.directory);
  }

  readonly #written = (error: Error | null): void => {
    const borrowed = this.#borrowed!;
    this.#borrowed = undefined;
    this.files.giveBack(borrowed);
    // A flush has failed meanwhile: what this write put there may be lost in spite of it.
    if (this.#error !== undefined) return;
    if (error !== null) return this.#writeFailed(error, borrowed.path);
    this.#times.writeEnded();
    this.writtenOffset += this.#writeBytes;
    this.listener.written(this.writtenOffset);
    this.write();
  };

  /** Nothing of a refused write counts, although some of its bytes may be in the file. */
  #writeFailed(error: Error, path: string): void {
    this.#endIsUnclean = true;
    if (!isPassing(error)) return this.#fail(error, 'a write to the commit log failed', path);
    this.#rollBack();
    try {
      this.#clearEnd();
    } catch {
      // Tried again before anything else is written there.
    }
    this.listener.outOfRoom(error);
  }

  /** Ends the log where the file ends. */
  #rollBack(): void {
    this.appendOffset = this.writtenOffset;
    this.#unwritten.length = 0;
    this.#slab = undefined;
    this.tail.cutTo(this.writtenOffset);
    this.#file = this.files.fileAt(this.writtenOffset);
  }

  /** What a refused write left behind the end must never be taken for records. Takes no space. */
  #clearEnd(): void {
    const file = this.#file;
    if (this.#endIsUnclean && file !== undefined) {
      this.#endWasTouched = true;
      file.clearFrom(this.appendOffset - file.baseOffset);
    }
    this.#endIsUnclean = false;
  }

  /**
   * After `outOfRoom`: finds out whether there is room again; the listener gets the answer. Zeros
   * are written behind the end, which takes what the next writes need.
   */
  tryForRoom(): void {
    if (this.#borrowed !== undefined || this.#error !== undefined) return;
    const offset = this.appendOffset;
    let path = this.files.directory;
    try {
      const file = this.files.fileForAppend(offset);
      path = file.path;
      this.#file = file;
      this.#clearEnd();
      const borrowed = file.borrow();
      this.#borrowed = borrowed;
      this.#room ??= Buffer.alloc(ROOM_BYTES);
      const bytes = Math.min(ROOM_BYTES, file.endOffset - offset);
      borrowed.file.write(this.#room, 0, bytes, offset - file.baseOffset, this.#triedForRoom);
    } catch (error) {
      this.#roomRefused(asError(error), path);
    }
  }

  readonly #triedForRoom = (error: Error | null): void => {
    const borrowed = this.#borrowed!;
    this.#borrowed = undefined;
    this.files.giveBack(borrowed);
    if (this.#error !== undefined) return;
    if (error !== null) return this.#roomRefused(error, borrowed.path);
    this.#room = undefined;
    this.listener.roomAgain();
    this.write();
  };

  #roomRefused(error: Error, path: string): void {
    if (isPassing(error)) this.listener.outOfRoom(error);
    else this.#fail(error, 'a write to the commit log failed', path);
  }

  /** Starts making durable what is written, unless a flush is under way or nothing is to be done. */
  flush(): void {
    if (this.#flushing || this.#error !== undefined || this.flushedOffset >= this.writtenOffset) return;
    this.#flushing = true;
    this.#times.flushBegins();
    this.#flushFile(this.writtenOffset);
  }

  #flushFile(target: number): void {
    const file = this.#unflushed[0]!;
    // Asked before the sync: a file that is still written to while it is synced has to be synced again.
    const whole = this.#unflushed.length > 1;
    let borrowed: BorrowedFile;
    try {
      borrowed = file.borrow();
    } catch (error) {
      this.#flushing = false;
      // Opening is no sync: the pages are as they were.
      if (isPassing(error)) return this.listener.flushRefused(asError(error));
      return this.#flushFailed(asError(error), file.path);
    }
    borrowed.file.sync((error) => {
      file.giveBack(borrowed);
      if (error !== null) {
        this.#flushing = false;
        return this.#flushFailed(error, file.path);
      }
      if (whole) this.#unflushed.shift();
      if (whole && this.#unflushed[0]!.baseOffset < target) return this.#flushFile(target);
      this.#flushing = false;
      this.#times.flushEnded();
      this.flushedOffset = target;
      this.listener.flushed(target);
    });
  }

  #flushFailed(error: Error, path: string): void {
    this.#fail(error, 'a flush of the commit log failed', path);
  }

  /** The page cache can't be trusted: nothing more is promised until the log is opened again. */
  #fail(error: Error, sentence: string, path: string): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#logger.error(`${sentence}; the store is read-only until it is opened again`, {
      errno: systemErrorCode(error),
      file: path,
      error,
    });
    this.listener.failed(error);
  }
}
