import type { Guard } from '@rocketmq-ts/kernel';
import type { StoreConfig } from '../config.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { ArrivalListener } from '../queue/queue-view.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import type { PutMessageStatus } from '../status.ts';
import { OffsetQueue } from './offset-queue.ts';
import type { StoreStats } from './store-stats.ts';
import { FLUSHED, MARK_SETS, type MarkSet, REPLICATED, UNAVAILABLE, type Watermarks } from './watermarks.ts';

/** Called with the outcome of a put. */
export interface PutTicket {
  /** Called once for an accepted put, with the whole milliseconds that it took. Must not throw. */
  stored(status: PutMessageStatus, tookMs: number): void;
}

/**
 * Records between their place in the log and their outcome. As a watermark moves, units become visible, puts are answered
 * and readers are woken, in the order of the log. What a ticket or a listener throws is logged and stops nothing else.
 */
export class PutProgress {
  readonly #queues: ConsumeQueueTable;
  readonly #stats: StoreStats;
  readonly #guard: Guard;
  readonly #marks: Watermarks;
  readonly #config: StoreConfig;
  /** Records that are not visible; undefined for one that is in no queue. */
  readonly #records = new OffsetQueue<ConsumeQueue | undefined>();
  /** Puts that are not answered, by the marks that they wait for. */
  readonly #waiters = MARK_SETS.map(() => new OffsetQueue<PutTicket>());
  readonly #listeners: ArrivalListener[] = [];
  readonly #arrivals: ConsumeQueue[] = [];
  /** Store time of the newest visible record. */
  confirmedTimestamp = 0;
  /** Records below it are visible. */
  confirmedOffset = 0;

  constructor(queues: ConsumeQueueTable, stats: StoreStats, guard: Guard, marks: Watermarks, config: StoreConfig) {
    this.#queues = queues;
    this.#stats = stats;
    this.#guard = guard;
    this.#marks = marks;
    this.#config = config;
  }

  /** Records that readers may not see yet. */
  get hiddenCount(): number {
    return this.#records.count;
  }

  /** True while records are not as safe on the disk as the flush mode says. */
  get waitsForDisk(): boolean {
    return this.#records.count > 0 && this.#records.newestEnd > this.#marks.local;
  }

  /** Called once per queue and turn, after records of it became visible. */
  onArrival(listener: ArrivalListener): void {
    this.#listeners.push(listener);
  }

  /** A record that ends at `end` is laid out. Its ticket is answered when every mark that it waits for has passed it. */
  add(
    queue: ConsumeQueue | undefined,
    end: number,
    ticket: PutTicket | undefined,
    waits: boolean,
    storeTimestamp: number,
    sinceMs: number,
  ): void {
    this.#records.push(queue, end, storeTimestamp, sinceMs);
    if (ticket !== undefined) this.#waiters[this.#marks.setOf(waits)]!.push(ticket, end, storeTimestamp, sinceMs);
  }

  /** The store is opened: a unit of a record that is in the log and not visible yet; undefined for a record without one. */
  hide(queue: ConsumeQueue | undefined, end: number, storeTimestamp: number): void {
    this.#records.push(queue, end, storeTimestamp, 0);
  }

  /** A mark has moved. */
  advance(): void {
    this.#show();
    const nowMs = this.#stats.nowMs();
    for (const set of MARK_SETS) {
      const waiters = this.#waiters[set]!;
      if (waiters.count > 0) this.#release(waiters, set, nowMs);
    }
    if (this.#arrivals.length > 0) this.#wakeReaders();
  }

  #release(waiters: OffsetQueue<PutTicket>, set: MarkSet, nowMs: number): void {
    const { putTimes } = this.#stats;
    const offset = this.#marks.reached(set);
    const status = (set & UNAVAILABLE) === 0 ? 'PUT_OK' : 'SLAVE_NOT_AVAILABLE';
    while (waiters.count > 0 && waiters.oldestEnd <= offset) {
      // A wall clock that was set back makes it 0.
      const tookMs = Math.max(0, nowMs - waiters.oldestStoreTimestamp);
      putTimes.count(tookMs);
      this.#answer(waiters.shift(), status, tookMs);
    }
  }

