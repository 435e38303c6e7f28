import { isZero } from '../log/zeros.ts';
import { SLOT_BYTES } from './layout.ts';

const PAGE_BYTES = 4096;
const PAGE_SHIFT = 10;
const SLOTS_A_PAGE = 1 << PAGE_SHIFT;
/** Pages that are written in one call. */
const RUN_PAGES = 64;

/** Some neighbouring pages on their way to the file; `at` is their position among the slots, in bytes. */
export interface SlotRun {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly at: number;
}

/**
 * The slots of a file that grows, as they are in it, and which pages of them the file does not have. Pages without
 * an entry take no memory: the system gives zeroed memory when it is written to.
 */
export class IndexSlots {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #dirty: Uint8Array;
  readonly #run: Uint8Array;
  readonly #runView: DataView;
  #cursor = 0;

  constructor(slotCount: number) {
    this.#bytes = new Uint8Array(slotCount * SLOT_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
    this.#run = new Uint8Array(Math.min(RUN_PAGES * PAGE_BYTES, this.#bytes.length));
    this.#runView = new DataView(this.#run.buffer);
    this.#dirty = new Uint8Array(Math.ceil(this.#bytes.length / PAGE_BYTES));
  }

  /** Number of the newest entry of a slot. */
  get(slot: number): number {
    return this.#view.getInt32(slot * SLOT_BYTES);
  }

  set(slot: number, entry: number): void {
    this.#view.setInt32(slot * SLOT_BYTES, entry);
    this.#dirty[slot >>> PAGE_SHIFT] = 1;
  }

  /** Takes what the file has from `at` on, whole pages; what is zero is left alone. No slot may name entry `next` or a later one. */
  load(piece: Uint8Array, at: number, next: number): void {
    for (let from = 0; from < piece.length; from += PAGE_BYTES) {
      const page = piece.subarray(from, from + PAGE_BYTES);
      if (isZero(page)) continue;
      this.#bytes.set(page, at + from);
      const firstSlot = (at + from) / SLOT_BYTES;
      for (let slot = firstSlot; slot < firstSlot + page.length / SLOT_BYTES; slot++) {
        const entry = this.get(slot);
        if (entry < 0 || entry >= next) this.set(slot, 0);
      }
    }
  }

  /** Marks what differs from what the file has from `at` on, whole pages. */
  compare(piece: Uint8Array, at: number): void {
    for (let from = 0; from < piece.length; from += PAGE_BYTES) {
      const length = Math.min(PAGE_BYTES, piece.length - from);
      const ours = this.#bytes.subarray(at + from, at + from + length);
      if (Buffer.compare(ours, piece.subarray(from, from + length)) !== 0) this.markDirty(at + from, length);
    }
  }

  /** What was set up to now is what the file is compared with. */
  markAllClean(): void {
    this.#dirty.fill(0);
  }

  usedCount(slotCount: number): number {
    let used = 0;
    for (let slot = 0; slot < slotCount; slot++) if (this.get(slot) !== 0) used += 1;
    return used;
  }

  markDirty(at: number, length: number): void {
    this.#dirty.fill(1, Math.floor(at / PAGE_BYTES), Math.ceil((at + length) / PAGE_BYTES));
  }

  /** The runs of a flush begin; each page is taken once. */
  beginRuns(): void {
    this.#cursor = 0;
  }

  /**
   * The next run of pages that the file lacks, as they were before entry `upTo`: `before` says which entry was in a slot
   * before a given one. They count as written from here on, but for those that hold newer entries; what could not be
   * written is marked again. The bytes are valid until the next call. Undefined at the end.
   */
  takeRun(upTo: number, before: (entry: number) => number): SlotRun | undefined {
    const dirty = this.#dirty;
    let first = this.#cursor;
    while (first < dirty.length && dirty[first] === 0) first += 1;
    let end = first;
    while (end < dirty.length && end - first < RUN_PAGES && dirty[end] === 1) end += 1;
    this.#cursor = end;
    if (end === first) return undefined;
    const at = first * PAGE_BYTES;
    const length = Math.min(end * PAGE_BYTES, this.#bytes.length) - at;
    this.#run.set(this.#bytes.subarray(at, at + length));
    for (let page = first; page < end; page++) {
      const from = (page - first) * SLOTS_A_PAGE;
      const isNewer = this.#rewind(from, Math.min(length / SLOT_BYTES, from + SLOTS_A_PAGE), upTo, before);
      dirty[page] = isNewer ? 1 : 0;
    }
    return { bytes: this.#run, length, at };
  }

  #rewind(from: number, to: number, upTo: number, before: (entry: number) => number): boolean {
    const view = this.#runView;
    let isNewer = false;
    for (let slot = from; slot < to; slot++) {
      let entry = view.getInt32(slot * SLOT_BYTES);
      if (entry < upTo) continue;
      while (entry >= upTo) entry = before(entry);
      view.setInt32(slot * SLOT_BYTES, entry);
      isNewer = true;
    }
    return isNewer;
  }
}
