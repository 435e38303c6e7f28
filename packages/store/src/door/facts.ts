import type { DiskRatios } from '../expiry/disk-usage.ts';
import { BLANK_RECORD_BYTES } from '../log/record.ts';
import type { ReplicationPromise } from '../put/replication-promise.ts';
import type { StoreState } from '../put/running-state.ts';
import type { StoreCounts } from '../put/store-stats.ts';
import type { StoreParts } from './parts.ts';

/** What others may know of a store: each field is read when it is asked for. Offsets are physical ones. */
export class LiveFacts {
  readonly #parts: StoreParts;
  /** What was put and read since the start. */
  readonly counts: StoreCounts;
  /** Size of the largest record that a commit log file can hold. */
  readonly maxRecordBytes: number;
  /** Folder of the commit log. */
  readonly logDirectory: string;
  /** The process before stopped in order: the log is as long as it was. */
  startedCleanly = true;
  /** Where the last start began to read the log again. */
  replayedFrom = 0;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.counts = parts.stats;
    this.maxRecordBytes = parts.log.files.fileSizeBytes - BLANK_RECORD_BYTES;
    this.logDirectory = parts.log.files.directory;
  }

  get state(): StoreState {
    return this.#parts.running.state;
  }

  /** True when puts are taken; with too few replicas in sync those that do not wait. */
  get writable(): boolean {
    return this.#parts.running.writable;
  }

  /** True when the log of another store is taken, as a slave's is. */
  get takesRaw(): boolean {
    return this.#parts.running.takesRaw;
  }

  /** Why puts, or those that wait, are refused, in plain words; undefined when they are taken. */
  get notWritableBecause(): string | undefined {
    return this.#parts.running.notWritableBecause;
  }

  /** What puts wait for beside this store's own disk. */
  get promise(): ReplicationPromise {
    return this.#parts.marks.promise;
  }

  /** Why puts are refused as OS_PAGE_CACHE_BUSY, with the number and its limit; undefined when they are not. */
  get busyBecause(): string | undefined {
    return this.#parts.flush.pace.busyBecause;
  }

  /** The disk's answer is late; otherwise `busyBecause` is about bytes. */
  get isDiskSlow(): boolean {
    return this.#parts.flush.pace.isSlow;
  }

  /** How long the write of the log that is under way has taken, in milliseconds; 0 without one. */
  get writeTakenMs(): number {
    return this.#parts.flush.pace.writeTakenMs;
  }

  /** Puts are refused since a disk is fuller than its limit. */
  get isDiskFull(): boolean {
    return this.#parts.running.isRaised('DISK_RATIO');
  }

  /** Why the store is READ_ONLY. */
  get failure(): Error | undefined {
    return this.#parts.running.failure;
  }

  /** Start of the oldest record. */
  get minOffset(): number {
    return this.#parts.log.minOffset;
  }

  /** End of the newest record. */
  get appendOffset(): number {
    return this.#parts.log.appendOffset;
  }

  /** Start of the newest record; undefined while the log has none, and after records behind it were rolled back. */
  get lastRecordOffset(): number | undefined {
    const { puts, log } = this.#parts;
    const offset = puts.lastPhysicalOffset;
    return offset >= log.minOffset && offset < log.appendOffset ? offset : undefined;
  }

  /** Records below it are in the files. */
  get writtenOffset(): number {
    return this.#parts.log.writtenOffset;
  }

  /** Records below it are on the disk. */
  get flushedOffset(): number {
    return this.#parts.log.flushedOffset;
  }

  /** What a slave keeps of its master, see `MessageStore.keepMasterFlushedOffset`; 0 when nothing was set. */
  get masterFlushedOffset(): number {
    return this.#parts.checkpoint.masterFlushedOffset;
  }

  /** Records below it may be read. */
  get confirmOffset(): number {
    return this.#parts.marks.visible;
  }

  /** Bytes that may not be read yet. */
  get unconfirmedBytes(): number {
    return this.appendOffset - this.confirmOffset;
  }

  /** Store time of the oldest record; −1 when the log is empty or it can't be read. */
  get earliestStoreTimestamp(): number {
    return this.#parts.lookup.earliestStoreTimestamp;
  }

  /** How full the disks are; not older than a second. */
  get diskRatios(): DiskRatios {
    return this.#parts.expiry.usage.ratios();
  }
}

/** The facts as other rooms see them. */
export type StoreFacts = Readonly<Pick<LiveFacts, keyof LiveFacts>>;
