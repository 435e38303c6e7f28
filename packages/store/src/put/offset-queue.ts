/** Power of two; most stores are idle, and it doubles as needed. */
const FIRST_SIZE = 64;

/**
 * Entries that wait for the log to reach an offset, in the order of the log: a ring of parallel arrays, so that an entry
 * costs no object. Its length is bounded by the bytes that may be unwritten, see `StoreLimits`.
 */
export class OffsetQueue<T> {
  #items: (T | undefined)[] = new Array(FIRST_SIZE).fill(undefined);
  #ends = new Float64Array(FIRST_SIZE);
  #storeTimestamps = new Float64Array(FIRST_SIZE);
  /** Monotonic, so that a clock that jumps lets nothing time out. */
  #since = new Float64Array(FIRST_SIZE);
  #head = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Offset that the oldest entry waits for; meaningless when there is none. The same holds for the next three. */
  get oldestEnd(): number {
    return this.#ends[this.#head]!;
  }

  get oldestStoreTimestamp(): number {
    return this.#storeTimestamps[this.#head]!;
  }

  get oldestSinceMs(): number {
    return this.#since[this.#head]!;
  }

  get newestEnd(): number {
    return this.#ends[(this.#head + this.#count - 1) & (this.#ends.length - 1)]!;
  }

  /** Adds an entry, whose offset is at or behind that of the newest one. */
  push(item: T, endOffset: number, storeTimestamp: number, sinceMs: number): void {
    if (this.#count === this.#ends.length) this.#grow();
    const at = (this.#head + this.#count) & (this.#ends.length - 1);
    this.#items[at] = item;
    this.#ends[at] = endOffset;
    this.#storeTimestamps[at] = storeTimestamp;
    this.#since[at] = sinceMs;
    this.#count += 1;
  }

  /** Removes the oldest entry. */
  shift(): T {
    const at = this.#head;
    this.#head = (at + 1) & (this.#ends.length - 1);
    return this.#removeAt(at);
  }

  /** Removes the newest entry. */
  pop(): T {
    return this.#removeAt((this.#head + this.#count - 1) & (this.#ends.length - 1));
  }

  #removeAt(at: number): T {
    const item = this.#items[at] as T;
    this.#items[at] = undefined;
    this.#count -= 1;
    return item;
  }

  /** Offset of the newest entry that has waited since before a moment; 0 when none has. */
  endOfThoseBefore(sinceMs: number): number {
    const mask = this.#ends.length - 1;
    let end = 0;
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#head + i) & mask;
      if (this.#since[at]! >= sinceMs) break;
      end = this.#ends[at]!;
    }
    return end;
  }

  #grow(): void {
    const size = this.#ends.length;
    const items: (T | undefined)[] = new Array(size * 2).fill(undefined);
    const [ends, storeTimestamps, since] = [this.#ends, this.#storeTimestamps, this.#since].map((column) => {
      const grown = new Float64Array(size * 2);
      grown.set(column.subarray(this.#head));
      grown.set(column.subarray(0, this.#head), size - this.#head);
      return grown;
    });
    for (let i = 0; i < size; i++) items[i] = this.#items[(this.#head + i) & (size - 1)];
    this.#items = items;
    this.#ends = ends!;
    this.#storeTimestamps = storeTimestamps!;
    this.#since = since!;
    this.#head = 0;
  }
}
