import { javaHashCode, type Logger } from '@rocketmq-ts/kernel';
import { PropertySlot, PropertyTable, readStoredRecord, type StoredRecord } from '@rocketmq-ts/protocol';
import type { GetMessageResult, QueueView, TimerFiles, TimerMagic, TimerUnit } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { dueTime } from './due-time.ts';
import type { TimerClock } from './timer-clock.ts';
import type { TimerMetrics } from './timer-metrics.ts';
import type { TimerSlots } from './timer-slots.ts';

const { REAL_TOPIC, TIMER_DEL_UNIQKEY } = PropertySlot;
const DELETE: (typeof TimerMagic)['DELETE'] = 4;
/** Of one read; the store bounds it further. */
const BATCH_MESSAGES = 256;

export interface EnqueueParts {
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly queue: QueueView;
  readonly files: TimerFiles;
  readonly timerClock: TimerClock;
  readonly slots: TimerSlots;
  readonly metrics: TimerMetrics;
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

/** Messages before an offset that are in the queue of timers and were delivered, when the files began anew. */
export interface DeliveredBefore {
  readonly queueOffset: number;
  readonly readMs: number;
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
  deliveredBefore: DeliveredBefore | undefined;
  readonly #parts: EnqueueParts;
  readonly #properties = new PropertyTable();
  #reader!: SlotReader;
  #isBusy = false;
  #isFailing = false;
  #isStopped = false;

  constructor(parts: EnqueueParts) {
    this.#parts = parts;
  }

  begin(offset: number, reader: SlotReader): void {
    const { minOffset, maxOffset } = this.#parts.queue;
    this.#reader = reader;
    this.offset = Math.min(Math.max(offset, minOffset), Math.max(minOffset, maxOffset));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Messages that are not in the wheel yet. */
  get behind(): number {
    return Math.max(0, this.#parts.queue.maxOffset - this.offset);
  }

  /** Goes on where it is not busy. */
  run(): void {
    const { queue, config, logger } = this.#parts;
    if (this.#isBusy || this.#isStopped || config.timerStopEnqueue || !config.timerWheelEnable) return;
    if (this.offset < queue.minOffset) {
      const { offset } = this;
      const { minOffset } = queue;
      logger.error('timer messages expired before they were put in the wheel', { offset, minOffset });
      this.offset = minOffset;
    }
    if (this.offset >= queue.maxOffset) return;
    this.#isBusy = true;
    queue.read(this.offset, BATCH_MESSAGES, Number.MAX_SAFE_INTEGER, undefined, (result) => this.#read(result));
  }

  #read(result: GetMessageResult): void {
    if (result.body === undefined) {
      this.#isBusy = false;
      // A read that failed is tried again with the next look.
      if (result.status !== 'READ_FAILED' && result.nextBeginOffset > this.offset) {
        this.#parts.logger.error('timer messages can not be read and are passed over', {
          offset: this.offset,
          nextOffset: result.nextBeginOffset,
          status: result.status,
        });
        this.offset = result.nextBeginOffset;
        this.#reader.added();
      }
      return;
    }
    const { units, topics, end } = this.#unitsOf(result.body, Math.max(this.offset, result.nextBeginOffset));
    result.release();
    if (units.length === 0) return this.#finish(end);
    this.isAdding = true;
    const { files, timerClock, logger } = this.#parts;
    files.add(units, files.wheel.floor(timerClock.now()), (error) => {
      this.isAdding = false;
      if (error !== null) {
        this.#isBusy = false;
        if (!this.#isFailing) logger.error('the timer log takes no messages; it is tried again', { error });
        this.#isFailing = true;
        return;
      }
      this.#isFailing = false;
      this.#count(units, topics);
      this.#finish(end);
    });
  }

  #finish(end: number): void {
    this.offset = end;
    this.#isBusy = false;
    this.#reader.added();
    if (!this.isHeld) this.run();
  }

  #count(units: readonly TimerUnit[], topics: readonly string[]): void {
    for (const [i, unit] of units.entries()) {
      if ((unit.magic & DELETE) === 0) {
        this.#parts.metrics.add(topics[i]!, 1);
        this.count += 1;
      }
      this.#reader.joined(unit);
    }
  }

  /** Units for the records that were read; `end`: behind the last message that they are of. */
  #unitsOf(body: Buffer, end: number): { units: TimerUnit[]; topics: string[]; end: number } {
    const units: TimerUnit[] = [];
    const topics: string[] = [];
    const { files } = this.#parts;
    this.isHeld = false;
    for (let at = 0; at < body.length; ) {
      const size = body.readInt32BE(at);
      const record = readStoredRecord(body, at);
      at += size > 0 ? size : body.length;
      if (record === undefined) continue;
      this.lastStoreTimestamp = record.storeTimestamp;
      const places = this.#placesOf(record);
      if (places.some(({ slotMs }) => files.wheel.isTaken(slotMs, this.#reader.readMs))) {
        this.isHeld = true;
        return { units, topics, end: record.queueOffset };
      }
      const topic = this.#properties.value(REAL_TOPIC) ?? '';
      for (const place of places) {
        topics.push(topic);
        units.push({
          ...place,
          physicalOffset: record.physicalOffset,
          recordBytes: record.storeSize,
          topicHash: javaHashCode(topic),
          queueOffset: record.queueOffset,
        });
      }
    }
    return { units, topics, end };
  }

  /** Usually one; a recall has one under each shift of the clock under which its message may be in the wheel; none for what was delivered. */
  #placesOf(record: StoredRecord): readonly Pick<TimerUnit, 'slotMs' | 'inSlotMs' | 'magic'>[] {
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
    if (this.#wasDelivered(queueOffset, due.wallMs + timerClock.shiftMs)) return [];
    const isRecall = properties.has(TIMER_DEL_UNIQKEY);
    if (!isRecall) return [slots.place(due.wallMs + timerClock.shiftMs, nowMs, readMs, false)];
    return timerClock.shifts
      .filter((shift, i) => i === 0 || due.wallMs + shift > readMs)
      .map((shift) => slots.place(due.wallMs + shift, nowMs, readMs, true));
  }

  #wasDelivered(queueOffset: number, dueMs: number): boolean {
    const before = this.deliveredBefore;
    return before !== undefined && queueOffset < before.queueOffset && dueMs <= before.readMs;
  }
}
