import { crc32 } from 'node:zlib';
import type { Clock, Disk, Logger } from '@rocketmq-ts/kernel';
import type { IndexConfig } from '../config.ts';
import type { FilePool } from '../log/file-pool.ts';
import type { RecordHead } from '../log/record.ts';
import { loadIndexFiles, nextIndexFileName } from './folder.ts';
import { IndexFile } from './index-file.ts';
import { RecordKeys } from './keys.ts';
import { IndexShape } from './layout.ts';

/** Entries that may wait for the disk. When it takes none for so long, indexing stops until the store is opened again. */
const MAX_WAITING_ENTRIES = 512 * 1024;
/** Files whose slots are in memory; more than two at a time only where files are made very small. */
const MAX_WAITING_FILES = 64;
/** When so many entries wait, a flush is asked for before the next round. */
const ENTRIES_A_REPORT = 16 * 1024;

export interface IndexParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly pool: FilePool;
  readonly logger: Logger;
}

export interface IndexLoadOptions {
  readonly cleanStop: boolean;
  /** Entries of records stored up to then are durable, as the checkpoint says. */
  readonly durableTimestamp: number;
  /** True for the path of a file that was written by others since a clean stop. */
  readonly isChanged?: ((path: string) => boolean) | undefined;
}

/**
 * All index files: finds records by topic and key. An entry is made when its record is laid out; it is written to a file and
 * found only when the record is confirmed. Entries are derived data: where files are missing or in doubt they are made
 * again from the log, from `resumeOffset` on.
 */
export class MessageIndex {
  readonly directory: string;
  readonly shape: IndexShape;
  /** Oldest first. Only the last one grows; those before it are full, and on the disk or on their way. */
  files: IndexFile[] = [];
  /** A sync failed: what is in the files can't be trusted before the next opening has written it again. */
  inDoubt = false;
  /** Called when many entries wait for the disk. */
  onManyWaiting: (() => void) | undefined;
  readonly #disk: Disk;
  readonly #pool: FilePool;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #keys = new RecordKeys();
  /** The file that takes the next entry; it has room and its slots are in memory. */
  #growing: IndexFile | undefined;
  /** The last indexed record when the store was opened, and how many of its keys are in: what comes again is passed over. */
  #resumeOffset = -1;
  #resumeKeys = 0;
  #stopped = false;
  #reportAt = ENTRIES_A_REPORT;

  constructor(parts: IndexParts, directory: string, config: IndexConfig) {
    this.#disk = parts.disk;
    this.#pool = parts.pool;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.directory = directory;
    this.shape = new IndexShape(config);
  }

