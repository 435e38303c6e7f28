import { javaHashCode, type Logger } from '@rocketmq-ts/kernel';
import { PropertySlot, PropertyTable, readStoredRecord, type StoredRecord } from '@rocketmq-ts/protocol';
import {
  type DeliveredTimers,
  type GetMessageResult,
  type QueueView,
  type TimerFiles,
  TimerMagic,
  type TimerUnit,
} from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicCounts } from '../topic-counts.ts';
import { dueTime } from './due-time.ts';
import type { TimerClock } from './timer-clock.ts';
import type { PlaceInWheel, TimerSlots } from './timer-slots.ts';

const { REAL_TOPIC, TIMER_DEL_UNIQKEY, TIMER_OUT_MS } = PropertySlot;
/** Of one write of the timer log: a read gives fewer, and what is in memory is read at once. */
const BATCH_MESSAGES = 1024;

export interface EnqueueParts {
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly queue: QueueView;
  readonly files: TimerFiles;
  readonly timerClock: TimerClock;
  readonly slots: TimerSlots;
  readonly metrics: TopicCounts;
  readonly stats: Pick<BrokerStats, 'exposed'>;
}

/** Who delivers, as the enqueuing part sees it. */
export interface SlotReader {
  /** The first slot that is not done. */
  readonly readMs: number;
  /** A unit was added: it may be for a slot that is in memory already. */
  joined(unit: TimerUnit): void;
  /** Units were added. */
  added(): void;
}

/** Units that are added in one write. */
interface Batch {
  readonly units: TimerUnit[];
  /** Of each unit. */
  readonly topics: string[];
  /** Of each unit: seconds from the producer's time to the one that the message is for. */
  readonly delays: number[];
  /** Queue offset behind the messages that they are of. */
  end: number;
}

/** Takes messages from the queue of timers into the wheel, in order, one batch at a time. Source: TimerMessageStore#enqueue. */
export class TimerEnqueue {
  /** Messages before it have a unit. */
  offset = 0;
  /** Units have their slots already and are not in them yet. */
  isAdding = false;
  /** A slot is taken by messages of another time, which must be delivered first. */
  isHeld = false;
  /** Messages that were put in the wheel since the start. */
  count = 0;
  /** Store time of the message that was taken last. */
  lastStoreTimestamp = 0;
  readonly #parts: EnqueueParts;
  readonly #properties = new PropertyTable();
  /** When the files were whole last. */
  #deliveredBefore: DeliveredTimers = { queueOffset: 0, dueMs: 0 };
  #reader!: SlotReader;
  /** A batch is on its way from the queue into the wheel. */
  isBusy = false;
  #isFailing = false;
  #isStopped = false;
  /** Messages from here on wait until the master has put them in its wheel. */
  #limit = Number.POSITIVE_INFINITY;

  constructor(parts: EnqueueParts) {
    this.#parts = parts;
  }

