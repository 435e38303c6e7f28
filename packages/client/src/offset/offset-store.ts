import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/protocol';

interface Entry {
  readonly queue: MessageQueue;
  offset: number;
  frozen: boolean;
}

/** How far a group has consumed each queue: kept in memory, and in a broker or a file. Source: OffsetStore. */
export abstract class OffsetStore {
  /** True when offsets are saved on this machine: then they may be ahead of what a broker still has after a loss of power. */
  abstract readonly isLocal: boolean;
  readonly #entries = new Map<string, Entry>();

  /** Reads what earlier runs saved, where there is something to read. */
  abstract load(): void;

  /** The offset that outlives this process, undefined for none; it replaces the one in memory. Rejects when it can't be found out now. */
  abstract stored(queue: MessageQueue): Promise<number | undefined>;

  /** Writes one offset so that it outlives this process. Failures are logged, and repaired by the next write. */
  abstract persist(queue: MessageQueue): Promise<void>;

  /** Writes those of these queues, and resolves when they outlive this process. Rejects when one does not; then the next write mends it. */
  abstract commit(queues: readonly MessageQueue[]): Promise<void>;

  /** Writes those of these queues and forgets all others. */
  abstract persistAll(queues: readonly MessageQueue[]): Promise<void>;

  /** The offset in memory, undefined for none. */
  inMemory(queue: MessageQueue): number | undefined {
    return this.#entries.get(messageQueueKey(queue))?.offset;
  }

  /** Sets the offset in memory. With `increaseOnly` a lower one is ignored; a frozen one is never changed. */
  update(queue: MessageQueue, offset: number, increaseOnly: boolean): void {
    const key = messageQueueKey(queue);
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { queue, offset, frozen: false });
    else if (!entry.frozen && !(increaseOnly && offset < entry.offset)) entry.offset = offset;
  }

  /** Sets the offset and ignores every update until `remove`, since results that are still under way are out of date. */
  updateAndFreeze(queue: MessageQueue, offset: number): void {
    this.#entries.set(messageQueueKey(queue), { queue, offset, frozen: true });
  }

  /** Forgets the offset in memory. */
  remove(queue: MessageQueue): void {
    this.#entries.delete(messageQueueKey(queue));
  }

  /** Forgets every queue that is not among these. */
  protected retain(queues: readonly MessageQueue[]): void {
    const kept = new Set(queues.map(messageQueueKey));
    for (const key of this.#entries.keys()) if (!kept.has(key)) this.#entries.delete(key);
  }

  /** Offsets in memory, of one topic or of all. */
  snapshot(topic?: string): readonly (readonly [MessageQueue, number])[] {
    const entries = [...this.#entries.values()];
    const chosen = topic === undefined ? entries : entries.filter((entry) => entry.queue.topic === topic);
    return chosen.map((entry) => [entry.queue, entry.offset] as const);
  }
}
