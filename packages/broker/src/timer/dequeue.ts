import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import { readStoredRecord, type StoredRecord } from '@rocketmq-ts/protocol';
import type { GetMessageResult, MessageStore, QueueView, TimerFiles, TimerUnit } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { FailingPlace } from '../failing-place.ts';
import type { RecordMover } from '../placement/record-mover.ts';
import type { TimerDelivery } from './delivery.ts';
import type { SlotReader, TimerEnqueue } from './enqueue.ts';
import type { LoadedSlot, SlotEntry } from './loaded-slot.ts';
import type { SlotLoader } from './slot-loader.ts';
import type { TimerClock } from './timer-clock.ts';
import type { TimerSlots } from './timer-slots.ts';

/** Of one read of the queue; the store bounds it further. */
const RUN_MESSAGES = 64;
/** After so many deliveries others have their turn. */
const DELIVERIES_A_TURN = 256;
/** Deliveries that are not in the log's file yet; beyond it the next ones wait. */
const MOST_UNDER_WAY = 4096;
const RETRY_MS = 200;
/** The wall clock may be set: it is looked at that often while something waits. */
const LONGEST_SLEEP_MS = 1000;
/** A slot is loaded so long before its time. */
const AHEAD_MS = 500;

export interface DequeueParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly store: MessageStore;
  readonly mover: Pick<RecordMover, 'movesElsewhere'>;
  readonly queue: QueueView;
  readonly files: TimerFiles;
  readonly timerClock: TimerClock;
  readonly slots: TimerSlots;
  readonly enqueue: TimerEnqueue;
  readonly loader: SlotLoader;
  readonly delivery: TimerDelivery;
  /** A chain is damaged: the files are made again. */
  readonly onBroken: () => void;
}

/**
 * Delivers the messages of one slot after the other, each when it is due. A slot is done when all its messages are stored again;
 * only then the time up to which slots are done moves on, and with it the checkpoint. Source: TimerMessageStore#dequeue.
 */
export class TimerDequeue implements SlotReader {
  readMs = 0;
  readonly #parts: DequeueParts;
  #current: LoadedSlot | undefined;
  /** The slot behind the current one, when it is loaded early. */
  #next: LoadedSlot | undefined;
  #timer: Timer | undefined;
  #isReading = false;
  #isCompleting = false;
  #isStopped = true;
  /** Messages that were not due by one of the clocks, on their way to another slot. */
  #moving: { readonly unit: TimerUnit; readonly entry: SlotEntry }[] = [];
  #isMoving = false;
  readonly #failing: FailingPlace;
  /** A broker that was just made delivers nothing before it. Monotonic. */
  readonly #fromMs: number;

  constructor(parts: DequeueParts) {
    this.#parts = parts;
    this.#fromMs = parts.clock.monotonicMs() + parts.config.disappearTimeAfterStart;
    this.#failing = new FailingPlace(parts.clock);
  }

  begin(readMs: number): void {
    this.readMs = readMs;
    this.#current = undefined;
    this.#next = undefined;
    this.#isStopped = false;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** True while something is under way that a stop should wait for. */
  get isBusy(): boolean {
    return this.#isMoving || this.#parts.delivery.underWay > 0;
  }

  joined(unit: TimerUnit): void {
    for (const slot of [this.#current, this.#next]) if (slot?.slotMs === unit.slotMs) slot.add(unit);
  }

  added(): void {
    this.look();
  }

  /** Delivers what is due, and sets the alarm for what comes next. */
  look(): void {
    if (this.#isStopped) return;
    const { clock, config, store, mover, timerClock } = this.#parts;
    this.#timer?.cancel();
    this.#timer = undefined;
    const nowMs = timerClock.now();
    const isTaken = store.facts.writable || mover.movesElsewhere;
    const isEarly = clock.monotonicMs() < this.#fromMs;
    if (config.timerStopDequeue || !config.timerWheelEnable || !isTaken || isEarly) return this.#wake(LONGEST_SLEEP_MS);
    while (!this.#isStopped && this.#step(nowMs));
  }

  #wake(afterMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.min(Math.max(0, afterMs), LONGEST_SLEEP_MS), () => this.look());
  }

  /** True: there is more to do now. */
  #step(nowMs: number): boolean {
    const slot = this.#current;
    if (slot === undefined) return this.#findSlot(nowMs);
    if (slot.hasFailed) {
      this.#current = undefined;
      this.#wake(RETRY_MS);
      return false;
    }
    if (!slot.isReady || this.#isReading || this.#isCompleting || this.#isMoving) return false;
    if (nowMs <= slot.slotMs) {
      this.#wake(slot.slotMs + 1 - nowMs);
      return false;
    }
    // Also those of a read that ended in a later turn, which may have been the last ones of the slot.
    if (this.#moving.length > 0) {
      this.#move(slot);
      return false;
    }
    if (!this.#isCaughtUp(slot)) return false;
    if (slot.recalls.length > 0 || slot.foreign.length > 0) return this.#complete(slot);
    if (this.#moving.length > 0) {
      this.#move(slot);
      return false;
    }
    if (slot.size > 0) return this.#deliverDue(slot, nowMs);
    return this.#finish(slot, nowMs);
  }

  /** Recalls that were stored before the slot's time must be known before its first message is delivered. */
  #isCaughtUp(slot: LoadedSlot): boolean {
    const { enqueue, queue, config } = this.#parts;
    slot.neededOffset ??= queue.nextOffset;
    const needed = Math.min(slot.neededOffset, queue.nextOffset);
    if (enqueue.offset >= needed || enqueue.isHeld || config.timerStopEnqueue) return true;
    enqueue.run();
    this.#wake(RETRY_MS);
    return false;
  }

  #complete(slot: LoadedSlot): boolean {
    this.#isCompleting = true;
    let isLater = false;
    this.#parts.loader.complete(slot, (outcome) => {
      this.#isCompleting = false;
      if (outcome !== 'LOADED') this.#wake(RETRY_MS);
      else if (isLater) this.look();
    });
    isLater = true;
    return !this.#isCompleting && slot.recalls.length === 0 && slot.foreign.length === 0;
  }

  /** Moves on to the next slot with messages, or to the present. */
  #findSlot(nowMs: number): boolean {
    const { files, enqueue } = this.#parts;
    const slot = files.wheel.firstFrom(this.readMs);
    const presentMs = files.wheel.floor(nowMs);
    if (slot === undefined || slot.timeMs > presentMs) {
      // What is being added may be for a slot in between.
      if (!enqueue.isAdding) this.readMs = Math.max(this.readMs, presentMs);
      if (slot === undefined) this.#nothingWaits();
      else this.#waitFor(slot.timeMs, nowMs);
      return false;
    }
    if (slot.timeMs > this.readMs) {
      if (enqueue.isAdding) return false;
      this.readMs = slot.timeMs;
    }
    this.#current = this.#next?.slotMs === slot.timeMs ? this.#next : this.#load(slot.timeMs);
    this.#next = undefined;
    return true;
  }