  /** `delivered`: messages from `offset` on that are not put in the wheel again. */
  begin(offset: number, delivered: DeliveredTimers, reader: SlotReader): void {
    const { minOffset, nextOffset } = this.#parts.queue;
    this.#reader = reader;
    this.#deliveredBefore = delivered;
    this.#isStopped = false;
    this.offset = Math.min(Math.max(offset, minOffset), Math.max(minOffset, nextOffset));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Of a slave: only messages that its master has in its wheel come into this one, and those that it delivered do not. By the
   * time up to which it read alone a message that came there late would count as delivered.
   */
  followUpTo(delivered: DeliveredTimers): void {
    this.#deliveredBefore = delivered;
    this.#limit = delivered.queueOffset;
  }

  /** The end of the log was cut off, and with it maybe messages that were taken. */
  logWasCut(): void {
    const { nextOffset } = this.#parts.queue;
    const { queueOffset, dueMs } = this.#deliveredBefore;
    this.#deliveredBefore = { queueOffset: Math.min(queueOffset, nextOffset), dueMs };
    this.offset = Math.min(this.offset, nextOffset);
  }

  /** This broker delivers: all messages come into the wheel. */
  followNoMore(): void {
    this.#limit = Number.POSITIVE_INFINITY;
  }

  get #end(): number {
    return Math.min(this.#parts.queue.maxOffset, this.#limit);
  }

  /** What would not have to be put in the wheel again if the files were lost now. */
  get delivered(): DeliveredTimers {
    if (this.offset < this.#deliveredBefore.queueOffset) return this.#deliveredBefore;
    const { shifts } = this.#parts.timerClock;
    return { queueOffset: this.offset, dueMs: this.#reader.readMs - Math.max(...shifts) };
  }

  /** Messages that are not in the wheel yet. */
  get behind(): number {
    return Math.max(0, this.#parts.queue.maxOffset - this.offset);
  }

  /** Goes on where it is not busy. */
  run(): void {
    const { queue, config, logger } = this.#parts;
    if (this.isBusy || this.#isStopped || config.timerStopEnqueue || !config.timerWheelEnable) return;
    if (this.offset < queue.minOffset) {
      const { offset } = this;
      const { minOffset } = queue;
      logger.error('timer messages expired before they were put in the wheel', { offset, minOffset });
      this.offset = minOffset;
    }
    if (this.offset >= this.#end) return;
    this.isBusy = true;
    this.isHeld = false;
    this.#gather({ units: [], topics: [], delays: [], end: this.offset });
  }

  /** Reads what there is, and adds it in one write. */
  #gather(batch: Batch): void {
    const { queue } = this.#parts;
    for (let isMore = true; isMore; ) {
      const end = this.#end;
      if (batch.units.length >= BATCH_MESSAGES || batch.end >= end || this.isHeld) return this.#add(batch);
      isMore = false;
      let isLater = false;
      queue.read(batch.end, Math.min(BATCH_MESSAGES, end - batch.end), Number.MAX_SAFE_INTEGER, undefined, (result) => {
        const goesOn = this.#take(batch, result);
        if (!goesOn) this.#add(batch);
        else if (isLater) this.#gather(batch);
        else isMore = true;
      });
      isLater = true;
    }
  }

  /** False: nothing more can be read now. */
  #take(batch: Batch, result: GetMessageResult): boolean {
    const { body, nextBeginOffset, status } = result;
    const end = Math.max(batch.end, nextBeginOffset);
    if (body !== undefined) {
      this.#addUnits(batch, body, end);
      result.release();
      return true;
    }
    // A read that failed is tried again with the next look.
    if (status === 'READ_FAILED' || end === batch.end) return false;
    const { logger } = this.#parts;
    logger.error('timer messages can not be read and are passed over', { offset: batch.end, nextOffset: end, status });
    batch.end = end;
    return true;
  }

  #add({ units, topics, delays, end }: Batch): void {
    if (units.length === 0) return this.#finish(end);
    this.isAdding = true;
    const { files, timerClock, logger } = this.#parts;
    files.add(units, files.wheel.floor(timerClock.now()), (error) => {
      this.isAdding = false;
      if (error !== null) {
        this.isBusy = false;
        if (!this.#isFailing) logger.error('the timer log takes no messages; it is tried again', { error });
        this.#isFailing = true;
        return;
      }
      this.#isFailing = false;
      this.#count(units, topics, delays);
      this.#finish(end);
    });
  }

  #finish(end: number): void {
    const isMoved = end > this.offset;
    this.offset = end;
    this.isBusy = false;
    if (!isMoved) return;
    this.#reader.added();
    if (!this.isHeld) this.run();
  }

  #count(units: readonly TimerUnit[], topics: readonly string[], delays: readonly number[]): void {
    const { exposed } = this.#parts.stats;
    for (const [i, unit] of units.entries()) {
      if ((unit.magic & TimerMagic.DELETE) === 0 && this.#limit === Number.POSITIVE_INFINITY) {
        this.#parts.metrics.add(topics[i]!, 1);
        exposed?.timerEnqueued(topics[i]!, delays[i]!);
        this.count += 1;
      }
      this.#reader.joined(unit);
    }
  }

  /** Adds units for the records that were read; `end`: behind the last of them. */
  #addUnits(batch: Batch, body: Buffer, end: number): void {
    const { files } = this.#parts;
    for (let at = 0; at < body.length; ) {
      const size = body.readInt32BE(at);
      const record = readStoredRecord(body, at);
      at += size > 0 ? size : body.length;
      if (record === undefined) continue;
      this.lastStoreTimestamp = record.storeTimestamp;
      const places = this.#placesOf(record);
      if (places.some(({ slotMs }) => files.wheel.isTaken(slotMs, this.#reader.readMs))) {
        this.isHeld = true;
        batch.end = record.queueOffset;
        return;
      }
      const topic = this.#properties.value(REAL_TOPIC) ?? '';
      const outMs = Number(this.#properties.value(TIMER_OUT_MS) ?? record.storeTimestamp);
      const delay = Number.isFinite(outMs) ? (outMs - record.bornTimestamp) / 1000 : 0;
      for (const place of places) {
        batch.topics.push(topic);
        batch.delays.push(delay);
        batch.units.push({
          ...place,
          physicalOffset: record.physicalOffset,
          recordBytes: record.storeSize,
          topicHash: javaHashCode(topic),
          queueOffset: record.queueOffset,
        });
      }
    }
    batch.end = end;
  }

  /** Usually one; a recall has one under each shift of the clock under which its message may be in the wheel; none for what was delivered. */
  #placesOf(record: StoredRecord): readonly PlaceInWheel[] {
    const { files, timerClock, slots, logger } = this.#parts;
    const properties = this.#properties.read(record.properties, 'latin1');
    const due = dueTime(properties, record.storeTimestamp, files.wheel.precisionMs);
    const { physicalOffset, queueOffset } = record;
    if (due === undefined) {
      logger.error('a timer message without a time is passed over', { physicalOffset, queueOffset });
      return [];
    }
    const nowMs = timerClock.now();
    const { readMs } = this.#reader;
    const before = this.#deliveredBefore;
    if (queueOffset < before.queueOffset && due.wallMs <= before.dueMs) return [];
    const isRecall = properties.has(TIMER_DEL_UNIQKEY);
    // A delay counts from its store time, whatever was done to the wall clock since.
    const shiftMs = due.isDelay ? timerClock.shiftOf(physicalOffset) : timerClock.shiftMs;
    if (!isRecall) return [slots.place(due.wallMs + shiftMs, nowMs, readMs, false)];
    return timerClock.shifts
      .filter((shift, i) => i === 0 || due.wallMs + shift > readMs)
      .map((shift) => slots.place(due.wallMs + shift, nowMs, readMs, true));
  }
}
