import { SimulationFailure } from '../seeded/failure.ts';

/** A broker saves progress in intervals of so many milliseconds: a sudden end may lose what is not saved. */
const SAVED_AFTER_MS = 9000;

interface QueueCommits {
  /** The group is at least there. */
  floor: number;
  answered: { readonly offset: number; readonly atMs: number }[];
}

/** What a broker answered about the progress of groups, and how far back a start may find them. */
export class CommitHistory {
  readonly #queues = new Map<string, QueueCommits>();

  answered(group: string, topic: string, queueId: number, offset: number, atMs: number): void {
    const key = keyOf(group, topic, queueId);
    const queue = this.#queues.get(key) ?? { floor: 0, answered: [] };
    this.#queues.set(key, queue);
    queue.answered.push({ offset, atMs });
  }

  /** Saves in time, but not those that a disk refused. */
  endedSuddenly(nowMs: number, savesFailed: boolean): void {
    for (const queue of this.#queues.values()) {
      const kept = queue.answered.findLast(({ atMs }) => atMs <= nowMs - SAVED_AFTER_MS)?.offset ?? queue.floor;
      const later = queue.answered.filter(({ atMs }) => atMs > nowMs - SAVED_AFTER_MS).map(({ offset }) => offset);
      queue.floor = savesFailed ? 0 : Math.min(kept, ...later);
      queue.answered = [];
    }
  }

  stopped(savesFailed: boolean): void {
    for (const queue of this.#queues.values()) {
      queue.floor = savesFailed ? 0 : (queue.answered.at(-1)?.offset ?? queue.floor);
      queue.answered = [];
    }
  }

  forgetTopic(topic: string): void {
    for (const key of [...this.#queues.keys()]) if (key.startsWith(`${topic}@`)) this.#queues.delete(key);
  }

  forgetAll(): void {
    this.#queues.clear();
  }

  /** A start found a group at `offset` of a queue that ends at `end`. */
  check(group: string, topic: string, queueId: number, offset: number, end: number): void {
    const name = `group ${group} in ${topic} ${queueId}`;
    if (offset > end)
      throw new SimulationFailure('progress ahead', `${name} is at ${offset}, and the queue ends at ${end}`);
    const queue = this.#queues.get(keyOf(group, topic, queueId));
    if (queue === undefined) return;
    if (offset < Math.min(queue.floor, end)) {
      throw new SimulationFailure('progress lost', `${name} is back at ${offset}, ${queue.floor} had been saved`);
    }
    queue.floor = offset;
  }
}

function keyOf(group: string, topic: string, queueId: number): string {
  return `${topic}@${group}@${queueId}`;
}
