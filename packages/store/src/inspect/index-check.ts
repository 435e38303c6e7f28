import { readInt64, viewOf } from '@rocketmq-ts/kernel';
import { isIndexed } from '../dispatch/dispatch.ts';
import { RecordKeys } from '../index/keys.ts';
import {
  ENTRY_BYTES,
  ENTRY_OFFSET_AT,
  ENTRY_PREVIOUS_AT,
  ENTRY_SECONDS_AT,
  FIRST_ENTRY,
  INDEX_HEADER_BYTES,
  SLOT_BYTES,
  secondsSince,
} from '../index/layout.ts';
import type { MappedFileQueue } from '../log/mapped-file-queue.ts';
import type { RecordHead } from '../log/record.ts';
import { LogScan } from '../log/scan.ts';
import type { FindingKind } from './findings.ts';
import { type IndexFileHeader, indexCapacity } from './index-files.ts';
import type { DamagedPlace } from './log-walk.ts';
import { isIn } from './queue-check.ts';
import type { StoreView } from './store-view.ts';

const ENTRIES_READ = 50_000;
const SLOTS_READ = 250_000;

/**
 * Holds the index files against the records of the log, in step with a walk through it: keys were entered in the order of
 * the log, so the next key of a record belongs to the next entry. Memory: one piece of entries, and the slots of one file.
 * Source: IndexService#buildIndex, IndexFile#putKey.
 */
export class IndexCheck {
  readonly #store: StoreView;
  readonly #damaged: readonly DamagedPlace[];
  readonly #files: readonly IndexFileHeader[];
  readonly #bytes = Buffer.allocUnsafeSlow(ENTRIES_READ * ENTRY_BYTES);
  readonly #view = viewOf(this.#bytes);
  readonly #cursor = this.#entries();
  /** File, number and place in `#bytes` of the entry under the cursor; no file behind the last one. */
  #file: IndexFileHeader | undefined;
  #entry = 0;
  #at = 0;
  #lastPhysicalOffset = -1;
  readonly #keys = new RecordKeys();
  /** For entries that lead back to a record which the walk has passed. */
  #lookBack: { readonly run: MappedFileQueue; readonly scan: LogScan } | undefined;

  constructor(store: StoreView, damaged: readonly DamagedPlace[]) {
    this.#store = store;
    this.#damaged = damaged;
    this.#files = store.index.files.filter((file) => this.#isUsable(file));
    this.#cursor.next();
  }

  get entryCount(): number {
    return this.#files.reduce((sum, file) => sum + file.entryCount, 0);
  }

