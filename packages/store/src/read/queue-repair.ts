import { asError, type Clock, type Guard, type Logger, sleep, viewOf } from '@rocketmq-ts/kernel';
import { isInQueue } from '../dispatch/dispatch.ts';
import type { BlockCache } from '../log/block-cache.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { LogHoles } from '../log/holes.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import { LogScan } from '../log/scan.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { QueueEntry } from '../queue/queue-view.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import { storedTagsCode } from '../queue/tags-code.ts';
import { isHeadOfItsRecord, leadsToItsRecord } from '../queue/unit-check.ts';
import { BATCH_UNIT_BYTES, FILLER_SIZE, UnitOffset } from '../queue/unit-layout.ts';
import type { UnitCache } from './unit-cache.ts';

/** Of the log at a time, between turns of the loop that serve others. */
const SLICE_BYTES = 1024 * 1024;
const UNITS_AT_ONCE = 4096;
/** Repairs that wait for their turn; beyond it a reader gets an error and asks again. */
const MAX_WAITING = 1000;

/**
 * RESTORED: the unit leads to its record now. LOST: the log has no such record, and readers pass over the unit. FAILED: the
 * disk could not read, or too many wait; a later try may succeed.
 */
export type RepairOutcome = 'RESTORED' | 'LOST' | 'FAILED';

interface Repair {
  readonly queue: ConsumeQueue;
  readonly unit: number;
  readonly done: RepairDone;
}

/** `from`: the first unit that was made again; the one that was asked for where none was. */
export type RepairDone = (outcome: RepairOutcome, from: number) => void;

/** Units that are wrong, by number [from, to), and the part of the log in which their records lie if they are there. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly logFrom: number;
  readonly logTo: number;
}

export interface QueueRepairParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly guard: Guard;
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  readonly holes: LogHoles;
  readonly blocks: BlockCache;
  readonly units: UnitCache;
  readonly delayLevelsMs: readonly number[];
}

/**
 * Mends what a reader met: a unit of a consume queue that does not lead to its record, or a damaged record. The wrong units and
 * their neighbours are made again from the log between those that are right; what the log has no record for gets a filler, and a
 * damaged place of the log is filled (`LogHoles`). In slices, one repair at a time, so that others are served meanwhile.
 */
export class QueueRepair {
  readonly #parts: QueueRepairParts;
  readonly #scan: LogScan;
  readonly #piece = Buffer.alloc(UNITS_AT_ONCE * BATCH_UNIT_BYTES);
  readonly #view = viewOf(this.#piece);
  readonly #waiting: Repair[] = [];
  #busy = false;
  #passedHoles = 0;
  #stopped = false;
  /** How often the log was cut. */
  #cuts = 0;

  constructor(parts: QueueRepairParts) {
    this.#parts = parts;
    this.#scan = new LogScan(parts.log.files);
  }

