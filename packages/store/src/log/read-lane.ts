/**
 * How many reads of files are under way at once. libuv has four threads for everything that a process does with files, and
 * takes work in the order in which it comes: were all of them reading a cold disk, the writes and syncs for which producers
 * wait would queue behind. What may not begin yet waits in order; readers bound how many they send.
 */
export class ReadLane {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #head = 0;
  #isBeginning = false;

  constructor(concurrent: number) {
    this.#free = concurrent;
  }

  /** Calls `begin` now or when its turn comes; every `begin` is followed by one `leave`. */
  enter(begin: () => void): void {
    this.#waiting.push(begin);
    this.#begin();
  }

  /** The read has ended, or was given up: the next one begins. */
  leave(): void {
    this.#free += 1;
    this.#begin();
  }

  /** Many reads in a row may end as soon as they begin, so that it is a loop and no recursion. */
  #begin(): void {
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    try {
      while (this.#free > 0 && this.#head < this.#waiting.length) {
        const begin = this.#waiting[this.#head]!;
        this.#head += 1;
        this.#shorten();
        this.#free -= 1;
        begin();
      }
    } finally {
      this.#isBeginning = false;
    }
  }

  #shorten(): void {
    if (this.#head < this.#waiting.length && (this.#head < 1024 || this.#head * 2 < this.#waiting.length)) return;
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
  }
}
