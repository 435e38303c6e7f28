import type { Disk, Logger } from '@rocketmq-ts/kernel';
import { StoreError } from '../errors.ts';
import type { BorrowedFile, FilePool } from './file-pool.ts';
import { MappedFile, mappedFileOffset } from './mapped-file.ts';
import { isZero } from './zeros.ts';

/** More missing files are no accident: what lies before them is left over from another log in this folder. */
const MAX_BRIDGED_FILES = 16;

export interface LoadLogOptions {
  readonly cleanStop: boolean;
  /** Size of the files that the store was written with; 0: not known. */
  readonly savedFileBytes: number;
}

/** What `loadDerived` found. */
export interface DerivedFiles {
  /** False when files are missing or can't be used, so that what they held is to be built again. */
  readonly complete: boolean;
  /** Paths of files that can't be used; they are still there. */
  readonly unusable: readonly string[];
}

/** A sequence of equally long files that together hold the bytes [minOffset, …). */
export class MappedFileQueue {
  readonly directory: string;
  readonly fileSizeBytes: number;
  readonly #unsyncedNames: Set<string> | undefined;
  readonly #disk: Disk;
  readonly #pool: FilePool;
  /** By offset, without gaps. */
  readonly files: MappedFile[] = [];

  /**
   * With `unsyncedNames` the folder is added there when files come or go, instead of being synced at once: that takes a fifth
   * of a millisecond on the loop, and a twentieth of it behind the sync of the file.
   */
  constructor(disk: Disk, pool: FilePool, directory: string, fileSizeBytes: number, unsyncedNames?: Set<string>) {
    this.#unsyncedNames = unsyncedNames;
    this.#disk = disk;
    this.#pool = pool;
    this.directory = directory;
    this.fileSizeBytes = fileSizeBytes;
  }

