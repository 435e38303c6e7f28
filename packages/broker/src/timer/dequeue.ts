import type { Clock, Timer } from '@rocketmq-ts/kernel';
import type { MessageStore, TimerUnit } from '@rocketmq-ts/store';
import { FailingPlace } from '../failing-place.ts';
import type { RecordMover } from '../placement/record-mover.ts';
import type { SlotReader, TimerEnqueue } from './enqueue.ts';
import type { LoadedSlot } from './loaded-slot.ts';
import { RETRY_MS, SlotDelivery, type SlotDeliveryParts, type SlotOwner } from './slot-delivery.ts';
import type { SlotLoader } from './slot-loader.ts';

/** The wall clock may be set: it is looked at that often while something waits. */
const LONGEST_SLEEP_MS = 1000;
/** A slot is loaded so long before its time. */
const AHEAD_MS = 500;

export interface DequeueParts extends SlotDeliveryParts {
  readonly clock: Clock;
  readonly store: MessageStore;
  readonly mover: Pick<RecordMover, 'movesElsewhere'>;
  readonly enqueue: TimerEnqueue;
  readonly loader: SlotLoader;
  /** A chain is damaged: the files are made again. */
  readonly onBroken: () => void;
}

/**
 * Delivers the messages of one slot after the other, each when it is due. A slot is done when all its messages are stored again;
 * only then the time up to which slots are done moves on, and with it the checkpoint. Source: TimerMessageStore#dequeue.
 */
export class TimerDequeue implements SlotReader, SlotOwner {
  readMs = 0;
  readonly #parts: DequeueParts;
  #current: LoadedSlot | undefined;
  /** The slot behind the current one, when it is loaded early. */
  #next: LoadedSlot | undefined;
  #timer: Timer | undefined;
  #isCompleting = false;
  #isStopped = true;
  readonly #messages: SlotDelivery;
  /** A broker that was just made delivers nothing before it. Monotonic. */
  readonly #fromMs: number;

  constructor(parts: DequeueParts) {
    this.#parts = parts;
    this.#fromMs = parts.clock.monotonicMs() + parts.config.disappearTimeAfterStart;
    this.#messages = new SlotDelivery(parts, this, new FailingPlace(parts.clock));
  }

  begin(readMs: number): void {
    this.readMs = readMs;
    this.#current = undefined;
    this.#next = undefined;
    this.#messages.begin();
    this.#isStopped = false;
  }

  stop(): void {
    this.#isStopped = true;
    this.#messages.stop();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** True while something is under way that a stop should wait for. */
  get isBusy(): boolean {
    return this.#messages.isBusy;
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
    if (config.timerStopDequeue || !config.timerWheelEnable || !isTaken || isEarly) return this.wake(LONGEST_SLEEP_MS);
    while (!this.#isStopped && this.#step(nowMs));
  }

  wake(afterMs: number): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.min(Math.max(0, afterMs), LONGEST_SLEEP_MS), () => this.look());
  }

  /** True: there is more to do now. */
  #step(nowMs: number): boolean {
    const slot = this.#current;
    if (slot === undefined) return this.#findSlot(nowMs);
    if (slot.hasFailed) {
      this.#current = undefined;
      this.wake(RETRY_MS);
      return false;
    }
    if (!slot.isReady || this.#isCompleting || this.#messages.holdsSlot) return false;
    if (nowMs <= slot.slotMs) {
      this.wake(slot.slotMs + 1 - nowMs);
      return false;
    }
    // Also those of a read that ended in a later turn, which may have been the last ones of the slot.
    if (this.#messages.hasMoving) {
      this.#messages.move(slot);
      return false;
    }
    if (!this.#isCaughtUp(slot)) return false;
    if (slot.recalls.length > 0 || slot.foreign.length > 0) return this.#complete(slot);
    if (slot.size > 0) return this.#deliverDue(slot, nowMs);
    return this.#finish(slot, nowMs);
  }

  #deliverDue(slot: LoadedSlot, nowMs: number): boolean {
    const next = this.#messages.deliverDue(slot, nowMs);
    if (typeof next === 'boolean') return next;
    this.wake(next);
    this.#loadNext(slot, nowMs);
    return false;
  }

  /** Recalls that were stored before the slot's time must be known before its first message is delivered. */
  #isCaughtUp(slot: LoadedSlot): boolean {
    const { enqueue, queue, config } = this.#parts;
    slot.neededOffset ??= queue.nextOffset;
    const needed = Math.min(slot.neededOffset, queue.nextOffset);
    if (enqueue.offset >= needed || enqueue.isHeld || config.timerStopEnqueue) return true;
    enqueue.run();
    this.wake(RETRY_MS);
    return false;
  }

  #complete(slot: LoadedSlot): boolean {
    this.#isCompleting = true;
    let isLater = false;
    this.#parts.loader.complete(slot, (outcome) => {
      this.#isCompleting = false;
      if (outcome !== 'LOADED') this.wake(RETRY_MS);
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
    this.wake(aheadMs <= AHEAD_MS ? aheadMs : aheadMs - AHEAD_MS);
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
      this.wake(outcome === 'LOADED' ? 0 : RETRY_MS);
    });
  }

  #loadNext(slot: LoadedSlot, nowMs: number): void {
    const { files } = this.#parts;
    const nextMs = slot.slotMs + files.wheel.precisionMs;
    if (this.#next === undefined && nextMs - nowMs <= AHEAD_MS && files.wheel.slot(nextMs) !== undefined)
      this.#next = this.#load(nextMs);
  }

  /** The slot is empty: true when it is done. */
  #finish(slot: LoadedSlot, nowMs: number): boolean {
    const { files, enqueue, delivery } = this.#parts;
    const endMs = slot.slotMs + files.wheel.precisionMs;
    if (nowMs < endMs) {
      this.wake(endMs - nowMs);
      this.#loadNext(slot, nowMs);
      return false;
    }
    if (enqueue.isAdding || delivery.underWay > 0) return false;
    this.readMs = endMs;
    this.#current = undefined;
    return true;
  }
}
