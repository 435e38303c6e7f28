/**
 * A contiguous piece of the commit log's tail in memory: the log's bytes [base, base + length). A slab lies within one
 * commit log file, and no record crosses its end.
 */
export class Slab {
  readonly buffer: Buffer;
  readonly view: DataView;
  base = 0;
  length = 0;
  /** Readers that hold bytes of it beyond their turn. */
  lent = 0;

  constructor(capacityBytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(capacityBytes);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, capacityBytes);
  }

  get end(): number {
    return this.base + this.length;
  }

  get room(): number {
    return this.buffer.length - this.length;
  }
}

/** The newest slabs of the log, oldest first: what is not written yet and a bounded number of written ones for readers. */
export class SlabTail {
  readonly #slabBytes: number;
  readonly #keptSlabs: number;
  readonly #slabs: Slab[] = [];
  readonly #free: Slab[] = [];

  constructor(slabBytes: number, keptSlabs: number) {
    this.#slabBytes = slabBytes;
    this.#keptSlabs = keptSlabs;
  }

  /** First offset in memory; `undefined` when nothing is. */
  get startOffset(): number | undefined {
    return this.#slabs[0]?.base;
  }

  /** Begins a slab at `base` with room for at least `leastBytes`. Slabs wholly below `writtenOffset` may be given up. */
  open(base: number, leastBytes: number, writtenOffset: number): Slab {
    while (this.#slabs.length >= this.#keptSlabs && this.#slabs[0]!.end <= writtenOffset) {
      this.#giveUp(this.#slabs.shift()!);
    }
    let slab = leastBytes <= this.#slabBytes ? this.#free.pop() : undefined;
    slab ??= new Slab(Math.max(leastBytes, this.#slabBytes));
    slab.base = base;
    slab.length = 0;
    this.#slabs.push(slab);
    return slab;
  }

  /** Its memory is used again, unless a reader still has bytes of it: then it is left to that reader. */
  #giveUp(slab: Slab): void {
    if (slab.lent === 0 && slab.buffer.length === this.#slabBytes && this.#free.length < 2) this.#free.push(slab);
  }

  /** Forgets what lies behind an offset. No write from these slabs may be under way. */
  cutTo(offset: number): void {
    for (let last = this.#slabs.at(-1); last !== undefined && last.base >= offset; last = this.#slabs.at(-1)) {
      this.#slabs.pop();
      this.#giveUp(last);
    }
    const last = this.#slabs.at(-1);
    if (last !== undefined && last.end > offset) last.length = offset - last.base;
  }

  /** The slab that holds an offset. Newest are looked at first: that is where readers are. */
  at(offset: number): Slab | undefined {
    for (let i = this.#slabs.length - 1; i >= 0; i--) {
      const slab = this.#slabs[i]!;
      if (offset >= slab.base) return offset < slab.end ? slab : undefined;
    }
    return undefined;
  }
}
