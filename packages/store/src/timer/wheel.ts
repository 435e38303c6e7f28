import { type Disk, type DiskFile, readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';

/** Days that the wheel holds when a slot is a second: twice the longest time from a write to its slot. */
const SLOTS = 2 * 7 * 86_400;
/**
 * | offset | size | field of a slot of the file `timerwheel` |
 * | --- | --- | --- |
 * | 0 | 8 | its time, in steps of the precision |
 * | 8 | 8 | position of its first unit in the timer log |
 * | 16 | 8 | position of its last one |
 * | 24 | 4 | messages that wait in it |
 * | 28 | 4 | 0 |
 *
 * Source: Slot, TimerWheel.
 */
const SLOT_BYTES = 32;
const PAGE_SLOTS = 128;
const PAGE_BYTES = PAGE_SLOTS * SLOT_BYTES;
const PAGES = SLOTS / PAGE_SLOTS;
const READ_PAGES = 256;

/** Size of the file `timerwheel`. */
export const TIMER_WHEEL_BYTES = SLOTS * SLOT_BYTES;

/** What waits for one time. */
export interface TimerSlot {
  readonly timeMs: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly count: number;
}

/** A page of the wheel as it was when a flush began. */
export interface StagedPage {
  readonly index: number;
  readonly bytes: Buffer;
}

/**
 * The slots in which timer messages wait: a ring of times. Only pages with slots that are still to come are in memory, as
 * the bytes that the file gets; the file is sparse, and what is in other pages of it is over.
 */
export class TimerWheel {
  readonly precisionMs: number;
  readonly #pages: (Buffer | undefined)[] = new Array(PAGES).fill(undefined);
  readonly #views: (DataView | undefined)[] = new Array(PAGES).fill(undefined);
  readonly #dirty = new Set<number>();
  #pageCount = 0;

  constructor(precisionMs: number) {
    this.precisionMs = precisionMs;
  }

  /** Begin of the slot that a time is in. */
  floor(timeMs: number): number {
    return Math.floor(timeMs / this.precisionMs) * this.precisionMs;
  }

  get memoryBytes(): number {
    return this.#pageCount * PAGE_BYTES;
  }

  /** Reads the slots of a whole file that are at `readMs` or later. */
  load(file: DiskFile, readMs: number): void {
    this.clear();
    const piece = Buffer.alloc(READ_PAGES * PAGE_BYTES);
    for (let first = 0; first < PAGES; first += READ_PAGES) {
      const bytes = file.readSync(piece, 0, piece.length, first * PAGE_BYTES);
      for (let at = 0; at + PAGE_BYTES <= bytes; at += PAGE_BYTES) {
        const page = piece.subarray(at, at + PAGE_BYTES);
        if (this.#hasSlotFrom(viewOf(page), readMs)) this.#keep(first + at / PAGE_BYTES, Buffer.from(page));
      }
    }
  }

  #hasSlotFrom(view: DataView, readMs: number): boolean {
    for (let at = 0; at < PAGE_BYTES; at += SLOT_BYTES) {
      if (readInt64(view, at) * this.precisionMs >= readMs) return true;
    }
    return false;
  }

  /** Forgets everything. */
  clear(): void {
    this.#pages.fill(undefined);
    this.#views.fill(undefined);
    this.#dirty.clear();
    this.#pageCount = 0;
  }

  #keep(index: number, page: Buffer): DataView {
    const view = viewOf(page);
    this.#pages[index] = page;
    this.#views[index] = view;
    this.#pageCount += 1;
    return view;
  }

  /** The slot of a time; undefined while nothing waits for it. */
  slot(timeMs: number): TimerSlot | undefined {
    const step = Math.floor(timeMs / this.precisionMs);
    const index = step % SLOTS;
    const view = this.#views[Math.floor(index / PAGE_SLOTS)];
    const at = (index % PAGE_SLOTS) * SLOT_BYTES;
    return view !== undefined && readInt64(view, at) === step ? this.#slotAt(view, at) : undefined;
  }

  /** True where the slot of a time still holds what waits for another one, from `readMs` on. */
  isTaken(timeMs: number, readMs: number): boolean {
    const step = Math.floor(timeMs / this.precisionMs);
    const index = step % SLOTS;
    const view = this.#views[Math.floor(index / PAGE_SLOTS)];
    if (view === undefined) return false;
    const held = readInt64(view, (index % PAGE_SLOTS) * SLOT_BYTES);
    return held !== step && held * this.precisionMs >= readMs;
  }

  set({ timeMs, firstPosition, lastPosition, count }: TimerSlot): void {
    const step = Math.floor(timeMs / this.precisionMs);
    const index = step % SLOTS;
    const page = Math.floor(index / PAGE_SLOTS);
    const view = this.#views[page] ?? this.#keep(page, Buffer.alloc(PAGE_BYTES));
    const at = (index % PAGE_SLOTS) * SLOT_BYTES;
    writeInt64(view, at, step);
    writeInt64(view, at + 8, firstPosition);
    writeInt64(view, at + 16, lastPosition);
    view.setInt32(at + 24, count);
    view.setInt32(at + 28, 0);
    this.#dirty.add(page);
  }

  /** Empties a slot. */
  remove(timeMs: number): void {
    this.set({ timeMs, firstPosition: -1, lastPosition: -1, count: 0 });
    const index = Math.floor(timeMs / this.precisionMs) % SLOTS;
    writeInt64(this.#views[Math.floor(index / PAGE_SLOTS)]!, (index % PAGE_SLOTS) * SLOT_BYTES, 0);
  }

  /** The first slot at a time or later that something waits in. */
  firstFrom(timeMs: number): TimerSlot | undefined {
    if (this.#pageCount === 0) return undefined;
    const start = Math.floor(timeMs / this.precisionMs);
    for (let i = 0; i < SLOTS; ) {
      const index = (start + i) % SLOTS;
      const inPage = index % PAGE_SLOTS;
      const view = this.#views[Math.floor(index / PAGE_SLOTS)];
      if (view === undefined) {
        i += PAGE_SLOTS - inPage;
        continue;
      }
      if (readInt64(view, inPage * SLOT_BYTES) === start + i) return this.#slotAt(view, inPage * SLOT_BYTES);
      i += 1;
    }
    return undefined;
  }

  /** All slots at a time or later, by their times. */
  *slotsFrom(timeMs: number): Generator<TimerSlot> {
    const last = timeMs + (SLOTS - 1) * this.precisionMs;
    for (let slot = this.firstFrom(timeMs); slot !== undefined; ) {
      yield slot;
      const next = slot.timeMs + this.precisionMs;
      slot = next > last ? undefined : this.firstFrom(next);
      if (slot !== undefined && slot.timeMs > last) return;
    }
  }

  #slotAt(view: DataView, at: number): TimerSlot {
    return {
      timeMs: readInt64(view, at) * this.precisionMs,
      firstPosition: readInt64(view, at + 8),
      lastPosition: readInt64(view, at + 16),
      count: view.getInt32(at + 24),
    };
  }

  /** Pages that were changed since the last call, copied. */
  stage(): StagedPage[] {
    const staged = [...this.#dirty].sort((a, b) => a - b);
    this.#dirty.clear();
    return staged.flatMap((index) => {
      const page = this.#pages[index];
      return page === undefined ? [] : [{ index, bytes: Buffer.from(page) }];
    });
  }

  /** The staged pages were not written: the next flush takes them again. */
  unstage(staged: readonly StagedPage[]): void {
    for (const { index } of staged) if (this.#pages[index] !== undefined) this.#dirty.add(index);
  }

  /** Gives up the memory of pages whose slots are all before a time. */
  release(readMs: number): void {
    for (let index = 0; index < PAGES; index++) {
      const view = this.#views[index];
      if (view === undefined || this.#dirty.has(index) || this.#hasSlotFrom(view, readMs)) continue;
      this.#pages[index] = undefined;
      this.#views[index] = undefined;
      this.#pageCount -= 1;
    }
  }
}

/** Opens the file of a wheel, with its full length; `isWhole` false: it was not there, or has another length. */
export function openWheelFile(disk: Disk, path: string): { readonly file: DiskFile; readonly isWhole: boolean } {
  const sizeBytes = disk.stat(path)?.sizeBytes ?? 0;
  const file = disk.open(path, 'create');
  const isWhole = sizeBytes === TIMER_WHEEL_BYTES;
  if (!isWhole) {
    file.truncate(0);
    file.truncate(TIMER_WHEEL_BYTES);
  }
  return { file, isWhole };
}

/** Writes staged pages where they belong, neighbours together, one call under way; then syncs. */
export function writeWheelPages(
  file: DiskFile,
  staged: readonly StagedPage[],
  done: (error: Error | null) => void,
): void {
  let at = 0;
  const next = (error: Error | null): void => {
    if (error !== null) return done(error);
    const first = staged[at];
    if (first === undefined) return file.sync(done);
    const run = [first.bytes];
    for (at += 1; at < staged.length && staged[at]!.index === first.index + run.length && run.length < READ_PAGES; at++)
      run.push(staged[at]!.bytes);
    const bytes = run.length === 1 ? first.bytes : Buffer.concat(run);
    file.write(bytes, 0, bytes.length, first.index * PAGE_BYTES, next);
  };
  next(null);
}
