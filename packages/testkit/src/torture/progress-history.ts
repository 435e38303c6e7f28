/** What one group committed in one queue, and what the broker may have forgotten of it. */
class QueueProgress {
  /** Highest offset that a consumer ever asked to be stored. */
  highest = 0;
  /** What the broker answered at the beginning of its life: it was saved before. */
  base = 0;
  /** Commits that the broker answered in its present life, oldest first. */
  answered: { readonly offset: number; readonly atMs: number }[] = [];
}

/**
 * Checks the progress of a group: never ahead of what a consumer committed, and after the broker's end never behind what it
 * had answered before its last save. The broker saves in intervals, so that a kill loses so much.
 */
export class ProgressHistory {
  readonly #queues: QueueProgress[];
  readonly #violation: (text: string) => void;

  constructor(queueCount: number, violation: (text: string) => void) {
    this.#queues = Array.from({ length: queueCount }, () => new QueueProgress());
    this.#violation = violation;
  }

  /** A consumer asks the broker to remember an offset. */
  committing(queueId: number, offset: number): void {
    const queue = this.#queues[queueId]!;
    queue.highest = Math.max(queue.highest, offset);
  }

  /** The broker acknowledged it. */
  answered(queueId: number, offset: number, atMs: number): void {
    this.#queues[queueId]!.answered.push({ offset, atMs });
  }

  /** The broker ended: what it answered after `savedMs` it may have forgotten. */
  ended(savedMs: number): void {
    for (const queue of this.#queues) {
      // The last one counts, not the highest: a consumer may also go back.
      const kept = queue.answered.findLast(({ atMs }) => atMs <= savedMs);
      const later = queue.answered.filter(({ atMs }) => atMs > savedMs).map(({ offset }) => offset);
      queue.base = Math.min(kept?.offset ?? queue.base, ...later);
      queue.answered = [];
    }
  }

  /** The broker answered where the group is. */
  found(queueId: number, offset: number): void {
    const queue = this.#queues[queueId]!;
    if (offset > queue.highest) {
      this.#violation(`queue ${queueId}: the group is at ${offset}, but it never came further than ${queue.highest}`);
    }
    if (offset < queue.base) {
      this.#violation(`queue ${queueId}: the group is back at ${offset}, but ${queue.base} had been saved`);
    }
  }
}
