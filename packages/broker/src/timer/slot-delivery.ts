import type { Logger } from '@rocketmq-ts/kernel';
import { readStoredRecord, type StoredRecord } from '@rocketmq-ts/protocol';
import type { GetMessageResult, QueueView, TimerFiles, TimerUnit } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { FailingPlace } from '../failing-place.ts';
import type { TimerDelivery } from './delivery.ts';
import type { SlotReader } from './enqueue.ts';
import type { LoadedSlot, SlotEntry } from './loaded-slot.ts';
import type { TimerClock } from './timer-clock.ts';
import type { TimerSlots } from './timer-slots.ts';

/** Of one read of the queue; the store bounds it further. */
const RUN_MESSAGES = 64;
/** After so many deliveries others have their turn. */
const DELIVERIES_A_TURN = 256;
/** Deliveries that are not in the log's file yet; beyond it the next ones wait. */
const MOST_UNDER_WAY = 4096;
/** What failed is tried again after this time. */
export const RETRY_MS = 200;

export interface SlotDeliveryParts {
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly queue: QueueView;
  readonly files: TimerFiles;
  readonly timerClock: TimerClock;
  readonly slots: TimerSlots;
  readonly delivery: TimerDelivery;
}

/** Who has the current slot, and looks what is to be done next. */
export interface SlotOwner extends Pick<SlotReader, 'readMs' | 'joined'> {
  look(): void;
  wake(afterMs: number): void;
}

/**
 * Takes messages that are due out of a slot and delivers them, as they follow each other in the queue. What is not due by one of
 * the clocks passes to another slot.
 */
export class SlotDelivery {
  readonly #parts: SlotDeliveryParts;
  readonly #owner: SlotOwner;
  readonly #failing: FailingPlace;
  /** Messages that were not due by one of the clocks, on their way to another slot. */
  #moving: { readonly unit: TimerUnit; readonly entry: SlotEntry }[] = [];
  #isMoving = false;
  #isReading = false;
  #isStopped = true;
  /** Count of begins: what was read for a slot of before counts for nothing. */
  #life = 0;

  constructor(parts: SlotDeliveryParts, owner: SlotOwner, failing: FailingPlace) {
    this.#parts = parts;
    this.#owner = owner;
    this.#failing = failing;
  }

  begin(): void {
    // They are in the slots that are loaded again.
    this.#moving = [];
    this.#isReading = false;
    this.#isStopped = false;
    this.#life += 1;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** True while something is under way that a stop should wait for. */
  get isBusy(): boolean {
    return this.#isMoving || this.#parts.delivery.underWay > 0;
  }

  /** True while the slot must stay as it is. */
  get holdsSlot(): boolean {
    return this.#isReading || this.#isMoving;
  }

  /** Messages wait to pass to another slot: `move` them before anything else. */
  get hasMoving(): boolean {
    return this.#moving.length > 0;
  }

  /**
   * Reads the messages that are due and delivers them. True: there is more to do now; false: the owner looks again when something
   * that is under way has ended; a number: the next message is due after so many milliseconds.
   */
  deliverDue(slot: LoadedSlot, nowMs: number): boolean | number {
    const { delivery } = this.#parts;
    for (let left = DELIVERIES_A_TURN; left > 0; ) {
      const run = slot.runLength(nowMs, Math.min(left, RUN_MESSAGES));
      if (run === 0) break;
      if (delivery.underWay >= MOST_UNDER_WAY) return false;
      left -= run;
      if (!this.#deliverRun(slot, run)) return false;
    }
    const { first } = slot;
    if (first === undefined || this.hasMoving) return true;
    return slot.slotMs + first.inSlotMs - nowMs;
  }

  /** True when the run was read in this turn, and all of it is on its way. */
  #deliverRun(slot: LoadedSlot, run: number): boolean {
    const life = this.#life;
    let isLater = false;
    let isDone = false;
    this.#isReading = true;
    this.#parts.queue.read(slot.first!.queueOffset, run, Number.MAX_SAFE_INTEGER, undefined, (result) => {
      if (life !== this.#life) return result.release();
      this.#isReading = false;
      isDone = this.#take(slot, run, result);
      result.release();
      if (!isDone) this.#owner.wake(RETRY_MS);
      else if (isLater) this.#owner.look();
    });
    isLater = true;
    return isDone;
  }