  /** Nothing is mended any more: what waits is answered FAILED. */
  stop(): void {
    this.#stopped = true;
    for (const { done, unit } of this.#waiting.splice(0)) done('FAILED', unit);
  }

  /** The log was cut: a repair that is under way has looked at what is gone, and fails. */
  logWasCut(): void {
    this.#cuts += 1;
  }

  /** `done` runs in a later turn. */
  run(queue: ConsumeQueue, unit: number, done: RepairDone): void {
    if (this.#stopped || this.#waiting.length >= MAX_WAITING) {
      this.#parts.clock.endOfTurn(() => done('FAILED', unit));
      return;
    }
    this.#waiting.push({ queue, unit, done });
    if (this.#busy) return;
    this.#busy = true;
    this.#parts.clock.endOfTurn(() => void this.#all());
  }

  async #all(): Promise<void> {
    for (let repair = this.#waiting.shift(); repair !== undefined; repair = this.#waiting.shift()) {
      const { queue, unit, done } = repair;
      let result: [RepairOutcome, number] = ['FAILED', unit];
      try {
        result = await this.#repair(queue, unit);
      } catch (error) {
        const { topic, queueId } = queue;
        this.#parts.logger.error('a unit of a consume queue could not be mended; it is tried again when it is read', {
          ...{ topic, queueId, unit, error: asError(error) },
        });
      }
      this.#parts.guard.run('the reader of a mended unit', () => done(...result));
    }
    this.#busy = false;
  }

  async #repair(queue: ConsumeQueue, unit: number): Promise<[RepairOutcome, number]> {
    const { log } = this.#parts;
    const isThere = !queue.removed && unit < queue.visibleUnit;
    const entry = isThere ? queue.unitAt(unit) : undefined;
    const cuts = this.#cuts;
    if (entry === undefined) return ['FAILED', unit];
    // Another reader met it before.
    if (isFiller(entry)) return ['LOST', unit];
    if (leadsToItsRecord(log, queue, entry)) {
      // It was in doubt for the one before it, which may be the one that is wrong.
      const before = unit > queue.minUnit ? queue.unitAt(unit - 1) : undefined;
      if (before === undefined || isFiller(before) || leadsToItsRecord(log, queue, before)) return ['RESTORED', unit];
      const [outcome, from] = await this.#repair(queue, unit - 1);
      return [outcome === 'FAILED' ? outcome : 'RESTORED', from];
    }
    const { physicalOffset, size } = entry;
    this.#scan.forget();
    const range = isHeadOfItsRecord(log, queue, entry)
      ? { from: unit, to: unit + 1, logFrom: physicalOffset, logTo: physicalOffset + size }
      : this.#rangeAround(queue, unit);
    this.#passedHoles = 0;
    const found = await this.#find(queue, range);
    if (found === undefined || queue.removed || cuts !== this.#cuts) return ['FAILED', unit];
    this.#parts.queues.rewrite(queue, range.from, queue.encode(range.from, range.to, found));
    this.#parts.units.forget(queue);
    this.#parts.blocks.forget(range.logFrom, range.logTo);
    this.#report(queue, range, found.size);
    return [found.has(unit) ? 'RESTORED' : 'LOST', range.from];
  }

  /** A damaged record alone is reported by its place in the log. */
  #report({ topic, queueId }: ConsumeQueue, { from, to }: Range, restored: number): void {
    const lost = to - from - restored;
    if (restored === 0 && lost === 1 && this.#passedHoles > 0) return;
    const sentence = 'units of a consume queue did not lead to their records; they are made again from the log';
    this.#parts.logger.error(sentence, { topic, queueId, from, to, restored, lost });
  }

  /** From the nearest unit before it that leads to its record to the nearest one behind it that does. */
  #rangeAround(queue: ConsumeQueue, wrong: number): Range {
    const { log } = this.#parts;
    const end = Math.min(queue.flushedUnit, queue.tailUnit);
    const before = this.#lastRightBefore(queue, wrong);
    const entry = before < queue.minUnit ? undefined : queue.unitAt(before);
    const logFrom = entry === undefined ? log.minOffset : entry.physicalOffset + entry.size;
    const to = this.#firstRightFrom(queue, wrong + 1, end, logFrom);
    const behind = to < queue.visibleUnit ? queue.unitAt(to) : undefined;
    return { from: before + 1, to, logFrom, logTo: behind?.physicalOffset ?? log.writtenOffset };
  }

  /** Before the queue's first unit when there is none. */
  #lastRightBefore(queue: ConsumeQueue, unit: number): number {
    for (let end = unit; end > queue.minUnit; ) {
      const first = Math.max(queue.minUnit, end - UNITS_AT_ONCE);
      const count = Math.min(end - first, queue.readUnits(first, this.#piece));
      for (let i = count - 1; i >= 0; i--) if (this.#isRight(queue, first + i, i, 0)) return first + i;
      end = first;
    }
    return queue.minUnit - 1;
  }

  #firstRightFrom(queue: ConsumeQueue, from: number, end: number, logFrom: number): number {
    for (let first = from; first < end; ) {
      const count = Math.min(queue.readUnits(first, this.#piece), end - first);
      if (count === 0) break;
      for (let i = 0; i < count; i++) if (this.#isRight(queue, first + i, i, logFrom)) return first + i;
      first += count;
    }
    return end;
  }

  /** `at`: place of the unit in the piece that was read. */
  #isRight(queue: ConsumeQueue, unit: number, at: number, logFrom: number): boolean {
    const { unitBytes } = queue;
    const entry = queue.entryIn(this.#view, at * unitBytes, unit);
    const { physicalOffset, size } = entry;
    const { log } = this.#parts;
    if (physicalOffset < logFrom || size <= 0 || physicalOffset + size > log.writtenOffset) return false;
    if (!leadsToItsRecord(log, queue, entry)) return false;
    return this.#hasItsTagsCode(physicalOffset, at * unitBytes + UnitOffset.tagsCode);
  }

  /**
   * Damage that begins within the tags code of a unit, as where a sector is lost, leaves a unit that
   * leads to its record, and readers of a tag would pass over it. What is no hash, as a due time, is left as it is.
   */
  #hasItsTagsCode(physicalOffset: number, at: number): boolean {
    const low = this.#view.getInt32(at + 4);
    if (this.#view.getInt32(at) !== low >> 31) return true;
    const { log, delayLevelsMs } = this.#parts;
    const file = log.files.fileAt(physicalOffset);
    if (file === undefined || this.#scan.recordAt(file, physicalOffset) !== 'RECORD') return true;
    return storedTagsCode(this.#scan.head, delayLevelsMs) === low;
  }

  /** What the units of a range should be, by their numbers; undefined when the store stops. Fills holes on the way. */
  async #find(queue: ConsumeQueue, range: Range): Promise<Map<number, QueueEntry> | undefined> {
    const { from, to, logFrom, logTo } = range;
    const { log, clock, delayLevelsMs } = this.#parts;
    const found = new Map<number, QueueEntry>();
    let pauseAt = logFrom + SLICE_BYTES;
    const cuts = this.#cuts;
    for (let offset = logFrom; offset < logTo; ) {
      const file = log.files.fileAt(offset);
      if (file === undefined) break;
      const result = this.#scan.recordAt(file, offset);
      const { head } = this.#scan;
      if (result === 'BLANK') offset = file.endOffset;
      else if (result !== 'RECORD') offset = this.#passHole(file, offset, Math.min(logTo, file.endOffset));
      else {
        offset += head.totalSize;
        const isOfQueue = head.topic === queue.topic && head.queueId === queue.queueId && isInQueue(head.sysFlag);
        const entry = isOfQueue ? queue.entryOf(head, storedTagsCode(head, delayLevelsMs)) : undefined;
        // In a batch queue the records of the range have its units in their order.
        const unit = queue.type === 'BatchCQ' ? from + found.size : head.queueOffset;
        // As readers look at it, byte by byte: else they would ask again and again.
        if (entry !== undefined && unit >= from && unit < to && leadsToItsRecord(log, queue, entry)) {
          found.set(unit, entry);
        }
      }
      if (offset < pauseAt) continue;
      pauseAt = offset + SLICE_BYTES;
      await sleep(clock, 1);
      if (this.#stopped || cuts !== this.#cuts) return undefined;
    }
    return found;
  }

  /** Where the log continues behind a place that has no record. */
  #passHole(file: MappedFile, from: number, limit: number): number {
    const { log, holes, logger } = this.#parts;
    const to = this.#scan.goodRecordWithin(file, from, limit) ?? limit;
    const { storeTimestamp } = this.#scan.head;
    this.#passedHoles += 1;
    logger.error('a damaged place is in the commit log; what follows it is readable', {
      ...{ file: file.path, position: from - file.baseOffset, offset: from, bytes: to - from },
    });
    // What is not durable yet may be written still.
    if (to > log.flushedOffset) return to;
    holes.fill({ file, from, to, storeTimestamp: storeTimestamp || 1 });
    file.syncSync();
    this.#scan.forget();
    return to;
  }
}

function isFiller({ physicalOffset, size }: { physicalOffset: number; size: number }): boolean {
  return size === FILLER_SIZE && physicalOffset === 0;
}
