/** What is known of the half message at a queue offset. */
export const HalfState = {
  /** Not ended, as far as is known. */
  OPEN: 0,
  /** Its end is on the way to the disk. */
  ENDING: 1,
  COMMITTED: 2,
  ROLLED_BACK: 3,
  /** Ended; how is not known any more, as it was read of an op message. */
  ENDED: 4,
  /** Stored once more behind it, to be checked: the transaction is open there. */
  MOVED: 5,
  /** Given up: it is in TRANS_CHECK_MAX_TIME_TOPIC. */
  DISCARDED: 6,
} as const;

export type HalfState = (typeof HalfState)[keyof typeof HalfState];

const CHUNK = 4096;
/** Chunks of ended halves that keep how each ended; older ones only keep that they are. */
const DETAILED_CHUNKS = 64;

interface Chunk {
  readonly states: Uint8Array;
  /** Entries that are not OPEN and not ENDING. */
  over: number;
}

/**
 * What became of each half message of a queue, by queue offset: one byte while it or a neighbour is open, nothing for 4096 in a
 * row that are over. So a hundred thousand open transactions cost as many bytes, and finding the next open one is a search in
 * memory. Offsets that nothing is known of are OPEN.
 */
export class HalfStates {
  /** `undefined`: all of them are over. */
  readonly #chunks = new Map<number, Chunk | undefined>();
  /** Chunks that are over with their details, the oldest first. */
  readonly #detailed: number[] = [];

  get(offset: number): HalfState {
    const number = Math.floor(offset / CHUNK);
    const chunk = this.#chunks.get(number);
    if (chunk !== undefined) return chunk.states[offset - number * CHUNK] as HalfState;
    return this.#chunks.has(number) ? HalfState.ENDED : HalfState.OPEN;
  }

  isOver(offset: number): boolean {
    return this.get(offset) > HalfState.ENDING;
  }

  set(offset: number, state: HalfState): void {
    const number = Math.floor(offset / CHUNK);
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      const isOver = this.#chunks.has(number);
      chunk = { states: new Uint8Array(CHUNK), over: isOver ? CHUNK : 0 };
      if (isOver) chunk.states.fill(HalfState.ENDED);
      this.#chunks.set(number, chunk);
    }
    const at = offset - number * CHUNK;
    const before = chunk.states[at]!;
    chunk.states[at] = state;
    if (before > HalfState.ENDING === state > HalfState.ENDING) return;
    chunk.over += state > HalfState.ENDING ? 1 : -1;
    if (chunk.over === CHUNK) this.#chunkIsOver(number);
  }

  /** The first offset from `from` on, below `end`, that is not over; `end` when all are. */
  nextOpen(from: number, end: number): number {
    let offset = from;
    while (offset < end) {
      const number = Math.floor(offset / CHUNK);
      const chunk = this.#chunks.get(number);
      const next = Math.min((number + 1) * CHUNK, end);
      if (chunk === undefined) {
        if (!this.#chunks.has(number)) return offset;
        offset = next;
        continue;
      }
      const { states } = chunk;
      for (let at = offset - number * CHUNK; offset < next; offset++, at++) {
        if (states[at]! <= HalfState.ENDING) return offset;
      }
    }
    return end;
  }

  /** How many offsets from `from` on, below `end`, are open one beside the other, `most` at the most. */
  openRun(from: number, end: number, most: number): number {
    let count = 0;
    while (count < most && from + count < end && !this.isOver(from + count)) count += 1;
    return count;
  }

  /** Forgets what is wholly below an offset. */
  dropBelow(offset: number): void {
    const first = Math.floor(offset / CHUNK);
    for (const number of this.#chunks.keys()) if (number < first) this.#chunks.delete(number);
  }

  /** Chunks that are held with one byte for each offset. */
  get chunkCount(): number {
    let count = 0;
    for (const chunk of this.#chunks.values()) if (chunk !== undefined) count += 1;
    return count;
  }

  #chunkIsOver(number: number): void {
    this.#detailed.push(number);
    if (this.#detailed.length <= DETAILED_CHUNKS) return;
    const oldest = this.#detailed.shift()!;
    // It may have been opened again since, or dropped.
    if (this.#chunks.get(oldest)?.over === CHUNK) this.#chunks.set(oldest, undefined);
  }
}