  /**
   * Finds the files. Those from the first one on that is short, broken or was changed by others are removed. Throws as the
   * disk does.
   */
  load({ cleanStop, durableTimestamp, isChanged = () => false }: IndexLoadOptions): void {
    const { directory, shape } = this;
    const parts = { disk: this.#disk, pool: this.#pool, logger: this.#logger, isChanged };
    const isInDoubt = (file: IndexFile, isLast: boolean): boolean =>
      !cleanStop && (isLast || file.endTimestamp > durableTimestamp);
    this.files = loadIndexFiles(parts, directory, shape, isInDoubt, durableTimestamp);
    this.inDoubt = this.files.some((file) => file.inDoubt);
    this.#loaded();
  }

  #loaded(): void {
    this.#growing = undefined;
    const last = this.files.findLast((file) => !file.isEmpty);
    this.#resumeOffset = last?.endPhyOffset ?? -1;
    this.#resumeKeys = 0;
    for (let i = this.files.length - 1; i >= 0; i--) {
      const file = this.files[i]!;
      if (file.isEmpty) continue;
      if (file.endPhyOffset !== this.#resumeOffset) break;
      const keys = file.entriesAtEnd();
      this.#resumeKeys += keys;
      if (keys < file.nextEntry - 1) break;
    }
  }

  /** Records before it are indexed; the one that begins there may be so in part. −1: none is. */
  get resumeOffset(): number {
    return this.#resumeOffset;
  }

  /**
   * A sum over the names and headers of all files, for a clean stop: as long as it stays the same the files hold what they
   * hold now. −1 when entries are missing in them or may not be durable.
   */
  completeState(): number {
    if (this.#stopped || this.inDoubt || this.waitingEntries > 0) return -1;
    let sum = 0;
    for (const file of this.files) {
      if (!file.exists && file.isEmpty) continue;
      if (!file.exists || !file.isSettled) return -1;
      const { name, nextEntry, beginPhyOffset, endPhyOffset, beginTimestamp, endTimestamp } = file;
      const { fileBytes } = this.shape;
      const facts = [name, fileBytes, nextEntry, beginPhyOffset, endPhyOffset, beginTimestamp, endTimestamp];
      sum = crc32(`${facts.join(' ')}\n`, sum);
    }
    return sum;
  }

  /** Entries in memory only. */
  get waitingEntries(): number {
    return this.files.reduce((count, { tail }) => count + tail.count, 0);
  }

  /** Makes the entries of a record. Records come in the order of the log; those that are indexed already are passed over. */
  put(record: RecordHead): void {
    const { physicalOffset, storeTimestamp } = record;
    if (physicalOffset < this.#resumeOffset) return;
    const keys = this.#keys;
    keys.of(record);
    let at = 0;
    if (physicalOffset === this.#resumeOffset) {
      // Its first entries were made before.
      at = this.#resumeKeys;
      this.#resumeKeys = Math.max(at, keys.count);
    }
    for (; at < keys.count; at++) this.#add(keys.hashes[at]!, physicalOffset, storeTimestamp);
  }

  #add(hash: number, physicalOffset: number, storeTimestamp: number): void {
    if (this.#stopped) return;
    let file = this.#growing;
    if (file === undefined) file = this.#nextFile();
    file.put(hash, physicalOffset, storeTimestamp);
    if (file.isFull) this.#growing = undefined;
    if (file.isFull || file.tail.count >= this.#reportAt) this.#manyWait(file);
  }

  #nextFile(): IndexFile {
    let file = this.files.at(-1);
    if (file === undefined || file.isFull) {
      const name = nextIndexFileName(this.#clock.now(), file?.name);
      const taken = {
        beginTimestamp: file?.endTimestamp ?? 0,
        endTimestamp: file?.endTimestamp ?? 0,
        beginPhyOffset: file?.endPhyOffset ?? 0,
        endPhyOffset: file?.endPhyOffset ?? 0,
        usedSlots: 0,
        nextEntry: 1,
      };
      file = new IndexFile(this.#disk, this.#pool, this.directory, name, this.shape, taken, false);
      this.files.push(file);
    }
    file.openSlots();
    this.#growing = file;
    return file;
  }

  #manyWait(file: IndexFile): void {
    this.#reportAt = file.tail.count + ENTRIES_A_REPORT;
    const waitingFiles = this.files.reduce((count, each) => count + (each.slots === undefined ? 0 : 1), 0);
    if (this.waitingEntries >= MAX_WAITING_ENTRIES || waitingFiles > MAX_WAITING_FILES) {
      this.#stopped = true;
      this.#logger.error('the disk takes no index entries; indexing stops here until the store is opened again', {
        directory: this.directory,
        waitingEntries: this.waitingEntries,
        fromOffset: file.endPhyOffset,
      });
    } else this.onManyWaiting?.();
  }

  /** Entries were written. */
  entriesWritten(): void {
    this.#reportAt = ENTRIES_A_REPORT;
  }

  /** Rolls back the entries of records at or behind an offset, newest first. What is in files is cut only while nothing is under way to them. */
  truncateTo(physicalOffset: number): void {
    for (let file = this.files.at(-1); file !== undefined; file = this.files.at(-1)) {
      // An empty file says nothing; what counts is the end of the one before it.
      const end = file.isEmpty ? this.files.at(-2)?.endPhyOffset : file.endPhyOffset;
      if (end === undefined || end < physicalOffset) break;
      const from = file.isEmpty ? 1 : file.firstFrom(physicalOffset);
      if (from > 1) {
        file.cutTo(from);
        break;
      }
      this.#drop(file);
    }
    this.#growing = undefined;
    if (this.#resumeOffset >= physicalOffset) this.#loaded();
  }

  /** Removes a file and all behind it: what they hold is made again. Only while the store is opened. */
  removeFrom(index: number): void {
    while (this.files.length > index) this.#drop(this.files.at(-1)!);
    this.#loaded();
  }

  #drop(file: IndexFile): void {
    this.files.pop();
    if (!file.exists) return;
    file.forget();
    this.#disk.remove(file.path);
    this.#disk.syncDirectory(this.directory);
  }

  /** Removes files of which every record lies before an offset; never the last one. Rejects as the disk does. */
  async removeBefore(minPhysicalOffset: number): Promise<void> {
    while (this.files.length > 1 && this.files[0]!.isSettled && this.files[0]!.endPhyOffset < minPhysicalOffset) {
      const file = this.files.shift()!;
      file.forget();
      const error = await new Promise<Error | null>((resolve) => this.#disk.removeFile(file.path, resolve));
      if (error !== null) {
        this.files.unshift(file);
        throw error;
      }
      this.#logger.info('an index file was removed', { path: file.path, endPhyOffset: file.endPhyOffset });
    }
  }
}
