import type { Disk, Logger } from '@rocketmq-ts/kernel';
import { StoreError } from './errors.ts';
import type { FilePool } from './file-pool.ts';
import { MappedFile, mappedFileOffset } from './mapped-file.ts';

/** A sequence of equally long files that together hold the bytes [minOffset, …). */
export class MappedFileQueue {
  readonly directory: string;
  readonly fileSizeBytes: number;
  readonly #disk: Disk;
  readonly #pool: FilePool;
  /** By offset, without gaps. */
  readonly files: MappedFile[] = [];

  constructor(disk: Disk, pool: FilePool, directory: string, fileSizeBytes: number) {
    this.#disk = disk;
    this.#pool = pool;
    this.directory = directory;
    this.fileSizeBytes = fileSizeBytes;
  }

  /**
   * Finds the files on the disk. Foreign names are left alone with a warning; an empty last file is removed, as Apache
   * does; a file of another length is an error. A gap in the sequence ends it: what is before the gap is ignored.
   */
  load(logger: Logger): void {
    this.files.length = 0;
    for (const entry of this.#disk.list(this.directory)) {
      if (entry.isDirectory) continue;
      const offset = mappedFileOffset(entry.name);
      const path = `${this.directory}/${entry.name}`;
      if (offset === undefined || offset % this.fileSizeBytes !== 0) {
        logger.warn('a foreign file is ignored', { path });
        continue;
      }
      const size = this.#disk.stat(path)?.sizeBytes ?? 0;
      if (size === 0) {
        this.#disk.remove(path);
        continue;
      }
      if (size !== this.fileSizeBytes) {
        throw new StoreError(
          'STORE_FILE_SIZE',
          `${path} has ${size} bytes but files of ${this.fileSizeBytes} bytes are configured; set the size to what the store was written with`,
        );
      }
      const last = this.files.at(-1);
      if (last !== undefined && last.endOffset !== offset) {
        logger.error('files are missing before this one; what is older is not served', { path });
        this.files.length = 0;
      }
      this.files.push(new MappedFile(this.#pool, this.directory, offset, this.fileSizeBytes));
    }
  }

  get minOffset(): number {
    return this.files[0]?.baseOffset ?? 0;
  }

  /** The file that holds an offset, undefined when it is outside of the sequence. */
  fileAt(offset: number): MappedFile | undefined {
    const first = this.files[0];
    if (first === undefined || offset < first.baseOffset) return undefined;
    return this.files[Math.floor((offset - first.baseOffset) / this.fileSizeBytes)];
  }

  /** The file that holds an offset, created when it is the next one of the sequence (or the first at all). */
  fileForAppend(offset: number): MappedFile {
    const existing = this.fileAt(offset);
    if (existing !== undefined) return existing;
    const base = offset - (offset % this.fileSizeBytes);
    if (this.files.length === 0) this.#disk.makeDirectory(this.directory);
    const file = MappedFile.create(this.#disk, this.#pool, this.directory, base, this.fileSizeBytes);
    this.files.push(file);
    return file;
  }

  /** Forgets and removes every file that begins at or behind `offset`. */
  removeFrom(offset: number): void {
    for (let last = this.files.at(-1); last !== undefined && last.baseOffset >= offset; last = this.files.at(-1)) {
      this.files.pop();
      this.#pool.forget(last.path);
      this.#disk.remove(last.path);
    }
  }

  removeAll(): void {
    this.removeFrom(0);
    this.#disk.remove(this.directory);
  }
}
