import type { MessageQueue } from '@rocketmq-ts/protocol';

/** Where a group has come in each queue: kept in memory, and in a broker or a file. Source: OffsetStore. */
export interface OffsetStore {
  /** True when offsets lie on this machine: then they may be ahead of what a broker has left after a loss of power. */
  readonly isLocal: boolean;
  /** Reads what earlier runs left, where there is something to read. */
  load(): void;
  /** The offset in memory, undefined for none. */
  inMemory(queue: MessageQueue): number | undefined;
  /** The offset that outlives this process, undefined for none; it replaces the one in memory. Rejects when nobody can tell. */
  stored(queue: MessageQueue): Promise<number | undefined>;
  /** Sets the offset in memory. With `increaseOnly` a lower one is ignored; a frozen one is never changed. */
  update(queue: MessageQueue, offset: number, increaseOnly: boolean): void;
  /** Sets the offset and ignores every update until `remove`: results that are still to come belong to the past. */
  updateAndFreeze(queue: MessageQueue, offset: number): void;
  /** Writes one offset so that it outlives this process. Failures are logged; the next write mends them. */
  persist(queue: MessageQueue): Promise<void>;
  /** Writes those of these queues and forgets all others. */
  persistAll(queues: readonly MessageQueue[]): Promise<void>;
  /** Forgets the offset in memory. */
  remove(queue: MessageQueue): void;
  /** Offsets in memory, of one topic or of all. */
  snapshot(topic?: string): readonly (readonly [MessageQueue, number])[];
}