  #show(): void {
    const records = this.#records;
    const offset = this.#marks.visible;
    const arrivals = this.#listeners.length > 0 ? this.#arrivals : undefined;
    this.confirmedOffset = offset;
    while (records.count > 0 && records.oldestEnd <= offset) {
      this.confirmedTimestamp = records.oldestStoreTimestamp;
      const queue = records.shift();
      if (queue === undefined) continue;
      if (!queue.flushPending) this.#queues.markDirty(queue);
      queue.visibleUnit += 1;
      if (arrivals === undefined || queue.hasArrivals) continue;
      queue.hasArrivals = true;
      arrivals.push(queue);
    }
  }

  #wakeReaders(): void {
    for (const queue of this.#arrivals.splice(0)) {
      queue.hasArrivals = false;
      for (const listener of this.#listeners) {
        try {
          listener(queue);
        } catch (error) {
          this.#guard.report('waking the readers of a queue', error);
        }
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

  /** Answers puts that have waited too long for a mark; their records stay, see `Watermarks`. `nowMs` is monotonic. */
  timeOut(nowMs: number): void {
    const slaveTimeoutMs = this.#config.slaveTimeout;
    if (this.#marks.givesUp) {
      this.#marks.giveUpReplicationTo(this.#records.endOfThoseBefore(nowMs - slaveTimeoutMs));
      this.advance();
    }
    // Nothing else than the write is waited for with the others.
    for (const set of MARK_SETS) if ((set & ~UNAVAILABLE) !== 0) this.#timeOut(set, nowMs, slaveTimeoutMs);
  }

  /** A put that waits for two marks is answered when each is reached or late. */
  #timeOut(set: MarkSet, nowMs: number, slaveTimeoutMs: number): void {
    const waiters = this.#waiters[set]!;
    const syncFlushTimeoutMs = this.#config.syncFlushTimeout;
    while (waiters.count > 0) {
      const waitedMs = nowMs - waiters.oldestSinceMs;
      const end = waiters.oldestEnd;
      const lacksFlush = (set & FLUSHED) !== 0 && this.#marks.reached(FLUSHED) < end;
      const lacksSlave = (set & REPLICATED) !== 0 && this.#marks.reached(REPLICATED) < end;
      if ((lacksFlush && waitedMs <= syncFlushTimeoutMs) || (lacksSlave && waitedMs <= slaveTimeoutMs)) return;
      const tookMs = lacksSlave ? slaveTimeoutMs : syncFlushTimeoutMs;
      this.#stats.putTimes.count(tookMs);
      const late = lacksSlave ? 'FLUSH_SLAVE_TIMEOUT' : 'FLUSH_DISK_TIMEOUT';
      this.#answer(waiters.shift(), (set & UNAVAILABLE) === 0 ? late : 'SLAVE_NOT_AVAILABLE', tookMs);
    }
  }

  /**
   * The store stops: the stop waits for no slave, nor do readers, unless they see only what is confirmed. Then nobody is woken
   * any more, and the rest counts as visible only so that its units are written.
   */
  giveUpReplication(): void {
    if (this.#marks.isConfirmedOnly) this.#listeners.length = 0;
    this.#marks.giveUpReplicationTo(Number.POSITIVE_INFINITY);
    this.advance();
  }

  /** The log ends at an offset again: records behind it lose their places in the queues, then their puts are answered. */
  rollBackTo(offset: number, status: PutMessageStatus): void {
    const records = this.#records;
    const before = records.count;
    const bytes = before > 0 ? records.newestEnd - offset : 0;
    while (records.count > 0 && records.newestEnd > offset) records.pop()?.removeNewest();
    this.#stats.rolledBack(before - records.count, bytes);
    this.#rollBackWaiting(offset, status);
  }

  #rollBackWaiting(offset: number, status: PutMessageStatus): void {
    for (const waiters of this.#waiters) {
      const tickets: PutTicket[] = [];
      while (waiters.count > 0 && waiters.newestEnd > offset) tickets.push(waiters.pop());
      for (const ticket of tickets.reverse()) this.#answer(ticket, status, 0);
    }
  }

  /** The log was cut at an offset, behind a record of this store time. */
  logWasCut(offset: number, lastTimestamp: number): void {
    // The queues are cut as a whole: units of hidden records may be in their files.
    while (this.#records.count > 0 && this.#records.newestEnd > offset) this.#records.pop();
    this.#rollBackWaiting(offset, 'SERVICE_NOT_AVAILABLE');
    this.confirmedOffset = Math.min(this.confirmedOffset, offset);
    this.confirmedTimestamp = Math.min(this.confirmedTimestamp, lastTimestamp);
  }

  /** Answers all puts that wait; their records stay, and become visible as others do. */
  refuseWaiting(status: PutMessageStatus): void {
    for (const waiters of this.#waiters) while (waiters.count > 0) this.#answer(waiters.shift(), status, 0);
  }

  /** Answers all puts that wait and forgets their records: nothing more becomes visible. */
  refuseAll(status: PutMessageStatus): void {
    this.refuseWaiting(status);
    while (this.#records.count > 0) this.#records.shift();
  }
}
