import { hasPossiblePlace, isInQueue, type UnitTarget } from '../dispatch/dispatch.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { RecordHead } from '../log/record.ts';
import { type ConsumeQueue, FILLER_SIZE, MAX_SKIPPED_UNITS, type TruncateOptions } from '../queue/consume-queue.ts';
import type { QueueEntry } from '../queue/queue-view.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import { leadsToItsRecord } from '../queue/unit-check.ts';
import type { RecoveryReport } from './report.ts';
import { Strays } from './strays.ts';

/** Queue offsets [from, to) that no record has had so far, and the place of the record behind them. */
interface Hole {
  readonly from: number;
  readonly to: number;
  readonly physicalOffset: number;
  /** A damaged place was seen that may have held them. */
  readonly explained: boolean;
}

/**
 * Places of the records at queue offset 0, as the files had them before their units were dropped. The files of a deleted
 * topic are removed durably, so that its first unit, once it was flushed, shows where its newest life begins. (That it shows
 * an older one proves nothing: a replay that did not come to its end may have written it.)
 */
export class FirstUnits {
  readonly #places = new Map<ConsumeQueue, number>();

  /** Before a replay from `start` on drops units of the queue. */
  keep(queue: ConsumeQueue, start: number): void {
    if (queue.isEmpty || queue.minOffset > 0 || this.#places.has(queue)) return;
    const first = queue.unitAt(queue.minUnit);
    if (first !== undefined && first.physicalOffset >= start) this.#places.set(queue, first.physicalOffset);
  }

  has(queue: ConsumeQueue, physicalOffset: number): boolean {
    return this.#places.get(queue) === physicalOffset;
  }
}

export interface QueueRebuildParts {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  readonly report: RecoveryReport;
  /** Of all replays of one start. */
  readonly firstUnits: FirstUnits;
  /** Where the replay begins. */
  readonly start: number;
}

/**
 * Rebuilds the units of the consume queues from the records of a replay, from its start on; an object for each replay. A record
 * that has no place in its queue is damaged in its header, which has no checksum; a queue offset that no record has stays empty.
 */
export class QueueRebuild implements UnitTarget {
  readonly #parts: QueueRebuildParts;
  readonly #replaysAll: boolean;
  /** Any unit from before the replay may be wrong. */
  #unitsInDoubt = false;
  #lastStoreTimestamp = 0;
  /**
   * Records that have queue offset 0 although their queue has units. A queue counts from 0 again when its topic was deleted
   * and made again, and then what was before is deleted; the next record shows whether it is so, or the offset is damaged.
   * Where it has a queue offset at or behind the end of the old units nothing shows it: a damaged offset or queue id looks the
   * same as a new life that lost as many records as the old one had. Then the old units stay.
   */
  readonly #restarts = new Map<ConsumeQueue, QueueEntry>();
  readonly #strays = new Strays();
  readonly #holes = new Map<ConsumeQueue, Hole>();
  /** Queues that lost units before the replay, and their ends until then. */
  readonly #shortened = new Map<ConsumeQueue, number>();
  /** A record proves that units before it are missing or wrong, and nothing in this replay explains it. */
  lacksUnits = false;

  constructor(parts: QueueRebuildParts) {
    this.#parts = parts;
    this.#replaysAll = parts.start === parts.log.minOffset;
  }

