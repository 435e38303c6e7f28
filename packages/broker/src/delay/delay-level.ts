import { asError, type Clock, type Logger } from '@rocketmq-ts/kernel';
import {
  offsetMessageIdOf,
  PropertySlot,
  PropertyTable,
  progressWithinLog,
  RecordOffset,
  readStoredRecord,
  type StoredRecord,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import {
  canNeverBeStored,
  type GetMessageResult,
  isStored,
  type MessageStore,
  type PutMessageStatus,
  type QueueView,
} from '@rocketmq-ts/store';
import { FailingPlace } from '../failing-place.ts';
import { readRealPlace } from '../placement/real-place.ts';
import type { MovedRecord, RecordMover } from '../placement/record-mover.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import { type DueTimes, LONGEST_DELAY_MS, type Remainder } from './due-times.ts';

const BATCH_MESSAGES = 32;

export interface DelayLevelParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: MessageStore;
  readonly mover: RecordMover;
  readonly stats: Pick<BrokerStats, 'delivered'>;
}

/** Records of one read on their way to their queues. */
interface Batch {
  /** In which it was read. */
  readonly duty: number;
  readonly body: Buffer;
  at: number;
  readonly end: number;
}

/**
 * One level: reads its queue in order and stops at the first message that is not due. One batch is under way at a time. A
 * message that can't be delivered, now or ever, is set aside: logged with its place and passed over.
 */
export class DelayLevel {
  /** Queue offset of the next message. */
  offset = 0;
  readonly queue: QueueView;
  readonly #parts: DelayLevelParts;
  readonly #level: number;
  readonly #delayMs: number;
  readonly #dueTimes: DueTimes;
  readonly #onDelivered: () => void;
  readonly #properties = new PropertyTable();
  readonly #unreadableRecord: FailingPlace;
  readonly #storeTimestampAt: (queueOffset: number) => number;
  #busy = false;
  #isOnDuty = false;
  /** Count of duties: what a read or a delivery of an earlier one brings counts for nothing. */
  #duty = 0;
  #unreadable = false;

  constructor(parts: DelayLevelParts, level: number, delayMs: number, dueTimes: DueTimes, onDelivered: () => void) {
    this.#parts = parts;
    this.#level = level;
    this.#delayMs = delayMs;
    this.#dueTimes = dueTimes;
    this.#onDelivered = onDelivered;
    this.#unreadableRecord = new FailingPlace(parts.clock);
    this.queue = parts.store.queue(SystemTopic.SCHEDULE, level - 1);
    this.#storeTimestampAt = (queueOffset) => this.queue.storeTimestampAt(queueOffset);
  }

  /** True when the saved progress was ahead of the log. */
  begin(offset: number, remainder: Remainder | undefined): boolean {
    const { topic, queueId, minOffset, nextOffset } = this.queue;
    const saved = { kind: 'delay progress', topic, queueId, offset };
    const within = progressWithinLog(saved, nextOffset, this.#parts.logger);
    this.#isOnDuty = true;
    this.#duty += 1;
    this.#busy = false;
    this.offset = Math.max(within, minOffset);
    this.#dueTimes.begin(nextOffset, remainder);
    return within < offset;
  }

  /** Nothing more is delivered; what is under way ends. */
  end(): void {
    this.#isOnDuty = false;
  }

  /** A delivery is under way. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** To be saved with the progress. */
  remainder(): Remainder | undefined {
    const head = this.offset < this.queue.maxOffset ? this.#unitAt(this.offset) : undefined;
    return head && this.#dueTimes.remainder(this.offset, head.tagsCode);
  }

  deliverDue(): void {
    if (!this.#busy && this.offset < this.queue.minOffset) this.#passExpired();
    const { store, mover } = this.#parts;
    const isTaken = store.facts.writable || mover.movesElsewhere;
    if (this.#busy || !isTaken || this.offset >= this.queue.maxOffset) return;
    const first = this.#unitAt(this.offset);
    if (first === undefined || this.#waitMs(this.offset, first.tagsCode) > 0) return;
    this.#busy = true;
    const duty = this.#duty;
    this.queue.read(this.offset, BATCH_MESSAGES, Number.MAX_SAFE_INTEGER, undefined, (result) => {
      if (duty === this.#duty) this.#read(result);
      else result.release();
    });
  }

  #waitMs(queueOffset: number, dueTimestamp: number): number {
    return this.#dueTimes.waitMs(queueOffset, dueTimestamp, this.#storeTimestampAt);
  }

  /** Messages were removed with old files before they were due or delivered. Source: ScheduleMessageService, resetOffset. */
  #passExpired(): void {
    const { minOffset } = this.queue;
    const { offset } = this;
    this.#parts.logger.error('delayed messages expired before they were delivered', {
      queueId: this.queue.queueId,
      offset,
      minOffset,
    });
    this.#passTo(minOffset);
  }

  #passTo(offset: number): void {
    this.offset = offset;
    this.#onDelivered();
  }

