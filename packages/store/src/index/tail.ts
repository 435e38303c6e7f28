import { readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import { firstThat } from '../log/first-that.ts';
import {
  ENTRY_BYTES,
  ENTRY_OFFSET_AT,
  ENTRY_PREVIOUS_AT,
  ENTRY_SECONDS_AT,
  FIRST_ENTRY,
  secondsSince,
} from './layout.ts';

const CHUNK_SHIFT = 12;
const CHUNK_ENTRIES = 1 << CHUNK_SHIFT;

interface Chunk {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Entries have their time in whole seconds; the header has it exactly. */
  readonly storeTimestamps: Float64Array;
}

/** The newest entries of a file that grows: [first, next) by number, in pieces that are dropped once they are written. */
export class IndexTail {
  readonly #chunks: Chunk[] = [];
  readonly #chunkEntries: number;
  #firstChunk: number;
  /** Number of the oldest entry in memory. */
  first: number;
  /** Number of the next entry. */
  next: number;

  /** `maxEntries`: numbers stay below it, so that a small file takes little memory. */
  constructor(next: number, maxEntries: number) {
    this.#chunkEntries = Math.min(CHUNK_ENTRIES, maxEntries);
    this.first = next;
    this.next = next;
    this.#firstChunk = next >>> CHUNK_SHIFT;
  }

  get count(): number {
    return this.next - this.first;
  }

  add(hash: number, physicalOffset: number, beginTimestamp: number, storeTimestamp: number, previous: number): void {
    const number = this.next;
    let chunk = this.#chunks[(number >>> CHUNK_SHIFT) - this.#firstChunk];
    if (chunk === undefined) chunk = this.#addChunk();
    const index = number & (CHUNK_ENTRIES - 1);
    const at = index * ENTRY_BYTES;
    const { view } = chunk;
    view.setInt32(at, hash);
    writeInt64(view, at + ENTRY_OFFSET_AT, physicalOffset);
    view.setInt32(at + ENTRY_SECONDS_AT, number === FIRST_ENTRY ? 0 : secondsSince(beginTimestamp, storeTimestamp));
    view.setInt32(at + ENTRY_PREVIOUS_AT, previous);
    chunk.storeTimestamps[index] = storeTimestamp;
    this.next = number + 1;
  }

  #addChunk(): Chunk {
    const bytes = Buffer.allocUnsafeSlow(this.#chunkEntries * ENTRY_BYTES);
    const chunk = {
      bytes,
      view: viewOf(bytes),
      storeTimestamps: new Float64Array(this.#chunkEntries),
    };
    this.#chunks.push(chunk);
    return chunk;
  }

  has(number: number): boolean {
    return number >= this.first && number < this.next;
  }

  hashOf(number: number): number {
    return this.#chunkOf(number).view.getInt32(byteOf(number));
  }

  offsetOf(number: number): number {
    return readInt64(this.#chunkOf(number).view, byteOf(number) + ENTRY_OFFSET_AT);
  }

  secondsOf(number: number): number {
    return this.#chunkOf(number).view.getInt32(byteOf(number) + ENTRY_SECONDS_AT);
  }

  previousOf(number: number): number {
    return this.#chunkOf(number).view.getInt32(byteOf(number) + ENTRY_PREVIOUS_AT);
  }

  storeTimestampOf(number: number): number {
    return this.#chunkOf(number).storeTimestamps[number & (CHUNK_ENTRIES - 1)]!;
  }

  #chunkOf(number: number): Chunk {
    return this.#chunks[(number >>> CHUNK_SHIFT) - this.#firstChunk]!;
  }

  /** Entries [from, to) as far as they lie in one piece. */
  piece(from: number, to: number): { bytes: Buffer; offset: number; count: number } {
    const end = Math.min(to, ((from >>> CHUNK_SHIFT) + 1) << CHUNK_SHIFT);
    return { bytes: this.#chunkOf(from).bytes, offset: byteOf(from), count: end - from };
  }

  /** First number in [first, next) whose record lies at or behind an offset: records are in the order of the log. */
  firstFrom(physicalOffset: number): number {
    return firstThat(this.first, this.next, (number) => this.offsetOf(number) >= physicalOffset);
  }

  /** Rolls the newest entries back. */
  cutTo(next: number): void {
    this.next = next;
    if (next < this.first) this.restartAt(next);
  }

  /** Entries below are in the file. */
  releaseBelow(number: number): void {
    this.first = number;
    while (this.#chunks.length > 0 && (this.#firstChunk + 1) << CHUNK_SHIFT <= number) {
      this.#chunks.shift();
      this.#firstChunk += 1;
    }
    // Nothing is left in the last piece either: an index that rests holds none.
    if (this.first === this.next) this.restartAt(this.next);
  }

  restartAt(next: number): void {
    this.#chunks.length = 0;
    this.#firstChunk = next >>> CHUNK_SHIFT;
    this.first = next;
    this.next = next;
  }
}

function byteOf(number: number): number {
  return (number & (CHUNK_ENTRIES - 1)) * ENTRY_BYTES;
}