  /** Takes the messages of a run out of the slot and delivers them; false when the rest has to wait. */
  #take(slot: LoadedSlot, run: number, result: GetMessageResult): boolean {
    if (this.#isStopped) return false;
    const { body } = result;
    if (body === undefined && result.status === 'READ_FAILED') return this.#passUnreadable(slot);
    let at = 0;
    const end = Math.max(result.nextBeginOffset, result.minOffset);
    for (let i = 0; i < run; i++) {
      const entry = slot.first!;
      const record = body !== undefined && at < body.length ? readStoredRecord(body, at) : undefined;
      if (record !== undefined && record.queueOffset === entry.queueOffset) {
        at += record.storeSize;
        if (!this.#deliver(slot, entry, record)) return false;
        continue;
      }
      const isLost = record !== undefined ? record.queueOffset > entry.queueOffset : entry.queueOffset < end;
      if (!isLost && body !== undefined) return true;
      this.#parts.logger.error('a timer message is lost: its record was removed with old files, or is damaged', {
        queueOffset: entry.queueOffset,
        minOffset: result.minOffset,
        slotMs: slot.slotMs,
      });
      slot.shift();
    }
    return true;
  }

  #deliver(slot: LoadedSlot, entry: SlotEntry, record: StoredRecord): boolean {
    const { delivery, config } = this.#parts;
    const delivered = delivery.deliver(
      record,
      entry,
      slot,
      () => {
        // The last one of a slot, or of those that may be under way.
        if (delivery.underWay === 0 || delivery.underWay === MOST_UNDER_WAY - 1) this.#owner.look();
      },
      () => {
        slot.addEntry(entry);
        this.#owner.wake(RETRY_MS);
      },
    );
    if (delivered === 'LATER') return false;
    if (delivered === 'UNKNOWN') {
      if (!config.timerSkipUnknownError && !this.#failing.hasFailedLong(entry.queueOffset)) return false;
      delivery.setAside(record, 'its delivery fails');
    }
    slot.shift();
    if (typeof delivered === 'number') this.#moving.push({ unit: this.#unitLater(record, delivered), entry });
    return true;
  }

  #unitLater(record: StoredRecord, waitMs: number): TimerUnit {
    const { slots, timerClock } = this.#parts;
    const nowMs = timerClock.now();
    const place = slots.place(nowMs + Math.ceil(waitMs), nowMs, this.#owner.readMs, false);
    const { physicalOffset, queueOffset, storeSize: recordBytes } = record;
    return { ...place, physicalOffset, queueOffset, recordBytes, topicHash: 0 };
  }

  /** Adds messages to the slots in which they are due by both clocks. */
  move(slot: LoadedSlot): void {
    const { files, timerClock } = this.#parts;
    const moving = this.#moving;
    this.#moving = [];
    this.#isMoving = true;
    files.add(
      moving.map(({ unit }) => unit),
      files.wheel.floor(timerClock.now()),
      (error) => {
        this.#isMoving = false;
        if (error === null) for (const { unit } of moving) this.#owner.joined(unit);
        else for (const { entry } of moving) slot.addEntry(entry);
        this.#owner.wake(error === null ? 0 : RETRY_MS);
      },
    );
  }

  /** A failed read is tried again; a record that stays unreadable must not hold up all behind it. */
  #passUnreadable(slot: LoadedSlot): boolean {
    const { queueOffset } = slot.first!;
    if (!this.#failing.hasFailedLong(queueOffset)) return false;
    this.#parts.logger.error('a timer message can not be read and is passed over', { queueOffset });
    slot.shift();
    return true;
  }
}
