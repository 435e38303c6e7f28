/** What the slaves of a master have acknowledged, one number for each connection. */
export class Acks {
  readonly #offsets = new Map<object, number>();
  readonly #sorted: number[] = [];

  /** A slave holds everything below an offset. */
  set(slave: object, offset: number): void {
    this.#offsets.set(slave, offset);
  }

  /** The slave is gone; whether it had acknowledged anything. */
  remove(slave: object): boolean {
    return this.#offsets.delete(slave);
  }

  /** Offset below which at least so many slaves hold the log; infinity for none, −1 when there are not so many. */
  heldBy(slaves: number): number {
    if (slaves <= 0) return Number.POSITIVE_INFINITY;
    if (slaves > this.#offsets.size) return -1;
    const sorted = this.#sorted;
    sorted.length = 0;
    for (const offset of this.#offsets.values()) sorted.push(offset);
    sorted.sort((a, b) => b - a);
    return sorted[slaves - 1]!;
  }
}
