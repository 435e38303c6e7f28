/** Puts of one batch between their places in the log and their outcomes. */
export class StoredBatch {
  #open = 0;
  #failed: number | undefined;
  #wake: (() => void) | undefined;

  /** One more put is under way. */
  add(): void {
    this.#open += 1;
  }

  /** The put of the message at a queue offset has its outcome. */
  settle(queueOffset: number, isStored: boolean): void {
    if (!isStored) this.#failed = Math.min(this.#failed ?? queueOffset, queueOffset);
    this.#open -= 1;
    if (this.#open === 0) this.#wake?.();
  }

  /** Resolves when all have their outcomes: with the lowest queue offset whose put failed, if one did. */
  async settled(): Promise<number | undefined> {
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#failed;
  }
}