  /** Before the replay: drops the units of records from its start on. */
  dropUnits(how: TruncateOptions): void {
    this.#unitsInDoubt = how.checksAll;
    for (const queue of this.#parts.queues.all()) {
      this.#parts.firstUnits.keep(queue, this.#parts.start);
      const end = queue.nextUnit;
      queue.truncateTo(this.#parts.start, how);
      if (this.#replaysAll && queue.isEmpty) queue.reset();
      if (queue.nextUnit < end) this.#shortened.set(queue, end);
    }
  }

  /**
   * Before the replay, once units are dropped: a batch queue continues where its last unit says, so that a wrong one would give
   * queue offsets twice. In a simple queue their number says it.
   */
  checkEnds(): void {
    const { log, queues } = this.#parts;
    for (const queue of queues.all()) {
      if (this.#replaysAll || queue.type !== 'BatchCQ' || queue.isEmpty) continue;
      const last = queue.unitAt(queue.nextUnit - 1);
      const isRight = last !== undefined && (last.physicalOffset < log.minOffset || leadsToItsRecord(log, queue, last));
      this.lacksUnits ||= !isRight;
    }
  }

  /** A record was dispatched, also one without a unit. */
  passed(record: RecordHead): void {
    if (!isInQueue(record.sysFlag) && record.queueOffset > 0 && !this.#parts.report.explainsGaps)
      this.#strays.add(record.physicalOffset, record.queueOffset);
    this.#lastStoreTimestamp = record.storeTimestamp;
  }

  /** After the replay: makes durable that units were dropped for good, and reports what is missing and unexplained. */
  finish(): void {
    for (const [queue, unit] of this.#restarts) this.#restart(queue, unit);
    // The next process does not know of them if this one is killed; a loss of power would bring them back.
    for (const [queue, end] of this.#shortened) if (queue.nextUnit < end) this.#parts.queues.syncEnd(queue);
    for (const stray of this.#strays.rest()) {
      this.#parts.report.error('a record begins its queue behind offset 0, although nothing has expired', stray);
    }
    for (const [{ topic, queueId }, { from, to, physicalOffset, explained }] of this.#holes) {
      if (explained) continue;
      this.#parts.report.error('a queue lacks the messages before this record', physicalOffset, {
        topic,
        queueId,
        from,
        to,
      });
    }
  }

  /** False when the header can't be right. */
  take(record: RecordHead, tagsCode: number): boolean {
    const { queueId, queueOffset } = record;
    if (!hasPossiblePlace(record)) return false;
    const queue = this.#parts.queues.of(record.topic, queueId);
    const restart = this.#restarts.get(queue);
    if (restart !== undefined) {
      this.#restarts.delete(queue);
      // A wrong offset alone does not make the next record go back as well; a new life whose records were lost does.
      if (
        queueOffset === restart.messageCount ||
        (queueOffset > restart.messageCount && queueOffset < queue.nextOffset)
      )
        this.#restart(queue, restart);
      else this.#strays.add(restart.physicalOffset, queue.nextOffset);
    }
    if (queueOffset < queue.nextOffset) {
      if (queueOffset === 0 && this.#parts.firstUnits.has(queue, record.physicalOffset)) {
        this.#restart(queue, queue.entryOf(record, tagsCode));
        return true;
      }
      if (queueOffset === 0) {
        this.#restarts.set(queue, queue.entryOf(record, tagsCode));
        return true;
      }
      if (!this.#makeWay(queue, record)) return this.lacksUnits || this.#passOver(record);
    }
    if (queueOffset > queue.nextOffset && !this.#skipTo(queue, record)) return this.lacksUnits;
    this.#put(queue, queue.entryOf(record, tagsCode));
    return true;
  }

  /** True when the place of a record is free now, which had a filler or a wrong record. Otherwise the record before it stays. */
  #makeWay(queue: ConsumeQueue, record: RecordHead): boolean {
    const { queueOffset } = record;
    // Not so far back that the record behind it, were this one damaged, could not follow.
    if (queue.nextOffset - queueOffset <= MAX_SKIPPED_UNITS && this.#hasOnlyExpired(queue)) {
      queue.beginAt(queueOffset);
      return true;
    }
    const hole = this.#holes.get(queue);
    const unit = queue.unitAt(queue.unitOf(queueOffset));
    const isFree = unit?.size === FILLER_SIZE || (unit !== undefined && unit.queueOffset > queueOffset);
    if (!isFree && hole?.to !== queueOffset) {
      // A unit that this replay did not make is trusted no more than the record that it leads to.
      const isOld = unit !== undefined && unit.physicalOffset < this.#parts.start;
      const isWrong = isOld && !leadsToItsRecord(this.#parts.log, queue, unit);
      this.lacksUnits = !this.#replaysAll && (isWrong || unit?.physicalOffset === record.physicalOffset);
      return false;
    }
    const wrong = hole?.to === queueOffset ? hole.physicalOffset : queue.unitAt(queue.nextUnit - 1)!.physicalOffset;
    this.#parts.report.damagedPlace(wrong, { field: 'queue offset' });
    this.#holes.delete(queue);
    queue.cutTo(queue.unitOf(queueOffset));
    return true;
  }

  /**
   * True when units are in doubt and all that the queue has leads to what has expired: nothing shows that they were ever its
   * own, and the first record that is left of the queue counts more.
   */
  #hasOnlyExpired(queue: ConsumeQueue): boolean {
    if (!this.#replaysAll || !this.#unitsInDoubt || queue.isEmpty) return false;
    const newest = queue.unitAt(queue.nextUnit - 1);
    return newest !== undefined && newest.physicalOffset < this.#parts.start;
  }

  /** False when the record can't be right, or (`lacksUnits`) the queue lacks units from before the replay. */
  #skipTo(queue: ConsumeQueue, record: RecordHead): boolean {
    const { queueOffset } = record;
    const { explainsGaps } = this.#parts.report;
    if (!explainsGaps && !this.#replaysAll) {
      this.lacksUnits = true;
      return false;
    }
    if (queue.isEmpty) {
      if (!explainsGaps && this.#parts.log.minOffset === 0) this.#strays.add(record.physicalOffset, queueOffset);
      queue.beginAt(queueOffset);
      return true;
    }
    if (queueOffset - queue.nextOffset > MAX_SKIPPED_UNITS) return false;
    this.#addHole(queue, record);
    queue.skipTo(queueOffset);
    return true;
  }

  /** A whole record without a place in its queue: not the end of the log, unless it is left over from an earlier one. */
  #passOver(record: RecordHead): boolean {
    if (record.storeTimestamp < this.#lastStoreTimestamp) return false;
    this.#parts.report.damagedPlace(record.physicalOffset, { field: 'queue offset' });
    return true;
  }

  /** A queue lacks what comes before a record: a damaged place explains it, or a stray, or it is reported in the end. */
  #addHole(queue: ConsumeQueue, next: RecordHead): void {
    const { topic, queueId, nextOffset } = queue;
    const explained = this.#parts.report.explainsGaps;
    const before = queue.unitAt(queue.nextUnit - 1)?.physicalOffset ?? 0;
    const stray = explained ? undefined : this.#strays.take(nextOffset, next.queueOffset, before);
    if (stray !== undefined)
      this.#parts.report.damagedPlace(stray, { field: 'topic, queue id, queue offset or flags', topic, queueId });
    this.#holes.set(queue, {
      from: nextOffset,
      to: next.queueOffset,
      physicalOffset: next.physicalOffset,
      explained: explained || stray !== undefined,
    });
  }

  #put(queue: ConsumeQueue, unit: QueueEntry): void {
    queue.append(unit);
    queue.visibleUnit = queue.nextUnit;
    this.#parts.queues.markDirty(queue);
  }

  #restart(queue: ConsumeQueue, first: QueueEntry): void {
    queue.beginAt(0);
    this.#put(queue, first);
  }
}
