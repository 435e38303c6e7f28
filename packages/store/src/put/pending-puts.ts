import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { PutMessageStatus } from '../status.ts';

/** Power of two; most stores rest, and it doubles as needed. */
const FIRST_SIZE = 64;

/** Who waits for the outcome of a put. */
export interface PutTicket {
  /** Called once for an accepted put, with the whole milliseconds that it took. Must not throw. */
  stored(status: PutMessageStatus, tookMs: number): void;
}

/**
 * Records that are laid out but not confirmed, in the order of the log: a ring of parallel arrays, so that a record costs
 * no object. Its length is bounded by the bytes that may be unwritten.
 */
export class PendingPuts {
  #queues: (ConsumeQueue | undefined)[] = new Array(FIRST_SIZE).fill(undefined);
  #tickets: (PutTicket | undefined)[] = new Array(FIRST_SIZE).fill(undefined);
  #ends = new Float64Array(FIRST_SIZE);
  #storeTimestamps = new Float64Array(FIRST_SIZE);
  /** Monotonic, so that a clock that jumps makes nobody time out. */
  #since = new Float64Array(FIRST_SIZE);
  #head = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** End of the oldest record that is pending; meaningless when there is none. */
  get oldestEnd(): number {
    return this.#ends[this.#head]!;
  }

  get oldestStoreTimestamp(): number {
    return this.#storeTimestamps[this.#head]!;
  }

  get oldestQueue(): ConsumeQueue | undefined {
    return this.#queues[this.#head];
  }

  push(
    queue: ConsumeQueue | undefined,
    endOffset: number,
    ticket: PutTicket | undefined,
    storeTimestamp: number,
    sinceMs: number,
  ): void {
    if (this.#count === this.#ends.length) this.#grow();
    const at = (this.#head + this.#count) & (this.#ends.length - 1);
    this.#queues[at] = queue;
    this.#tickets[at] = ticket;
    this.#ends[at] = endOffset;
    this.#storeTimestamps[at] = storeTimestamp;
    this.#since[at] = sinceMs;
    this.#count += 1;
  }

  /** Removes the oldest and returns its ticket. */
  shift(): PutTicket | undefined {
    const at = this.#head;
    const ticket = this.#tickets[at];
    this.#queues[at] = undefined;
    this.#tickets[at] = undefined;
    this.#head = (at + 1) & (this.#ends.length - 1);
    this.#count -= 1;
    return ticket;
  }

  /** Takes the tickets of all that have waited since before `sinceMs`, oldest first; their records stay pending. */
  takeTicketsBefore(sinceMs: number): PutTicket[] {
    const taken: PutTicket[] = [];
    const mask = this.#ends.length - 1;
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#head + i) & mask;
      if (this.#since[at]! >= sinceMs) break;
      const ticket = this.#tickets[at];
      this.#tickets[at] = undefined;
      if (ticket !== undefined) taken.push(ticket);
    }
    return taken;
  }

  /** End of the newest record that is pending; meaningless when there is none. */
  get newestEnd(): number {
    return this.#ends[(this.#head + this.#count - 1) & (this.#ends.length - 1)]!;
  }

  get newestQueue(): ConsumeQueue | undefined {
    return this.#queues[(this.#head + this.#count - 1) & (this.#ends.length - 1)];
  }

  /** Removes the newest and returns its ticket. */
  pop(): PutTicket | undefined {
    const at = (this.#head + this.#count - 1) & (this.#ends.length - 1);
    const ticket = this.#tickets[at];
    this.#queues[at] = undefined;
    this.#tickets[at] = undefined;
    this.#count -= 1;
    return ticket;
  }

  #grow(): void {
    const size = this.#ends.length;
    const queues: (ConsumeQueue | undefined)[] = new Array(size * 2).fill(undefined);
    const tickets: (PutTicket | undefined)[] = new Array(size * 2).fill(undefined);
    const ends = new Float64Array(size * 2);
    const storeTimestamps = new Float64Array(size * 2);
    const since = new Float64Array(size * 2);
    for (let i = 0; i < this.#count; i++) {
      const from = (this.#head + i) & (size - 1);
      queues[i] = this.#queues[from];
      tickets[i] = this.#tickets[from];
      ends[i] = this.#ends[from]!;
      storeTimestamps[i] = this.#storeTimestamps[from]!;
      since[i] = this.#since[from]!;
    }
    this.#queues = queues;
    this.#tickets = tickets;
    this.#ends = ends;
    this.#storeTimestamps = storeTimestamps;
    this.#since = since;
    this.#head = 0;
  }
}