  /**
   * Finds the files of the commit log. Foreign names are left alone with a warning; an empty last file is removed, as
   * Apache does. One of another length is given its length where that is known to be right: by the size that was saved, by
   * another file, or for a shorter one after an unclean stop, since a crash right after its creation leaves it so; else it is
   * an error: then the configuration is likely to be wrong. A few files that are missing in between are made anew, empty;
   * where many are, what is older is not served. Returns the first offset of the first file that was changed or made; infinity
   * without one.
   */
  loadLog(logger: Logger, { cleanStop, savedFileBytes }: LoadLogOptions): number {
    this.files.length = 0;
    const found = this.#find(logger);
    let mendedFrom = Number.POSITIVE_INFINITY;
    const hasSize = found.some(({ sizeBytes }) => sizeBytes === this.fileSizeBytes);
    const isRight = savedFileBytes === 0 ? hasSize : savedFileBytes === this.fileSizeBytes;
    for (const [i, { offset, path, sizeBytes }] of found.entries()) {
      if (sizeBytes === 0 && i === found.length - 1) {
        this.#disk.remove(path);
        this.#syncNames();
        continue;
      }
      if (sizeBytes !== this.fileSizeBytes) {
        if (!isRight && (cleanStop || sizeBytes > this.fileSizeBytes)) throw this.#wrongSize(path, sizeBytes);
        const sentence = 'a file of the commit log has another length than it should; it is given its length';
        logger[cleanStop ? 'error' : 'warn'](sentence, { path, sizeBytes, rightBytes: this.fileSizeBytes });
        const file = this.#disk.open(path, 'write');
        file.truncate(this.fileSizeBytes);
        file.close();
        mendedFrom = Math.min(mendedFrom, offset);
      }
      const file = new MappedFile(this.#pool, this.directory, offset, this.fileSizeBytes);
      const last = this.files.at(-1);
      if (last !== undefined && last.endOffset !== offset) {
        if (isUnused(file)) {
          logger.warn('a file is ignored that holds nothing and does not follow the one before', { path });
          continue;
        }
        if (offset - last.endOffset <= MAX_BRIDGED_FILES * this.fileSizeBytes) {
          mendedFrom = Math.min(mendedFrom, last.endOffset);
          this.#bridge(last.endOffset, offset, logger);
        } else {
          logger.error('files are missing before this one; what is older is not served', { path });
          this.files.length = 0;
        }
      }
      this.files.push(file);
    }
    return mendedFrom;
  }

  /**
   * Finds files that can be built again. Those from the first one on that is missing or has another length can't be used, and
   * are left to the caller to remove. Where another size than the configured one was saved (`savedFileBytes`; 0: none), a file
   * of that size is an error: to build all queues again would lose the ends of those whose records expired.
   */
  loadDerived(logger: Logger, savedFileBytes: number): DerivedFiles {
    this.files.length = 0;
    let complete = true;
    const unusable: string[] = [];
    const found = this.#find(logger);
    for (const [i, { offset, path, sizeBytes }] of found.entries()) {
      const isOtherSize = sizeBytes === savedFileBytes && savedFileBytes > 0 && sizeBytes !== this.fileSizeBytes;
      if (isOtherSize) throw this.#wrongSize(path, sizeBytes);
      const last = this.files.at(-1);
      const follows = last === undefined || last.endOffset === offset;
      if (complete && follows && sizeBytes === this.fileSizeBytes) {
        this.files.push(new MappedFile(this.#pool, this.directory, offset, this.fileSizeBytes));
        continue;
      }
      unusable.push(path);
      // An empty file at the end is one that a crash left right after its creation.
      if (sizeBytes === 0 && i === found.length - 1 && complete && follows) continue;
      logger.warn('a file has another length than it should, or one before it is missing; it is built again', {
        path,
        sizeBytes,
      });
      complete = false;
    }
    return { complete, unusable };
  }

  /** Takes files that are known to be there, without a look at the disk. */
  take(offset: number, count: number): void {
    for (let i = 0; i < count; i++) {
      this.files.push(new MappedFile(this.#pool, this.directory, offset + i * this.fileSizeBytes, this.fileSizeBytes));
    }
  }

  #find(logger: Logger): { offset: number; path: string; sizeBytes: number }[] {
    const found: { offset: number; path: string; sizeBytes: number }[] = [];
    for (const entry of this.#disk.list(this.directory)) {
      const offset = mappedFileOffset(entry.name);
      const path = `${this.directory}/${entry.name}`;
      if (entry.isDirectory || offset === undefined || offset % this.fileSizeBytes !== 0) {
        logger.warn(`a foreign ${entry.isDirectory ? 'folder' : 'file'} is ignored`, { path });
        continue;
      }
      found.push({ offset, path, sizeBytes: this.#disk.stat(path)?.sizeBytes ?? 0 });
    }
    return found;
  }

  /** Takes the places of missing files with empty ones: what lies before and behind them stays readable. */
  #bridge(from: number, to: number, logger: Logger): void {
    for (let offset = from; offset < to; offset += this.fileSizeBytes) {
      const file = MappedFile.create(this.#disk, this.#pool, this.directory, offset, this.fileSizeBytes);
      this.#syncNames();
      logger.error('a file in the middle is missing; an empty one takes its place, its messages are lost', {
        path: file.path,
      });
      this.files.push(file);
    }
  }

  #syncNames(): void {
    if (this.#unsyncedNames === undefined) this.#disk.syncDirectory(this.directory);
    else this.#unsyncedNames.add(this.directory);
  }

  #wrongSize(path: string, sizeBytes: number): StoreError {
    return new StoreError(
      'STORE_FILE_SIZE',
      `${path} has ${sizeBytes} bytes but files of ${this.fileSizeBytes} bytes are configured; set the size to what the store was written with`,
    );
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
    this.#syncNames();
    this.files.push(file);
    return file;
  }

  /** Forgets and removes every file that begins at or behind `offset`, so that no crash brings one back. */
  removeFrom(offset: number): void {
    const before = this.files.length;
    for (let last = this.files.at(-1); last !== undefined && last.baseOffset >= offset; last = this.files.at(-1)) {
      this.files.pop();
      this.#pool.forget(last.path);
      this.#disk.remove(last.path);
    }
    if (this.files.length < before) this.#syncNames();
  }

  /**
   * Takes the oldest file out of the sequence at once, for good: it is not found any more, while reads of it that have begun
   * end as usual. Resolves with null when it is durably removed; where the disk refuses, with its error, and the file is back in its place.
   */
  async removeFirst(): Promise<Error | null> {
    const first = this.files.shift();
    if (first === undefined) return null;
    this.#pool.forget(first.path);
    const error = await new Promise<Error | null>((resolve) => this.#disk.removeFile(first.path, resolve));
    if (error !== null && this.files[0]?.baseOffset === first.endOffset) this.files.unshift(first);
    return error;
  }

  giveBack(borrowed: BorrowedFile): void {
    this.#pool.giveBack(borrowed);
  }

  removeAll(): void {
    this.removeFrom(0);
    this.#disk.remove(this.directory);
  }
}

/**
 * Removes what a log has at an offset and behind it, durably, the last file first; at or before its beginning all files. May be
 * done again after a crash at any step. Throws the disk's error.
 */
export function cutLogFiles(files: MappedFileQueue, offset: number): void {
  if (offset <= files.minOffset) return files.removeFrom(0);
  const last = files.fileAt(offset);
  files.removeFrom(last === undefined ? offset : last.baseOffset + 1);
  if (last === undefined) return;
  last.clearFrom(offset - last.baseOffset);
  last.syncSync();
}

/** True for a file that holds no record: none has zero for its first bytes. */
export function isUnused(file: MappedFile): boolean {
  const head = Buffer.alloc(8);
  file.readSync(head, 0, head.length, 0);
  return isZero(head);
}
