import { asError, type Disk, type DiskFile, type DiskReadCallback, type OpenMode } from '@rocketmq-ts/kernel';
import { isOutOfHandles, isReadableStill } from './disk-refusal.ts';
import { ReadLane } from './read-lane.ts';

/** Reads at the same time: half of libuv's threads. */
const CONCURRENT_READS = 2;

/** An open file on loan. */
export interface BorrowedFile {
  readonly path: string;
  readonly file: DiskFile;
  borrowers: number;
  /** It is closed when its last borrower gives it back. */
  forgotten: boolean;
}

/** Open files, least recently used closed first. Files on loan are never closed, so the bound may be passed by those. */
export class FilePool {
  readonly #disk: Disk;
  readonly #limit: number;
  readonly #mode: OpenMode;
  readonly #reads = new ReadLane(CONCURRENT_READS);
  /** In order of use: a Map keeps insertion order, so the first entry is the longest unused. */
  readonly #open = new Map<string, BorrowedFile>();

  /** `mode` read: for tools that must not change anything, also on a read-only file system. */
  constructor(disk: Disk, limit: number, mode: OpenMode = 'write') {
    this.#disk = disk;
    this.#limit = limit;
    this.#mode = mode;
  }

  borrow(path: string): BorrowedFile {
    return this.#borrow(path, path, this.#mode);
  }

  /** Runs `work` on the open file, on the loop. */
  use<Result>(path: string, work: (file: DiskFile) => Result): Result {
    const borrowed = this.borrow(path);
    try {
      return work(borrowed.file);
    } finally {
      this.giveBack(borrowed);
    }
  }

  /** As `borrow`, for reading only: also where the disk takes no writes any more. */
  borrowToRead(path: string): BorrowedFile {
    if (this.#open.has(path)) return this.#borrow(path, path, this.#mode);
    const key = readKey(path);
    if (!this.#open.has(key)) {
      try {
        return this.#borrow(path, path, this.#mode);
      } catch (error) {
        if (!isReadableStill(error)) throw error;
      }
    }
    return this.#borrow(key, path, 'read');
  }

  /**
   * Reads off the loop, a few at a time. `target` is asked for the buffer when the turn of this read has come: undefined
   * gives it up, and `done` gets no byte. A file that can't be opened is an error of the read.
   */
  read(
    path: string,
    target: () => Uint8Array | undefined,
    offset: number,
    length: number,
    position: number,
    done: DiskReadCallback,
  ): void {
    this.#reads.enter(() => {
      const buffer = target();
      if (buffer === undefined) {
        this.#reads.leave();
        return done(null, 0);
      }
      let borrowed: BorrowedFile;
      try {
        borrowed = this.borrowToRead(path);
      } catch (error) {
        this.#reads.leave();
        return done(asError(error), 0);
      }
      borrowed.file.read(buffer, offset, length, position, (error, bytesRead) => {
        this.giveBack(borrowed);
        this.#reads.leave();
        done(error, bytesRead);
      });
    });
  }

  #borrow(key: string, path: string, mode: OpenMode): BorrowedFile {
    let entry = this.#open.get(key);
    if (entry === undefined) {
      entry = { path, file: this.#openFile(path, mode), borrowers: 0, forgotten: false };
      this.#open.set(key, entry);
      entry.borrowers = 1;
      this.#closeUnused(this.#limit);
      return entry;
    } else if (this.#open.size > this.#limit / 2) {
      this.#open.delete(key);
      this.#open.set(key, entry);
    }
    entry.borrowers += 1;
    return entry;
  }

  /** Where no handle is left some are given back first: a system may allow less than the bound. */
  #openFile(path: string, mode: OpenMode): DiskFile {
    try {
      return this.#disk.open(path, mode);
    } catch (error) {
      if (!isOutOfHandles(error) || this.#open.size === 0) throw error;
      this.#closeUnused(this.#open.size / 2);
      return this.#disk.open(path, mode);
    }
  }

  giveBack(entry: BorrowedFile): void {
    entry.borrowers -= 1;
    if (entry.forgotten && entry.borrowers === 0) entry.file.close();
  }

  /** Closes the file of a path that is about to be removed, at once or when its last borrower is done. */
  forget(path: string): void {
    this.#forget(path);
    this.#forget(readKey(path));
  }

  #forget(key: string): void {
    const entry = this.#open.get(key);
    if (entry === undefined) return;
    this.#open.delete(key);
    entry.forgotten = true;
    if (entry.borrowers === 0) entry.file.close();
  }

  /** Closes everything; files on loan when they come back. */
  closeAll(): void {
    for (const key of [...this.#open.keys()]) this.#forget(key);
  }

  #closeUnused(limit: number): void {
    if (this.#open.size <= limit) return;
    for (const [key, entry] of this.#open) {
      if (this.#open.size <= limit) return;
      if (entry.borrowers === 0) this.#forget(key);
    }
  }
}

/** A file may be open twice, since a handle for reading is of no use to a writer. */
function readKey(path: string): string {
  return `${path}\0read`;
}
