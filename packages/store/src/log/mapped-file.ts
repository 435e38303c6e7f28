import type { Disk, DiskFile, DiskReadCallback } from '@rocketmq-ts/kernel';
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

/** Creates a file at its full length, sparse and reading as zeros; its name is not durable yet. */
export function createZeros(disk: Disk, path: string, sizeBytes: number): void {
  const file = disk.open(path, 'create');
  try {
    // A file of that name that was ignored must not come back with what it held.
    file.truncate(0);
    file.truncate(sizeBytes);
  } finally {
    file.close();
  }
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
    createZeros(disk, file.path, sizeBytes);
    return file;
  }

  /** Borrows the open file; every `borrow` is followed by one `giveBack`. */
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
    this.use((file) => {
      file.truncate(position);
      file.truncate(this.sizeBytes);
    });
  }

  /** Reads bytes and writes them to where they were, so that the next sync takes them; on the loop. */
  rewriteSync(buffer: Uint8Array, length: number, position: number): void {
    this.use((file) => file.writeSync(buffer, 0, file.readSync(buffer, 0, length, position), position));
  }

  /** Makes what was written durable, on the loop: while the store is opened. */
  syncSync(): void {
    this.use((file) => file.syncSync());
  }
}
