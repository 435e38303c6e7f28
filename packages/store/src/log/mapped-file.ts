import type { Disk, DiskReadCallback } from '@rocketmq-ts/kernel';
import type { BorrowedFile, FilePool } from './file-pool.ts';

const NAME = /^\d{20}$/;

/** File name of an offset: 20 digits, zero padded. Source: UtilAll#offset2FileName. */
export function mappedFileName(offset: number): string {
  return String(offset).padStart(20, '0');
}

/** Offset that a file name means, undefined for a foreign file. */
export function mappedFileOffset(name: string): number | undefined {
  if (!NAME.test(name)) return undefined;
  const offset = Number(name);
  return Number.isSafeInteger(offset) ? offset : undefined;
}

/**
 * One file of fixed size of a sequence, named by its first offset. Apache maps it into memory; Node maps nothing, so all
 * access is by position. The handle comes from a pool and may be closed between uses.
 */
export class MappedFile {
  readonly path: string;
  readonly baseOffset: number;
  readonly sizeBytes: number;
  readonly #pool: FilePool;

  constructor(pool: FilePool, directory: string, baseOffset: number, sizeBytes: number) {
    this.path = `${directory}/${mappedFileName(baseOffset)}`;
    this.baseOffset = baseOffset;
    this.sizeBytes = sizeBytes;
    this.#pool = pool;
  }

  get directory(): string {
    return this.path.slice(0, this.path.lastIndexOf('/'));
  }

  get endOffset(): number {
    return this.baseOffset + this.sizeBytes;
  }

  /** Creates the file at its full length, sparse and reading as zeros; its name is not durable yet. */
  static create(disk: Disk, pool: FilePool, directory: string, baseOffset: number, sizeBytes: number): MappedFile {
    const file = new MappedFile(pool, directory, baseOffset, sizeBytes);
    const handle = disk.open(file.path, 'create');
    try {
      // A file of that name that was ignored must not come back with what it held.
      handle.truncate(0);
      handle.truncate(sizeBytes);
    } finally {
      handle.close();
    }
    return file;
  }

  /** Borrows the open file; every `borrow` is followed by one `giveBack`. */
  borrow(): BorrowedFile {
    return this.#pool.borrow(this.path);
  }

  giveBack(borrowed: BorrowedFile): void {
    this.#pool.giveBack(borrowed);
  }

  /** Reads off the loop when the turn of this read has come; see `FilePool.read`. */
  read(
    target: () => Uint8Array | undefined,
    offset: number,
    length: number,
    position: number,
    done: DiskReadCallback,
  ): void {
    this.#pool.read(this.path, target, offset, length, position, done);
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    const borrowed = this.#pool.borrowToRead(this.path);
    try {
      return borrowed.file.readSync(buffer, offset, length, position);
    } finally {
      this.giveBack(borrowed);
    }
  }

  /** Makes all bytes from `position` on read as zeros, so that nothing stale can be taken for a record later. */
  clearFrom(position: number): void {
    const borrowed = this.borrow();
    try {
      borrowed.file.truncate(position);
      borrowed.file.truncate(this.sizeBytes);
    } finally {
      this.giveBack(borrowed);
    }
  }

  /** Reads bytes and writes them to where they were, so that the next sync takes them; on the loop. */
  rewriteSync(buffer: Uint8Array, length: number, position: number): void {
    const borrowed = this.borrow();
    try {
      const count = borrowed.file.readSync(buffer, 0, length, position);
      borrowed.file.writeSync(buffer, 0, count, position);
    } finally {
      this.giveBack(borrowed);
    }
  }

  /** Makes what was written durable, on the loop: while the store is opened. */
  syncSync(): void {
    const borrowed = this.borrow();
    try {
      borrowed.file.syncSync();
    } finally {
      this.giveBack(borrowed);
    }
  }
}
