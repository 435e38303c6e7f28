/** Gives out queues to brokers so that each gets as many as any other, give or take one. Source: TopicQueueMappingUtils.MappingAllocator. */
export class Allocation {
  /** Broker name to queues. */
  readonly counts: Map<string, number>;
  readonly #order: (fewest: string[]) => string[];
  #fewest: string[] = [];
  #index = 0;

  /** `order` arranges brokers with equally many queues; the last of them gets the next one. */
  constructor(counts: ReadonlyMap<string, number>, order: (fewest: string[]) => string[]) {
    this.counts = new Map(counts);
    this.#order = order;
  }

  /** The broker of one more queue. */
  next(): string {
    if (this.#fewest.length === 0) {
      const least = Math.min(...this.counts.values());
      this.#fewest = this.#order([...this.counts.keys()].filter((name) => this.counts.get(name) === least));
      this.#index = this.#fewest.length - 1;
    }
    const [name] = this.#fewest.splice(this.#index % this.#fewest.length, 1);
    this.counts.set(name!, (this.counts.get(name!) ?? 0) + 1);
    return name!;
  }
}
