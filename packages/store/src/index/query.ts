import { continueJavaHash, readInt64, viewOf } from '@rocketmq-ts/kernel';
import type { IndexFile } from './index-file.ts';
import {
  ENTRY_BYTES,
  ENTRY_OFFSET_AT,
  ENTRY_PREVIOUS_AT,
  ENTRY_SECONDS_AT,
  FIRST_ENTRY,
  INDEX_HEADER_BYTES,
  positiveHash,
  SLOT_BYTES,
  topicHash,
} from './layout.ts';
import type { MessageIndex } from './message-index.ts';

/** Bounds of one query: entries looked at, reads of index files, records read to be compared. */
export const QueryLimits = { entries: 4_000_000, reads: 65_536, records: 4096 } as const;
/** Entries are read in pieces, since those of a key that is used often are near each other. */
const PIECE_ENTRIES = 512;
/** An entry has its time in whole seconds, rounded down. */
const SECOND_MS = 1000;

export interface IndexQuery {
  readonly topic: string;
  readonly key: string;
  readonly maxNum: number;
  /** Store times in milliseconds, both included. */
  readonly begin: number;
  readonly end: number;
  /** Records at or behind it are not confirmed. */
  readonly confirmOffset: number;
  /** Called with the place of each record that may have the key, newest first; true when it has. */
  readonly take: (physicalOffset: number) => boolean;
  /** True: the result is not needed any more, the walk ends where it is. */
  readonly abandoned?: (() => boolean) | undefined;
  /** `complete` is false when a bound was reached or a file could not be read. */
  readonly done: (complete: boolean) => void;
}

/**
 * Walks the entries of a key from the newest file to the oldest, off the loop where they are not in memory. Stops as Apache
 * does: at `maxNum` records, and within a file at what is older than `begin`; files in any order of time are looked at, since
 * clocks are put back. Source: IndexService#queryOffset, IndexFile#selectPhyOffset.
 */
export class IndexWalk {
  readonly #query: IndexQuery;
  readonly #files: readonly IndexFile[];
  readonly #hash: number;
  #at: number;
  #found = 0;
  #entries = 0;
  #reads = 0;
  #records = 0;
  #complete = true;
  /** A record whose keys have one hash has two entries of it, next to each other in the chain. */
  #lastOffset = -1;
  #piece: Buffer | undefined;
  #view: DataView | undefined;
  #pieceFrom = 0;
  #pieceTo = 0;

  constructor(index: MessageIndex, query: IndexQuery) {
    this.#query = query;
    this.#files = [...index.files];
    this.#at = this.#files.length;
    this.#hash = positiveHash(continueJavaHash(topicHash(query.topic), query.key, 0, query.key.length));
  }

  /** Begins with the newest file. `done` may be called in the same turn. */
  start(): void {
    this.#nextFile();
  }

  #nextFile(): void {
    for (;;) {
      this.#at -= 1;
      const file = this.#files[this.#at];
      if (file === undefined || this.#found >= this.#query.maxNum) return this.#finish();
      if (!file.isEmpty && this.#mayHold(file)) return this.#readSlot(file);
    }
  }

  /** A file whose last entry is stamped earlier than its first one says nothing of the times between. */
  #mayHold({ beginTimestamp, endTimestamp }: IndexFile): boolean {
    if (endTimestamp < beginTimestamp) return true;
    return beginTimestamp <= this.#query.end && endTimestamp >= this.#query.begin;
  }

  #finish(): void {
    this.#query.done(this.#complete);
  }

  #readSlot(file: IndexFile): void {
    const slot = this.#hash % file.shape.slotCount;
    this.#pieceTo = 0;
    if (file.slots !== undefined) return this.#walk(file, file.slots.get(slot));
    const bytes = Buffer.alloc(SLOT_BYTES);
    this.#reads += 1;
    file.read(this.#wanting(bytes), SLOT_BYTES, INDEX_HEADER_BYTES + slot * SLOT_BYTES, (error) => {
      if (error !== null) this.#complete = false;
      if (this.#query.abandoned?.() === true) return this.#finish();
      this.#walk(file, error === null ? bytes.readInt32BE(0) : 0);
    });
  }

  #wanting(buffer: Buffer): () => Buffer | undefined {
    return () => (this.#query.abandoned?.() === true ? undefined : buffer);
  }

  /** From one entry to the one before it in its slot, as long as they are in memory. */
  #walk(file: IndexFile, from: number): void {
    const { tail } = file;
    let number = from;
    while (number >= FIRST_ENTRY && number < tail.next && this.#found < this.#query.maxNum) {
      let previous: number;
      let isOlder: boolean;
      if (tail.has(number)) {
        isOlder = this.#look(file, number, tail.hashOf(number), tail.offsetOf(number), tail.secondsOf(number));
        previous = tail.previousOf(number);
      } else if (number >= this.#pieceFrom && number < this.#pieceTo) {
        const view = this.#view!;
        const at = (number - this.#pieceFrom) * ENTRY_BYTES;
        const seconds = view.getInt32(at + ENTRY_SECONDS_AT);
        isOlder = this.#look(file, number, view.getInt32(at), readInt64(view, at + ENTRY_OFFSET_AT), seconds);
        previous = view.getInt32(at + ENTRY_PREVIOUS_AT);
      } else return this.#readPiece(file, number);
      // An entry names one before it; anything else is broken.
      if (isOlder || previous >= number) break;
      number = previous;
    }
    this.#nextFile();
  }

  /** True when what comes before is too old, or a bound is reached. */
  #look(file: IndexFile, number: number, hash: number, physicalOffset: number, seconds: number): boolean {
    const { begin, end, confirmOffset, take } = this.#query;
    this.#entries += 1;
    if (this.#entries > QueryLimits.entries || this.#records >= QueryLimits.records) {
      this.#complete = false;
      this.#at = 0;
      return true;
    }
    if (seconds < 0) return true;
    // Apache's broker gives the first entry of a file a time that counts from the end of the file before.
    // And where the clock was put back below a file's first entry, none has a time.
    const hasTime = number !== FIRST_ENTRY && file.endTimestamp >= file.beginTimestamp;
    const earliest = file.beginTimestamp + seconds * SECOND_MS;
    if (hasTime && earliest + SECOND_MS <= begin) return true;
    if (hash !== this.#hash || physicalOffset >= confirmOffset || physicalOffset === this.#lastOffset) return false;
    if (hasTime && earliest > end) return false;
    this.#lastOffset = physicalOffset;
    this.#records += 1;
    if (take(physicalOffset)) this.#found += 1;
    return false;
  }

  #readPiece(file: IndexFile, number: number): void {
    const first = Math.max(FIRST_ENTRY, number - PIECE_ENTRIES + 1);
    this.#reads += 1;
    if (this.#reads > QueryLimits.reads) {
      this.#complete = false;
      return this.#finish();
    }
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE_ENTRIES * ENTRY_BYTES);
    this.#view ??= viewOf(this.#piece);
    const length = (number - first + 1) * ENTRY_BYTES;
    file.read(this.#wanting(this.#piece), length, file.shape.entriesAt + first * ENTRY_BYTES, (error, bytesRead) => {
      if (this.#query.abandoned?.() === true) return this.#finish();
      if (error !== null || bytesRead < length) {
        this.#complete = false;
        return this.#nextFile();
      }
      this.#pieceFrom = first;
      this.#pieceTo = number + 1;
      this.#walk(file, number);
    });
  }
}
