import type { Guard } from '@rocketmq-ts/kernel';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import type { PutMessageStatus } from '../status.ts';
import { PendingPuts, type PutTicket } from './pending-puts.ts';
import type { StoreStats } from './store-stats.ts';

/**
 * Records that wait to be confirmed; then their units become visible, their readers are woken and producers answered. What
 * one of those throws is logged, and the others hear of their records all the same.
 */
export class PutAnswers {
  readonly #queues: ConsumeQueueTable;
  readonly #stats: StoreStats;
  readonly #guard: Guard;
  readonly #pending = new PendingPuts();
  /** With SYNC_FLUSH: tickets of producers who asked not to wait for the disk. */
  readonly #impatient = new PendingPuts();
  readonly #arrivals: ConsumeQueue[] = [];
  /** Store time of the newest confirmed record. */
  confirmedTimestamp = 0;
  /** The log is confirmed up to here. */
  confirmedOffset = 0;

  constructor(queues: ConsumeQueueTable, stats: StoreStats, guard: Guard) {
    this.#queues = queues;
    this.#stats = stats;
    this.#guard = guard;
  }

  /** Records that are not confirmed. */
  get pendingCount(): number {
    return this.#pending.count;
  }

  /** The record is confirmed, and its ticket answered, when the watermark reaches `end`. */
  add(
    queue: ConsumeQueue | undefined,
    end: number,
    ticket: PutTicket | undefined,
    storeTimestamp: number,
    sinceMs: number,
  ): void {
    this.#pending.push(queue, end, ticket, storeTimestamp, sinceMs);
  }

  /** As `add`, but the ticket is answered as soon as `releaseWritten` reaches `end`. */
  addImpatient(
    queue: ConsumeQueue | undefined,
    end: number,
    ticket: PutTicket,
    storeTimestamp: number,
    sinceMs: number,
  ): void {
    this.#impatient.push(undefined, end, ticket, storeTimestamp, sinceMs);
    this.#pending.push(queue, end, undefined, storeTimestamp, sinceMs);
  }

  /** Makes everything below the offset visible, answers its producers, then wakes its readers. */
  confirm(offset: number): void {
    const pending = this.#pending;
    const arrivals = this.#arrivals;
    this.confirmedOffset = offset;
    const nowMs = this.#stats.nowMs();
    while (pending.count > 0 && pending.oldestEnd <= offset) {
      const queue = pending.oldestQueue;
      this.confirmedTimestamp = pending.oldestStoreTimestamp;
      if (queue !== undefined) {
        if (!queue.flushPending) this.#queues.markDirty(queue);
        queue.visibleOffset += 1;
        if (queue.arrivalListener !== undefined && arrivals.at(-1) !== queue) arrivals.push(queue);
      }
      // Last: were something above to fail, its producer would still be here to be refused.
      const ticket = pending.shift();
      if (ticket !== undefined) this.#answer(ticket, 'PUT_OK', this.#stats.putAnswered(this.confirmedTimestamp, nowMs));
    }
    if (arrivals.length === 0) return;
    for (const queue of arrivals.splice(0)) {
      try {
        queue.arrivalListener?.arrived(queue);
      } catch (error) {
        this.#guard.report('waking the readers of a queue', error);
      }
    }
  }

  #answer(ticket: PutTicket, status: PutMessageStatus, tookMs: number): void {
    try {
      ticket.stored(status, tookMs);
    } catch (error) {
      this.#guard.report('answering a put', error);
    }
  }

  /** Answers those who don't wait for the disk and whose record is in the file. */
  releaseWritten(offset: number): void {
    const impatient = this.#impatient;
    const nowMs = this.#stats.nowMs();
    while (impatient.count > 0 && impatient.oldestEnd <= offset) {
      const storeTimestamp = impatient.oldestStoreTimestamp;
      const ticket = impatient.shift();
      if (ticket !== undefined) this.#answer(ticket, 'PUT_OK', this.#stats.putAnswered(storeTimestamp, nowMs));
    }
  }

  /** Answers those who have waited since before `sinceMs` that the flush takes too long; their records stay pending. */
  answerLate(sinceMs: number, timeoutMs: number): void {
    for (const ticket of this.#pending.takeTicketsBefore(sinceMs)) {
      this.#stats.putTimes.count(timeoutMs);
      this.#answer(ticket, 'FLUSH_DISK_TIMEOUT', timeoutMs);
    }
  }

  /** The log ends at the offset again: takes the places of all records behind it back, then answers who put them. */
  takeBack(offset: number, status: PutMessageStatus): void {
    const tickets: PutTicket[] = [];
    const bytes = this.#pending.count > 0 ? this.#pending.newestEnd - offset : 0;
    const before = this.#pending.count;
    const take = (puts: PendingPuts): void => {
      while (puts.count > 0 && puts.newestEnd > offset) {
        puts.newestQueue?.takeBackOne();
        const ticket = puts.pop();
        if (ticket !== undefined) tickets.push(ticket);
      }
    };
    take(this.#pending);
    take(this.#impatient);
    this.#stats.takenBack(before - this.#pending.count, bytes);
    for (const ticket of tickets.reverse()) this.#answer(ticket, status, 0);
  }

  /** Answers all that wait and forgets them: nothing more is confirmed. */
  refuseAll(status: PutMessageStatus): void {
    for (const puts of [this.#impatient, this.#pending]) {
      while (puts.count > 0) {
        const ticket = puts.shift();
        if (ticket !== undefined) this.#answer(ticket, status, 0);
      }
    }
  }
}
