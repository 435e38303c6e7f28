/** A record that was handed to the store, as the model remembers it. */
export interface ModelRecord {
  readonly id: number;
  readonly queue: string;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly endOffset: number;
  /** Must be there after the process was killed. */
  survivesKill: boolean;
  /** Must be there after the power went. */
  survivesPowerLoss: boolean;
}

export type Ending = 'stop' | 'kill' | 'power loss';

/** What was found in a queue after a start: by queue offset, the id of the message. */
export type FoundQueue = ReadonlyMap<number, number>;

/** What must be in the store, may be in it, and must not be. */
export class StoreModel {
  /** By queue, then by queue offset; a record that may be lost can share its place with nobody. */
  readonly #queues = new Map<string, Map<number, ModelRecord>>();

  put(record: ModelRecord): void {
    let queue = this.#queues.get(record.queue);
    if (queue === undefined) {
      queue = new Map();
      this.#queues.set(record.queue, queue);
    }
    const before = queue.get(record.queueOffset);
    if (before !== undefined) {
      throw new Error(`${record.queue} offset ${record.queueOffset} is given to ${record.id} and has ${before.id}`);
    }
    queue.set(record.queueOffset, record);
  }

  /** A reader got these messages; `durable` when the flush mode promises that they survive a power loss. */
  seen(queue: string, queueOffset: number, id: number, durable: boolean): void {
    const record = this.#queues.get(queue)?.get(queueOffset);
    if (record === undefined || record.id !== id) {
      throw new Error(`a reader got ${id} at ${queue} offset ${queueOffset}, where ${record?.id ?? 'nothing'} was put`);
    }
    record.survivesKill = true;
    if (durable) record.survivesPowerLoss = true;
  }

  /** Holds what a new process found against what must be there; what is there now stays for ever. */
  restarted(ending: Ending, queueName: string, found: FoundQueue, endOffset: number): void {
    const queue = this.#queues.get(queueName) ?? new Map<number, ModelRecord>();
    for (const [queueOffset, id] of found) {
      const record = queue.get(queueOffset);
      if (record === undefined || record.id !== id) {
        throw new Error(
          `after a ${ending} ${queueName} has ${id} at offset ${queueOffset}, where ${record?.id ?? 'nothing'} was put`,
        );
      }
    }
    for (const record of queue.values()) {
      const isThere = found.get(record.queueOffset) === record.id;
      const must = ending === 'power loss' ? record.survivesPowerLoss : record.survivesKill;
      if (must && !isThere) {
        throw new Error(`after a ${ending} ${queueName} has lost ${record.id} at offset ${record.queueOffset}`);
      }
      if (!isThere) queue.delete(record.queueOffset);
      record.survivesKill = true;
      record.survivesPowerLoss = true;
    }
    if (ending === 'power loss') return;
    for (let queueOffset = 0; queueOffset < endOffset; queueOffset++) {
      if (!found.has(queueOffset) && !this.#holes.has(`${queueName}@${queueOffset}`)) {
        throw new Error(`after a ${ending} ${queueName} has a gap at offset ${queueOffset}, its end is ${endOffset}`);
      }
    }
  }

  /** A power loss took records in the middle: their places stay empty. */
  readonly #holes = new Set<string>();

  noteHoles(queueName: string, found: FoundQueue, endOffset: number): void {
    for (let queueOffset = 0; queueOffset < endOffset; queueOffset++) {
      if (!found.has(queueOffset)) this.#holes.add(`${queueName}@${queueOffset}`);
    }
  }

  queueNames(): Iterable<string> {
    return this.#queues.keys();
  }
}
