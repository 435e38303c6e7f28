import type { Disk, DiskFile, OpenMode } from '@rocketmq-ts/kernel';

/** An open file on loan. */
export interface BorrowedFile {
  readonly path: string;
  readonly file: DiskFile;
  borrowers: number;
  /** Closed by whoever gives it back last. */
  forgotten: boolean;
}

/** Open files, least recently used closed first. Files on loan are never closed, so the bound may be passed by those. */
export class FilePool {
  readonly #disk: Disk;
  readonly #limit: number;
  readonly #mode: OpenMode;
  /** In order of use: a Map keeps insertion order, so the first entry is the longest unused. */
  readonly #open = new Map<string, BorrowedFile>();

  /** `mode` read: for whoever must not change anything, also on a read-only file system. */
  constructor(disk: Disk, limit: number, mode: OpenMode = 'write') {
    this.#disk = disk;
    this.#limit = limit;
    this.#mode = mode;
  }

  get openCount(): number {
    return this.#open.size;
  }

  borrow(path: string): BorrowedFile {
    let entry = this.#open.get(path);
    if (entry === undefined) {
      entry = { path, file: this.#disk.open(path, this.#mode), borrowers: 0, forgotten: false };
      this.#open.set(path, entry);
      entry.borrowers = 1;
      this.#closeUnused();
      return entry;
    } else if (this.#open.size > this.#limit / 2) {
      this.#open.delete(path);
      this.#open.set(path, entry);
    }
    entry.borrowers += 1;
    return entry;
  }

  giveBack(entry: BorrowedFile): void {
    entry.borrowers -= 1;
    if (entry.forgotten && entry.borrowers === 0) entry.file.close();
  }

  /** Closes the file of a path that is about to be removed, at once or when its last borrower is done. */
  forget(path: string): void {
    const entry = this.#open.get(path);
    if (entry === undefined) return;
    this.#open.delete(path);
    entry.forgotten = true;
    if (entry.borrowers === 0) entry.file.close();
  }

  /** Closes everything; files on loan when they come back. */
  closeAll(): void {
    for (const path of [...this.#open.keys()]) this.forget(path);
  }

  #closeUnused(): void {
    if (this.#open.size <= this.#limit) return;
    for (const [path, entry] of this.#open) {
      if (this.#open.size <= this.#limit) return;
      if (entry.borrowers === 0) this.forget(path);
    }
  }
}
