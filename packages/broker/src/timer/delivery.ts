import { asError, type Logger } from '@rocketmq-ts/kernel';
import { offsetMessageIdOf, PropertySlot, PropertyTable, type StoredRecord, SystemTopic } from '@rocketmq-ts/protocol';
import { canNeverBeStored, isStored, type PutMessageStatus, type TimerFiles } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { readRealPlace } from '../placement/real-place.ts';
import type { MovedRecord, RecordMover } from '../placement/record-mover.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicCounts } from '../topic-counts.ts';
import { dueTime } from './due-time.ts';
import type { LoadedSlot, SlotEntry } from './loaded-slot.ts';
import { recallKey } from './slot-loader.ts';
import type { TimerClock } from './timer-clock.ts';

const { UNIQ_KEY, REAL_TOPIC, TIMER_DEL_UNIQKEY } = PropertySlot;
const { TIMER_OUT_MS, TIMER_ENQUEUE_MS, TIMER_DEQUEUE_MS, TIMER_ROLL_TIMES } = PropertySlot;

export interface DeliveryParts {
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'timerSkipUnknownError'>;
  readonly mover: RecordMover;
  readonly files: TimerFiles;
  readonly timerClock: TimerClock;
  readonly metrics: TopicCounts;
  readonly stats: Pick<BrokerStats, 'timerDelivered' | 'exposed'>;
}

/**
 * DONE: it is on its way, was recalled, or can never be delivered. LATER: the store takes nothing now. UNKNOWN: it failed for no
 * known reason. A number: it is not due yet, but so many milliseconds later.
 */
export type Delivered = 'DONE' | 'LATER' | 'UNKNOWN' | number;

/** Puts single messages where they are for, or back into the queue of timers. Source: TimerMessageStore#doPut, #convert. */
export class TimerDelivery {
  /** Messages that were put and are not in the log's file yet. */
  underWay = 0;
  /** Messages that were delivered since the start. */
  count = 0;
  /** Messages that were looked at. */
  steps = 0;
  readonly #parts: DeliveryParts;
  readonly #properties = new PropertyTable();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** `failed`: the message was put and could not be kept; `stored`: it is stored, or was set aside. One of them is called later after a put. */
  deliver(record: StoredRecord, entry: SlotEntry, slot: LoadedSlot, stored: () => void, failed: () => void): Delivered {
    const properties = this.#properties.read(record.properties, 'latin1');
    const topic = properties.value(REAL_TOPIC) ?? '';
    this.steps += 1;
    if (record.topic !== SystemTopic.WHEEL_TIMER) return 'DONE';
    if (this.#isRecalled(slot, topic)) {
      this.#parts.metrics.add(topic, -1);
      return 'DONE';
    }
    const { timerClock, files } = this.#parts;
    const due = dueTime(properties, record.storeTimestamp, files.wheel.precisionMs);
    if (entry.isRoll) return this.#roll(record, due?.isDelay ?? false, topic, stored, failed);
    const isRecall = properties.has(TIMER_DEL_UNIQKEY);
    if (due === undefined || isRecall) return 'DONE';
    const elapsedMs = due.isDelay ? timerClock.elapsedMs(record.physicalOffset, record.storeTimestamp) : undefined;
    const waitMs =
      elapsedMs !== undefined
        ? due.wallMs - record.storeTimestamp - elapsedMs
        : due.isDelay
          ? 0
          : due.wallMs - timerClock.wallMs;
    if (waitMs > 0) return waitMs;
    const place = readRealPlace(properties);
    if (typeof place === 'string') {
      this.setAside(record, place);
      return 'DONE';
    }
    this.#stamp(record);
    return this.#put(record, { ...place, delayLevel: 0 }, topic, stored, failed);
  }

  #isRecalled({ recalled }: LoadedSlot, topic: string): boolean {
    if (recalled.size === 0 || this.#properties.has(TIMER_DEL_UNIQKEY)) return false;
    const uniqueKey = this.#properties.value(UNIQ_KEY);
    return uniqueKey !== undefined && recalled.has(recallKey(topic, uniqueKey));
  }

