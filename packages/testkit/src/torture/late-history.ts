import { describeMessageNumber } from './torture-message.ts';

/**
 * Messages that the broker delivers later: delayed ones and those that a consumer sent back. Each that was accepted comes
 * once or more often (the broker's own progress is saved in intervals), and none before its time.
 */
export class LateHistory {
  readonly #name: string;
  readonly #delayMs: number;
  readonly #violation: (text: string) => void;
  readonly #accepted = new Set<number>();
  readonly #sentMs = new Map<number, number>();
  readonly #delivered = new Set<number>();

  constructor(name: string, delayMs: number, violation: (text: string) => void) {
    this.#name = name;
    this.#delayMs = delayMs;
    this.#violation = violation;
  }

  get acceptedCount(): number {
    return this.#accepted.size;
  }

  /** Accepted and not seen so far. */
  get awaitedCount(): number {
    let count = 0;
    for (const message of this.#accepted) if (!this.#delivered.has(message)) count += 1;
    return count;
  }

  /** Called before the broker gets it. Only the first time of a message counts. */
  sending(message: number, atMs: number): void {
    if (!this.#sentMs.has(message)) this.#sentMs.set(message, atMs);
  }

  accepted(message: number): void {
    this.#accepted.add(message);
  }

  /** A reader got it; the record has the time at which the broker stored it there. */
  delivered(message: number, storedMs: number): void {
    this.#delivered.add(message);
    const sentMs = this.#sentMs.get(message);
    if (sentMs === undefined) {
      return this.#violation(`${this.#name}: ${describeMessageNumber(message)} was never sent there`);
    }
    if (storedMs < sentMs + this.#delayMs) {
      const early = sentMs + this.#delayMs - storedMs;
      this.#violation(`${this.#name}: ${describeMessageNumber(message)} came ${early} ms early`);
    }
  }

  /** Nothing is under way any more: what is missing is lost. Returns how many. */
  checkLost(): number {
    let count = 0;
    for (const message of this.#accepted) {
      if (this.#delivered.has(message)) continue;
      count += 1;
      this.#violation(`${this.#name}: lost ${describeMessageNumber(message)}, which was accepted`);
    }
    return count;
  }
}