  #isUsable(file: IndexFileHeader): boolean {
    if (file.slotCount > 0 && file.entryCount <= indexCapacity(file)) return true;
    const detail = `${file.sizeBytes} bytes, ${file.entryCount} entries`;
    this.#store.findings.add('INDEX_FILE_SIZE', file.path, undefined, detail);
    return false;
  }

  /** The next record of the log. */
  visit(head: RecordHead): void {
    if (this.#files.length === 0) return;
    if (!isIndexed(head.sysFlag)) return;
    this.#passEntriesBefore(head.physicalOffset);
    const keys = this.#keys;
    keys.of(head);
    // Brokers before 5.4.0 make no entry of the tags.
    const wanted = keys.hasTags ? keys.count - 1 : keys.count;
    // A file that begins within the record's keys: those before lie in a file that may have been removed.
    const first = this.#entry === FIRST_ENTRY;
    let found = 0;
    while (this.#file !== undefined && this.#entryOffset === head.physicalOffset) {
      const at = keys.indexOf(this.#entryHash);
      if (at >= 0) {
        this.#checkTime(head);
        if (at < wanted) found += 1;
      } else this.#report('INDEX_ENTRY_WITHOUT_KEY', `the record at ${head.physicalOffset} has no such key`);
      this.#cursor.next();
    }
    if (found < wanted) this.#missing(head, wanted - found, first);
    this.#lastPhysicalOffset = head.physicalOffset;
  }

  /** After the last record. */
  finish(logEnd: number): void {
    while (this.#file !== undefined) {
      const offset = this.#entryOffset;
      if (this.#store.cleanStop || offset < logEnd) this.#stray(offset);
      this.#cursor.next();
    }
  }

  /** Entries that no record came for. */
  #passEntriesBefore(physicalOffset: number): void {
    while (this.#file !== undefined && this.#entryOffset < physicalOffset) {
      const offset = this.#entryOffset;
      // After a crash the last record may be entered a second time.
      const again = offset === this.#lastPhysicalOffset;
      if (!again) this.#stray(offset);
      this.#cursor.next();
    }
  }

  #stray(offset: number): void {
    const { log } = this.#store;
    if (offset < log.minOffset || isIn(this.#damaged, offset) || isIn(log.missing, offset)) return;
    if (this.#hasItsKey(offset)) return this.#report('INDEX_AGAIN', `it leads back to ${offset}`);
    this.#report('INDEX_ENTRY_WITHOUT_KEY', `it leads to ${offset}`);
  }

  /** True when the record at an offset has the key of the entry under the cursor. */
  #hasItsKey(offset: number): boolean {
    for (const run of this.#store.log.runs) {
      const file = run.fileAt(offset);
      if (file === undefined) continue;
      if (this.#lookBack === undefined || this.#lookBack.run !== run) {
        this.#lookBack = { run, scan: new LogScan(run) };
      }
      const { scan } = this.#lookBack;
      if (scan.recordAt(file, offset) !== 'RECORD') return false;
      this.#keys.of(scan.head);
      return this.#keys.indexOf(this.#entryHash) >= 0;
    }
    return false;
  }

  #missing(head: RecordHead, count: number, first: boolean): void {
    const { findings, log, cleanStop } = this.#store;
    const atEnd = this.#file === undefined;
    const between = !atEnd && (first || this.#entry === FIRST_ENTRY);
    const { file, position } = log.place(head.physicalOffset);
    const kind = atEnd && !cleanStop ? 'KEY_PENDING' : between ? 'KEY_NOT_COVERED' : 'KEY_NOT_INDEXED';
    findings.add(kind, file, position, `queue offset ${head.queueOffset} of ${head.topic}/${head.queueId}`, count);
  }

  #checkTime(head: RecordHead): void {
    const wanted = secondsSince(this.#file!.beginTimestamp, head.storeTimestamp);
    const seconds = this.#view.getInt32(this.#at + ENTRY_SECONDS_AT);
    if (seconds === wanted) return;
    this.#report('INDEX_TIME', `${seconds} s after the file's begin instead of ${wanted} s`);
  }

  get #entryHash(): number {
    return this.#view.getInt32(this.#at);
  }

  get #entryOffset(): number {
    return readInt64(this.#view, this.#at + ENTRY_OFFSET_AT);
  }

  #report(kind: FindingKind, detail: string): void {
    const file = this.#file!;
    this.#store.findings.add(kind, file.path, entryPosition(file, this.#entry), `entry ${this.#entry}: ${detail}`);
  }

  /** Moves the cursor from entry to entry, follows their chains, and looks at the slots behind the last one of a file. */
  *#entries(): Generator<void, void, void> {
    for (const file of this.#files) {
      if (file.entryCount === 0) continue;
      /** Newest entry of each slot so far. */
      const slots = new Int32Array(file.slotCount);
      this.#file = file;
      for (let first = FIRST_ENTRY; first <= file.entryCount; first += ENTRIES_READ) {
        const count = Math.min(ENTRIES_READ, file.entryCount - first + 1);
        this.#bytes.fill(0, 0, count * ENTRY_BYTES);
        this.#read(file.path, this.#bytes, count * ENTRY_BYTES, entryPosition(file, first));
        for (this.#entry = first; this.#entry < first + count; this.#entry++) {
          this.#at = (this.#entry - first) * ENTRY_BYTES;
          const hash = this.#entryHash;
          const slot = hash < 0 ? 0 : hash % file.slotCount;
          const previous = this.#view.getInt32(this.#at + ENTRY_PREVIOUS_AT);
          if (previous !== slots[slot]) {
            this.#report('INDEX_CHAIN', `the one before it is ${previous} instead of ${slots[slot]}`);
          }
          slots[slot] = this.#entry;
          yield;
        }
      }
      this.#checkSlots(file, slots);
    }
    this.#file = undefined;
  }

  /** Each slot has to hold its newest entry; while a broker runs the last file's may be ahead of the header. */
  #checkSlots(file: IndexFileHeader, slots: Int32Array): void {
    if (!this.#store.cleanStop && file === this.#files.at(-1)) return;
    const bytes = Buffer.allocUnsafe(SLOTS_READ * SLOT_BYTES);
    for (let from = 0; from < file.slotCount; from += SLOTS_READ) {
      const count = Math.min(SLOTS_READ, file.slotCount - from);
      const position = INDEX_HEADER_BYTES + from * SLOT_BYTES;
      bytes.fill(0, 0, count * SLOT_BYTES);
      this.#read(file.path, bytes, count * SLOT_BYTES, position);
      for (let i = 0; i < count; i++) {
        const entry = bytes.readInt32BE(i * SLOT_BYTES);
        const wanted = slots[from + i]!;
        if (entry === wanted) continue;
        const detail = `slot ${from + i} holds ${entry} instead of ${wanted}`;
        this.#store.findings.add('INDEX_CHAIN', file.path, position + i * SLOT_BYTES, detail);
      }
    }
  }

  #read(path: string, into: Buffer, length: number, position: number): void {
    this.#store.pool.use(path, (file) => file.readSync(into, 0, length, position));
  }
}

function entryPosition(file: IndexFileHeader, entry: number): number {
  return INDEX_HEADER_BYTES + file.slotCount * SLOT_BYTES + entry * ENTRY_BYTES;
}