  /** Puts a message that is far away into the queue of timers again. */
  #roll(record: StoredRecord, isDelay: boolean, topic: string, stored: () => void, failed: () => void): Delivered {
    const properties = this.#properties;
    const times = Number(properties.value(TIMER_ROLL_TIMES) ?? '0');
    properties.set(TIMER_ROLL_TIMES, String(Number.isSafeInteger(times) ? times + 1 : 1));
    if (isDelay) this.#correctOutMs(record);
    // The exact time of the first one: the delay counts from it, see `dueTime`.
    if (times === 0) properties.set(TIMER_ENQUEUE_MS, String(record.storeTimestamp));
    properties.set(TIMER_DEQUEUE_MS, String(this.#parts.timerClock.wallMs));
    return this.#put(record, { topic: record.topic, queueId: record.queueId, delayLevel: 0 }, topic, stored, failed);
  }

  /** The wall clock was set since the message was stored: its time is moved by as much, so that its delay stays. */
  #correctOutMs({ physicalOffset, storeTimestamp }: StoredRecord): void {
    const { timerClock, files } = this.#parts;
    const elapsedMs = timerClock.elapsedMs(physicalOffset, storeTimestamp);
    if (elapsedMs === undefined) return;
    const aheadMs = timerClock.wallMs - storeTimestamp - elapsedMs;
    if (Math.abs(aheadMs) < files.wheel.precisionMs) return;
    const outMs = Number(this.#properties.value(TIMER_OUT_MS));
    this.#properties.set(TIMER_OUT_MS, String(files.wheel.floor(outMs + Math.ceil(aheadMs))));
  }

  #stamp({ storeTimestamp }: StoredRecord): void {
    const { timerClock, files } = this.#parts;
    this.#properties.set(TIMER_ENQUEUE_MS, String(files.wheel.floor(storeTimestamp)));
    this.#properties.set(TIMER_DEQUEUE_MS, String(timerClock.wallMs));
  }

  #put(
    record: StoredRecord,
    move: { readonly topic: string; readonly queueId: number; readonly delayLevel: number },
    realTopic: string,
    stored: () => void,
    failed: () => void,
  ): Delivered {
    const { mover, metrics, stats } = this.#parts;
    const isDelivery = move.topic !== SystemTopic.WHEEL_TIMER;
    // Only another master refuses a message later, when the record's bytes are others.
    const kept = mover.movesElsewhere ? { ...record, storeHost: Buffer.from(record.storeHost) } : record;
    let moved: MovedRecord;
    try {
      // A slot would wait for a slave that is not there, and the next one for it.
      moved = mover.move(
        record,
        this.#properties,
        { ...move, waits: false },
        {
          stored: (outcome) => {
            this.underWay -= 1;
            if (canNeverBeStored(outcome)) {
              this.#neverTaken(kept, outcome);
              return stored();
            }
            if (!isStored(outcome)) return failed();
            metrics.add(realTopic, -1);
            stats.exposed?.timerDequeued(realTopic);
            if (isDelivery) this.count += 1;
            stats.timerDelivered(moved.storedTopic, moved.storedBytes);
            stored();
          },
        },
      );
    } catch (error) {
      this.#logFailure(record, asError(error));
      return 'UNKNOWN';
    }
    const { status } = moved;
    if (status === 'PUT_OK') {
      this.underWay += 1;
      return 'DONE';
    }
    if (!canNeverBeStored(status)) return 'LATER';
    this.#neverTaken(record, status);
    return 'DONE';
  }

  #neverTaken(record: StoredRecord, status: PutMessageStatus): void {
    this.setAside(record, `the store does not take it: ${status}`);
  }

  #logFailure(record: StoredRecord, error: Error): void {
    const { logger, config } = this.#parts;
    const next = config.timerSkipUnknownError ? 'passed over' : 'tried again';
    logger.error('the delivery of a timer message failed', { offsetMsgId: offsetMessageIdOf(record), next, error });
  }

  /** A message that can never be delivered is logged and passed over; it stays in the commit log. */
  setAside(record: StoredRecord, reason: string): void {
    const properties = this.#properties.read(record.properties, 'latin1');
    this.#parts.metrics.add(properties.value(REAL_TOPIC) ?? '', -1);
    this.#parts.logger.error('a timer message can not be delivered and is set aside', {
      reason,
      physicalOffset: record.physicalOffset,
      offsetMsgId: offsetMessageIdOf(record),
      uniqueKey: properties.value(UNIQ_KEY),
    });
  }
}
