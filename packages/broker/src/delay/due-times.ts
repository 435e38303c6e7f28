import type { Clock } from '@rocketmq-ts/kernel';

/** So much a clock may be slewed before what was parked since counts by itself. */
const SLEW_MS = 100;

/** A due time further behind its message's store time is none. */
export const LONGEST_DELAY_MS = 10 * 365 * 86_400_000;

/** Messages of earlier lives, up to a queue offset, that wait so much longer at most. */
export interface Remainder {
  readonly upTo: number;
  readonly waitMs: number;
}

/** Messages from a queue offset on that were parked while the wall clock had one distance from the monotonic one. */
interface Stretch {
  from: number;
  /** Wall clock less monotonic clock; the least one of the stretch, so that nothing is early. */
  distanceMs: number;
  /** As it was at the first message. */
  readonly firstDistanceMs: number;
}

/**
 * When the messages of one level are due, whatever the wall clock does meanwhile. Their entries tell due times by the wall
 * clock. In the life in which a message was parked it waits its delay by the monotonic clock: neither a wall clock that is
 * put ahead makes it early, nor one that is put back late. Of what earlier lives parked nothing but the due time is known:
 * it counts from the wall clock at the start, and a time further ahead than the level's delay, which says that the clock was
 * wrong then or is wrong now, counts as the whole delay from the start on; or as what the life before left of it.
 */
export class DueTimes {
  readonly #clock: Clock;
  readonly #delayMs: number;
  /** Of this life, by queue offset. */
  readonly #stretches: Stretch[] = [];
  #startWallMs = 0;
  #startMs = 0;
  #startOffset = 0;
  #remainder: Remainder = { upTo: 0, waitMs: 0 };
  /** Delay of the message whose record was asked last. */
  #asked = { queueOffset: -1, delayMs: 0 };

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** The broker starts now: what is parked before a queue offset is from earlier lives. `remainder`: what the last one saved. */
  begin(startOffset: number, remainder: Remainder | undefined): void {
    this.#startWallMs = this.#clock.now();
    this.#startMs = this.#clock.monotonicMs();
    this.#startOffset = startOffset;
    this.#stretches.length = 0;
    this.#asked = { queueOffset: -1, delayMs: 0 };
    if (remainder !== undefined) this.#remainder = remainder;
  }

  /** What the next life must know, so that restarts hold no message up whose stamp is wrong; undefined: nothing. */
  remainder(queueOffset: number, dueTimestamp: number): Remainder | undefined {
    if (queueOffset >= this.#startOffset) return undefined;
    const waitMs = Math.max(0, this.#longestMs(queueOffset) - this.#elapsedMs());
    if (dueTimestamp - this.#clock.now() <= waitMs) return undefined;
    const upTo = queueOffset < this.#remainder.upTo ? this.#remainder.upTo : this.#startOffset;
    return { upTo, waitMs: Math.ceil(waitMs) };
  }

  /** So long a message of an earlier life waits at most, from the start on. */
  #longestMs(queueOffset: number): number {
    const { upTo, waitMs } = this.#remainder;
    const delayMs = this.#asked.queueOffset === queueOffset ? this.#asked.delayMs : this.#delayMs;
    return queueOffset < upTo ? Math.min(waitMs, delayMs) : delayMs;
  }

  #elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  /** A message was parked just now, stamped with the wall clock's time. */
  parked(queueOffset: number, storeTimestamp: number): void {
    const stretches = this.#stretches;
    // Places that the disk refused are given out again.
    while (stretches.length > 0 && stretches.at(-1)!.from > queueOffset) stretches.pop();
    const distanceMs = storeTimestamp - this.#clock.monotonicMs();
    const last = stretches.at(-1);
    if (last === undefined || Math.abs(distanceMs - last.firstDistanceMs) > SLEW_MS) {
      stretches.push({ from: queueOffset, distanceMs, firstDistanceMs: distanceMs });
    } else if (distanceMs < last.distanceMs) last.distanceMs = distanceMs;
  }

  /**
   * Milliseconds until a message is due; 0 or less: now. `dueTimestamp` is what its entry tells. `storeTimestampOf`: when it
   * was parked by the wall clock, −1 where that can't be read; asked only where the entry alone does not tell the delay.
   */
  waitMs(queueOffset: number, dueTimestamp: number, storeTimestampOf: (queueOffset: number) => number): number {
    const stretches = this.#stretches;
    // Those that are delivered are forgotten.
    while (stretches.length > 1 && stretches[1]!.from <= queueOffset) stretches.shift();
    const stretch = stretches[0];
    if (stretch !== undefined && stretch.from <= queueOffset) {
      const waitMs = dueTimestamp - stretch.distanceMs - this.#clock.monotonicMs();
      // More than the delay is no time that this life gave out.
      return waitMs > this.#delayMs + 2 * SLEW_MS ? 0 : waitMs;
    }
    const waitMs = dueTimestamp - this.#startWallMs;
    if (waitMs > this.#delayMs && this.#asked.queueOffset !== queueOffset) {
      // The level's delay may have been longer when the message was parked.
      const delayMs = dueTimestamp - storeTimestampOf(queueOffset);
      this.#asked = { queueOffset, delayMs: delayMs > 0 && delayMs <= LONGEST_DELAY_MS ? delayMs : this.#delayMs };
    }
    return Math.min(waitMs, this.#longestMs(queueOffset)) - this.#elapsedMs();
  }
}
