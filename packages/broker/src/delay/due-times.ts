import type { Clock } from '@rocketmq-ts/kernel';

/** So much a clock may be slewed before what was parked since counts by itself. */
const SLEW_MS = 100;

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
    return queueOffset < upTo ? Math.min(waitMs, this.#delayMs) : this.#delayMs;
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

  /** Milliseconds until a message is due; 0 or less: now. `dueTimestamp` is what its entry tells. */
  waitMs(queueOffset: number, dueTimestamp: number): number {
    const stretches = this.#stretches;
    // Those that are delivered are forgotten.
    while (stretches.length > 1 && stretches[1]!.from <= queueOffset) stretches.shift();
    const stretch = stretches[0];
    if (stretch !== undefined && stretch.from <= queueOffset) {
      const waitMs = dueTimestamp - stretch.distanceMs - this.#clock.monotonicMs();
      // More than the delay is no time that this life gave out.
      return waitMs > this.#delayMs + 2 * SLEW_MS ? 0 : waitMs;
    }
    return Math.min(dueTimestamp - this.#startWallMs, this.#longestMs(queueOffset)) - this.#elapsedMs();
  }
}
