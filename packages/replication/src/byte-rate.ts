const SECOND_MS = 1000;

/** Counts the bytes of a connection by seconds. Times are monotonic. */
export class ByteRate {
  #sinceMs: number;
  #bytes = 0;
  #perSecond = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Of the last whole second. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** Of the second that is not over. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When that second is over. */
  get endsMs(): number {
    return this.#sinceMs + SECOND_MS;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Begins the next second when this one is over. */
  sweep(nowMs: number): void {
    if (nowMs < this.endsMs) return;
    this.#perSecond = Math.round((this.#bytes * SECOND_MS) / (nowMs - this.#sinceMs));
    this.#bytes = 0;
    this.#sinceMs = nowMs;
  }
}