  /** Undefined also where the disk can't read it now: the next round tries again. */
  #unitAt(queueOffset: number): { readonly physicalOffset: number; readonly tagsCode: number } | undefined {
    try {
      return this.queue.entryAt(queueOffset);
    } catch (error) {
      if (!this.#unreadable)
        this.#parts.logger.error('delayed messages of a level can not be read; they are tried again', {
          queueId: this.queue.queueId,
          offset: queueOffset,
          error,
        });
      this.#unreadable = true;
      return undefined;
    }
  }

  #read(result: GetMessageResult): void {
    const end = Math.max(result.nextBeginOffset, result.minOffset);
    if (result.body === undefined) {
      if (result.status === 'READ_FAILED') this.#readFailed();
      else if (end > this.offset) this.#setAside(end, 'the commit log does not have it any more');
      this.#busy = false;
      return;
    }
    const body = Buffer.from(result.body);
    result.release();
    this.#deliver({ duty: this.#duty, body, at: 0, end });
  }

  /** A failed read is tried again; a record that stays unreadable must not hold up all behind it. */
  #readFailed(): void {
    if (this.#unreadableRecord.hasFailedLong(this.offset))
      this.#setAside(this.offset + 1, 'it could not be read for a minute');
  }

  /** Delivers what is due of a batch, one after the other, as each is stored. */
  #deliver(batch: Batch): void {
    while (this.#isOnDuty) {
      const queueOffset = this.offset;
      const unit = queueOffset < batch.end ? this.#unitAt(queueOffset) : undefined;
      if (unit === undefined || this.#waitMs(queueOffset, unit.tagsCode) > 0) break;
      const record = this.#take(batch, unit.physicalOffset);
      if (record === undefined) this.#setAside(queueOffset + 1, 'its record is damaged or was removed');
      else if (this.#waitsByItsRecord(record, unit.tagsCode)) break;
      else if (this.#put(record, batch)) return;
    }
    this.#busy = false;
  }

  /** The record that a unit leads to, when it is the next one of the batch and whole. */
  #take(batch: Batch, physicalOffset: number): StoredRecord | undefined {
    const { body, at } = batch;
    const offsetAt = at + RecordOffset.physicalOffset;
    if (offsetAt + 8 > body.length) return undefined;
    const found = body.readInt32BE(offsetAt) * 2 ** 32 + body.readUInt32BE(offsetAt + 4);
    if (found !== physicalOffset) return undefined;
    const size = body.readInt32BE(at);
    batch.at += size > 0 ? size : body.length;
    return readStoredRecord(body, at);
  }

  /** The unit may hold no due time: older versions wrote a tag's code in some. Then the record's store time counts. */
  #waitsByItsRecord({ queueOffset, storeTimestamp }: StoredRecord, tagsCode: number): boolean {
    const delayMs = tagsCode - storeTimestamp;
    if (delayMs >= 0 && delayMs <= LONGEST_DELAY_MS) return false;
    return this.#waitMs(queueOffset, storeTimestamp + this.#delayMs) > 0;
  }

  /** True when the record is on its way, or can't be now: the rest of the batch does not follow in this call. */
  #put(record: StoredRecord, batch: Batch): boolean {
    const properties = this.#properties.read(record.properties, 'latin1');
    const place = readRealPlace(properties);
    if (typeof place === 'string') {
      this.#setAside(this.offset + 1, place, record);
      return false;
    }
    const { mover, stats } = this.#parts;
    let moved: MovedRecord;
    try {
      moved = mover.move(
        record,
        properties,
        // As by Apache's broker: one message after the other would wait for a slave that is not there.
        { ...place, delayLevel: 0, waits: false },
        {
          stored: (outcome) => {
            if (isStored(outcome)) stats.delivered(this.queue.queueId, place.topic, moved.storedBytes);
            if (batch.duty !== this.#duty) return;
            if (isStored(outcome)) this.#passTo(record.queueOffset + 1);
            else if (canNeverBeStored(outcome)) this.#setAside(record.queueOffset + 1, neverTaken(outcome), record);
            else {
              this.#busy = false;
              return;
            }
            this.#deliver(batch);
          },
        },
      );
    } catch (error) {
      this.#setAside(this.offset + 1, asError(error).message, record);
      return false;
    }
    const { status } = moved;
    if (status === 'PUT_OK') return true;
    if (canNeverBeStored(status)) {
      this.#setAside(this.offset + 1, neverTaken(status), record);
      return false;
    }
    // The store takes nothing now: tried again with the next round.
    this.#busy = false;
    return true;
  }

  /** Passes over messages up to a queue offset; they stay in the commit log. */
  #setAside(to: number, reason: string | undefined, record?: StoredRecord): void {
    const { offset } = this;
    this.#parts.logger.error('a delayed message can not be delivered and is set aside', {
      level: this.#level,
      queueOffset: offset,
      ...(to > offset + 1 ? { toQueueOffset: to } : {}),
      reason,
      physicalOffset: record?.physicalOffset,
      offsetMsgId: record && offsetMessageIdOf(record),
      uniqueKey: record && this.#properties.value(PropertySlot.UNIQ_KEY),
    });
    this.#passTo(to);
  }
}

function neverTaken(status: PutMessageStatus): string {
  return `the store does not take it: ${status}`;
}
