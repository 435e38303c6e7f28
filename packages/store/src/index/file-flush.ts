import type { IndexFile } from './index-file.ts';
import { ENTRY_BYTES, ENTRY_PREVIOUS_AT, INDEX_HEADER_BYTES, writeIndexHeader } from './layout.ts';
import type { SlotRun } from './slots.ts';

/** A call to make to the file next. */
export type FlushStep =
  | {
      readonly call: 'WRITE';
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly length: number;
      readonly position: number;
    }
  | { readonly call: 'SYNC' };

const SYNC: FlushStep = { call: 'SYNC' };
type Phase = 'ENTRIES' | 'SLOTS' | 'SYNC_CONTENT' | 'HEADER' | 'SYNC_HEADER' | 'END';

/**
 * What has to be done so that a file holds its entries below a number, step by step: the caller makes the calls, on the loop or
 * off it, asks for the `next` one and reports how it ended. Durable: entries and slots are synced before the header counts them,
 * so that after a crash the header never counts more than what is there.
 */
export class IndexFileFlush {
  readonly #file: IndexFile;
  readonly #target: number;
  #durable: boolean;
  #phase: Phase = 'ENTRIES';
  #piece: { bytes: Buffer; offset: number; count: number } | undefined;
  #run: SlotRun | undefined;
  readonly #header = Buffer.alloc(INDEX_HEADER_BYTES);
  #headerEntry = 0;

  constructor(file: IndexFile, target: number, durable: boolean) {
    this.#file = file;
    this.#target = target;
    this.#durable = durable;
  }

  /** Undefined at the end. */
  next(): FlushStep | undefined {
    switch (this.#phase) {
      case 'ENTRIES':
        return this.#nextEntries();
      case 'SLOTS':
        return this.#nextSlots();
      case 'HEADER':
        this.#headerEntry = this.#file.flushed.nextEntry;
        writeIndexHeader(this.#file.flushed, this.#header);
        return { call: 'WRITE', bytes: this.#header, offset: 0, length: INDEX_HEADER_BYTES, position: 0 };
      case 'END':
        return undefined;
      default:
        return SYNC;
    }
  }

  #nextEntries(): FlushStep | undefined {
    const { tail, shape } = this.#file;
    if (tail.first < Math.min(this.#target, tail.next)) {
      const piece = tail.piece(tail.first, Math.min(this.#target, tail.next));
      this.#piece = piece;
      return {
        call: 'WRITE',
        bytes: piece.bytes,
        offset: piece.offset,
        length: piece.count * ENTRY_BYTES,
        position: shape.entriesAt + tail.first * ENTRY_BYTES,
      };
    }
    this.#durable &&= this.#file.durableEntry !== tail.first;
    this.#phase = this.#durable ? 'SLOTS' : 'END';
    this.#file.slots?.beginRuns();
    return this.next();
  }

  #nextSlots(): FlushStep | undefined {
    const { tail } = this.#file;
    const run = this.#file.slots?.takeRun(tail.first, (entry) => tail.previousOf(entry));
    this.#run = run;
    if (run === undefined) {
      this.#phase = 'SYNC_CONTENT';
      return SYNC;
    }
    return { call: 'WRITE', bytes: run.bytes, offset: 0, length: run.length, position: INDEX_HEADER_BYTES + run.at };
  }

  succeeded(): void {
    const file = this.#file;
    if (this.#phase === 'ENTRIES') this.#entriesWritten();
    else if (this.#phase === 'SYNC_CONTENT') this.#phase = 'HEADER';
    else if (this.#phase === 'HEADER') this.#phase = 'SYNC_HEADER';
    else if (this.#phase === 'SYNC_HEADER') {
      file.durableEntry = this.#headerEntry;
      this.#phase = 'END';
    }
  }

  #entriesWritten(): void {
    const { tail, flushed } = this.#file;
    const { bytes, offset, count } = this.#piece!;
    // Nothing was removed meanwhile: only entries of confirmed records are written.
    const last = tail.first + count - 1;
    for (let at = offset; at < offset + count * ENTRY_BYTES; at += ENTRY_BYTES) {
      if (bytes.readInt32BE(at + ENTRY_PREVIOUS_AT) === 0) flushed.usedSlots += 1;
    }
    flushed.nextEntry = last + 1;
    flushed.beginPhyOffset = this.#file.beginPhyOffset;
    flushed.beginTimestamp = this.#file.beginTimestamp;
    flushed.endPhyOffset = tail.offsetOf(last);
    flushed.endTimestamp = tail.storeTimestampOf(last);
    tail.releaseBelow(last + 1);
  }

  /** The call did not succeed: what it was about is due again. */
  failed(): void {
    if (this.#phase === 'SLOTS' && this.#run !== undefined) this.#file.slots?.markDirty(this.#run.at, this.#run.length);
    this.#file.durableEntry = Math.min(this.#file.durableEntry, this.#file.tail.first - 1);
    this.#phase = 'END';
  }
}