  #waitFor(slotMs: number, nowMs: number): void {
    const aheadMs = slotMs - nowMs;
    if (aheadMs <= AHEAD_MS && this.#next?.slotMs !== slotMs) this.#next = this.#load(slotMs);
    this.#wake(aheadMs <= AHEAD_MS ? aheadMs : aheadMs - AHEAD_MS);
  }

  /** With an empty wheel its time can be the wall clock's again. */
  #nothingWaits(): void {
    const { timerClock, enqueue, files } = this.#parts;
    this.#next = undefined;
    if (timerClock.shiftMs === 0 || enqueue.isAdding || this.isBusy) return;
    this.readMs = files.wheel.floor(timerClock.rewind());
  }

  /** True when nothing is in the wheel, nor on its way. */
  get isEmpty(): boolean {
    const { files, enqueue } = this.#parts;
    return (
      this.#current === undefined &&
      !this.isBusy &&
      !enqueue.isAdding &&
      files.wheel.firstFrom(this.readMs) === undefined
    );
  }

  #load(slotMs: number): LoadedSlot {
    return this.#parts.loader.load(slotMs, (outcome) => {
      if (outcome === 'BROKEN') this.#parts.onBroken();
      // In a later turn: the slot is not in its place yet where it was loaded at once.
      this.#wake(outcome === 'LOADED' ? 0 : RETRY_MS);
    });
  }

  /** Reads the messages that are due and follow each other in the queue, and delivers them. */
  #deliverDue(slot: LoadedSlot, nowMs: number): boolean {
    const { delivery, queue } = this.#parts;
    for (let left = DELIVERIES_A_TURN; left > 0; ) {
      const run = slot.runLength(nowMs, Math.min(left, RUN_MESSAGES));
      if (run === 0) break;
      if (delivery.underWay >= MOST_UNDER_WAY) return false;
      left -= run;
      this.#isReading = true;
      let isLater = false;
      queue.read(slot.first!.queueOffset, run, Number.MAX_SAFE_INTEGER, undefined, (result) => {
        this.#isReading = false;
        const goesOn = this.#take(slot, run, result);
        result.release();
        if (!goesOn) this.#wake(RETRY_MS);
        else if (isLater) this.look();
      });
      isLater = true;
      if (this.#isReading || this.#timer !== undefined) return false;
    }
    const { first } = slot;
    if (first === undefined || this.#moving.length > 0) return true;
    this.#wake(slot.slotMs + first.inSlotMs - nowMs);
    this.#loadNext(slot, nowMs);
    return false;
  }

  #loadNext(slot: LoadedSlot, nowMs: number): void {
    const { files } = this.#parts;
    const nextMs = slot.slotMs + files.wheel.precisionMs;
    if (this.#next === undefined && nextMs - nowMs <= AHEAD_MS && files.wheel.slot(nextMs) !== undefined)
      this.#next = this.#load(nextMs);
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
        if (delivery.underWay === 0 || delivery.underWay === MOST_UNDER_WAY - 1) this.look();
      },
      () => {
        slot.addEntry(entry);
        this.#wake(RETRY_MS);
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
    const place = slots.place(nowMs + Math.ceil(waitMs), nowMs, this.readMs, false);
    const { physicalOffset, queueOffset, storeSize: recordBytes } = record;
    return { ...place, physicalOffset, queueOffset, recordBytes, topicHash: 0 };
  }

  /** Adds messages to the slots in which they are due by both clocks. */
  #move(slot: LoadedSlot): void {
    const { files, timerClock } = this.#parts;
    const moving = this.#moving;
    this.#moving = [];
    this.#isMoving = true;
    files.add(
      moving.map(({ unit }) => unit),
      files.wheel.floor(timerClock.now()),
      (error) => {
        this.#isMoving = false;
        if (error === null) for (const { unit } of moving) this.joined(unit);
        else for (const { entry } of moving) slot.addEntry(entry);
        this.#wake(error === null ? 0 : RETRY_MS);
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

  /** The slot is empty: true when it is done. */
  #finish(slot: LoadedSlot, nowMs: number): boolean {
    const { files, enqueue, delivery } = this.#parts;
    const endMs = slot.slotMs + files.wheel.precisionMs;
    if (nowMs < endMs) {
      this.#wake(endMs - nowMs);
      this.#loadNext(slot, nowMs);
      return false;
    }
    if (enqueue.isAdding || delivery.underWay > 0) return false;
    this.readMs = endMs;
    this.#current = undefined;
    return true;
  }
}
