import { type DiskFile, readInt64, viewOf } from '@rocketmq-ts/kernel';
import {
  ENTRY_BYTES,
  ENTRY_OFFSET_AT,
  ENTRY_PREVIOUS_AT,
  FIRST_ENTRY,
  INDEX_HEADER_BYTES,
  SLOT_BYTES,
} from '../index/layout.ts';

/** Entries for each slot where nothing else is configured. Source: MessageStoreConfig. */
const ENTRIES_PER_SLOT = 4;
const ENTRIES_READ = 50_000;

/** How many slots an index file of this length has with Apache's proportion of slots to entries; 0 when it has another one. */
export function usualSlotCount(sizeBytes: number): number {
  const slots = (sizeBytes - INDEX_HEADER_BYTES) / (SLOT_BYTES + ENTRIES_PER_SLOT * ENTRY_BYTES);
  return Number.isInteger(slots) && slots > 0 ? slots : 0;
}

/** What the search knows of a file. */
export interface SearchedHeader {
  readonly sizeBytes: number;
  readonly beginPhysicalOffset: number;
  readonly endPhysicalOffset: number;
  readonly entryCount: number;
}

/** An index file whose count of slots, which is nowhere in it, is found by what its first and last entries say. */
export class SlotCountSearch {
  readonly #file: DiskFile;
  readonly #header: SearchedHeader;
  readonly #entry = new DataView(new ArrayBuffer(ENTRY_BYTES));

  constructor(file: DiskFile, header: SearchedHeader) {
    this.#file = file;
    this.#header = header;
  }

  /** True when with so many slots the entries lie where the header and the slot of the last one have them. */
  fits(slotCount: number): boolean {
    const last = this.#header.entryCount;
    if (slotCount <= 0 || last < 1) return false;
    const hash = this.#hashOf(slotCount, last, this.#header.endPhysicalOffset);
    if (hash < 0 || this.#intAt(INDEX_HEADER_BYTES + (hash % slotCount) * SLOT_BYTES) !== last) return false;
    return (
      this.#hashOf(slotCount, FIRST_ENTRY, this.#header.beginPhysicalOffset) >= 0 &&
      this.#entry.getInt32(ENTRY_PREVIOUS_AT) === 0
    );
  }

  /** Tries every count that the length allows; 0 when none fits. Reads the file once. */
  run(): number {
    const last = this.#header.entryCount;
    const words = (this.#header.sizeBytes - INDEX_HEADER_BYTES) / SLOT_BYTES;
    if (!Number.isInteger(words) || last < 1) return 0;
    const wordsOfEntry = ENTRY_BYTES / SLOT_BYTES;
    // One count more moves all entries by the room of one less: candidates for the last one lie side by side.
    const first = words % wordsOfEntry || wordsOfEntry;
    const most = words - (last + 1) * wordsOfEntry;
    const piece = Buffer.alloc(ENTRIES_READ * ENTRY_BYTES);
    const view = viewOf(piece);
    for (let slotCount = first; slotCount <= most; ) {
      const read = this.#file.readSync(piece, 0, piece.length, entryAt(slotCount, last));
      for (let at = 0; at + ENTRY_BYTES <= read && slotCount <= most; at += ENTRY_BYTES) {
        // An entry of zeros is more likely room that is not used yet.
        const candidate =
          view.getInt32(at) !== 0 && readInt64(view, at + ENTRY_OFFSET_AT) === this.#header.endPhysicalOffset;
        if (candidate && this.fits(slotCount)) return slotCount;
        slotCount += wordsOfEntry;
      }
      if (read < ENTRY_BYTES) return 0;
    }
    return 0;
  }

  /** Hash of an entry, −1 when it is not one of the record at `physicalOffset`. */
  #hashOf(slotCount: number, entry: number, physicalOffset: number): number {
    const bytes = Buffer.from(this.#entry.buffer);
    if (this.#file.readSync(bytes, 0, ENTRY_BYTES, entryAt(slotCount, entry)) < ENTRY_BYTES) return -1;
    return readInt64(this.#entry, ENTRY_OFFSET_AT) === physicalOffset ? this.#entry.getInt32(0) : -1;
  }

  #intAt(position: number): number {
    const bytes = Buffer.alloc(SLOT_BYTES);
    return this.#file.readSync(bytes, 0, SLOT_BYTES, position) < SLOT_BYTES ? -1 : bytes.readInt32BE(0);
  }
}

function entryAt(slotCount: number, entry: number): number {
  return INDEX_HEADER_BYTES + slotCount * SLOT_BYTES + entry * ENTRY_BYTES;
}
