import type { DiskRatios } from '../expiry/disk-usage.ts';
import { BLANK_RECORD_BYTES } from '../log/record.ts';
import type { StoreState } from '../put/running-state.ts';
import type { StoreCounts } from '../put/store-stats.ts';
import type { StoreParts } from './parts.ts';

/** What others may know of a store: each field is read when it is asked for. Offsets are physical ones. */
export interface StoreFacts {
  readonly state: StoreState;
  /** True when puts are taken. */
  readonly writable: boolean;
  /** Why puts are refused, in plain words; undefined when they are taken. */
  readonly notWritableBecause: string | undefined;
  /** Puts are refused since a disk is fuller than its limit. */
  readonly isDiskFull: boolean;
  /** Why the store is READ_ONLY. */
  readonly failure: Error | undefined;
  /** Folder of the commit log. */
  readonly logDirectory: string;
  /** Start of the oldest record. */
  readonly minOffset: number;
  /** End of the newest record. */
  readonly appendOffset: number;
  /** Records below it are in the files. */
  readonly writtenOffset: number;
  /** Records below it are on the disk. */
  readonly flushedOffset: number;
  /** Records below it may be read. */
  readonly confirmOffset: number;
  /** Bytes that may not be read yet. */
  readonly unconfirmedBytes: number;
  /** Size of the largest record that a commit log file can hold. */
  readonly maxRecordBytes: number;
  /** Store time of the oldest record; −1 when the log is empty or it can't be read. */
  readonly earliestStoreTimestamp: number;
  /** How full the disks are; not older than a second. */
  readonly diskRatios: DiskRatios;
  /** The process before stopped in order: the log is as long as it was. */
  readonly startedCleanly: boolean;
  /** Where the last start began to read the log again. */
  readonly replayedFrom: number;
  /** What was put and read since the start. */
  readonly counts: StoreCounts;
}

/** Reads the facts from the parts of a store. */
export class LiveFacts implements StoreFacts {
  readonly #parts: StoreParts;
  readonly counts: StoreCounts;
  readonly maxRecordBytes: number;
  readonly logDirectory: string;
  startedCleanly = true;
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

  get writable(): boolean {
    return this.#parts.running.writable;
  }

  get notWritableBecause(): string | undefined {
    return this.#parts.running.notWritableBecause;
  }

  get isDiskFull(): boolean {
    return this.#parts.running.isRaised('DISK_RATIO');
  }

  get failure(): Error | undefined {
    return this.#parts.running.failure;
  }

  get minOffset(): number {
    return this.#parts.log.minOffset;
  }

  get appendOffset(): number {
    return this.#parts.log.appendOffset;
  }

  get writtenOffset(): number {
    return this.#parts.log.writtenOffset;
  }

  get flushedOffset(): number {
    return this.#parts.log.flushedOffset;
  }

  get confirmOffset(): number {
    return this.#parts.marks.visible;
  }

  get unconfirmedBytes(): number {
    return this.appendOffset - this.confirmOffset;
  }

  get earliestStoreTimestamp(): number {
    return this.#parts.lookup.earliestStoreTimestamp;
  }

  get diskRatios(): DiskRatios {
    return this.#parts.expiry.ratios();
  }
}
