import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/protocol';

interface Entry {
  readonly queue: MessageQueue;
  offset: number;
  frozen: boolean;
}

/** The memory of an offset store. */
export class OffsetTable {
  readonly #entries = new Map<string, Entry>();

  get(queue: MessageQueue): number | undefined {
    return this.#entries.get(messageQueueKey(queue))?.offset;
  }

  set(queue: MessageQueue, offset: number, increaseOnly: boolean): void {
    const key = messageQueueKey(queue);
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { queue, offset, frozen: false });
    else if (!entry.frozen && !(increaseOnly && offset < entry.offset)) entry.offset = offset;
  }

  freeze(queue: MessageQueue, offset: number): void {
    this.#entries.set(messageQueueKey(queue), { queue, offset, frozen: true });
  }

  delete(queue: MessageQueue): void {
    this.#entries.delete(messageQueueKey(queue));
  }

  /** Forgets every queue that is not among these. */
  retain(queues: readonly MessageQueue[]): void {
    const kept = new Set(queues.map(messageQueueKey));
    for (const key of this.#entries.keys()) if (!kept.has(key)) this.#entries.delete(key);
  }

  list(topic?: string): (readonly [MessageQueue, number])[] {
    const entries = [...this.#entries.values()];
    const chosen = topic === undefined ? entries : entries.filter((entry) => entry.queue.topic === topic);
    return chosen.map((entry) => [entry.queue, entry.offset] as const);
  }
}
