import type { Clock } from '@rocketmq-ts/kernel';

/** When the wall clock has drifted by more from the monotonic one, later messages get a stretch of their own. */
const SLEW_MS = 100;

/** No delay is longer: a due time further behind its message's store time is wrong. */
export const LONGEST_DELAY_MS = 10 * 365 * 86_400_000;

/** How much longer messages of earlier runs of the broker, up to a queue offset, wait at the most. */
export interface Remainder {
  readonly upTo: number;
  readonly waitMs: number;
}

const NO_REMAINDER: Remainder = { upTo: 0, waitMs: 0 };

/** Messages from a queue offset on that were parked while the wall clock had one distance from the monotonic one. */
interface Stretch {
  from: number;
  /** Wall clock less monotonic clock; the least one of the stretch, so that nothing is early. */
  distanceMs: number;
  /** As it was at the first message. */
  readonly firstDistanceMs: number;
}

/**
 * When the messages of one level are due, whatever the wall clock does meanwhile. Their units hold due times by the wall
 * clock. In the run of the broker in which a message was parked it waits its delay by the monotonic clock, so that a wall
 * clock that is set forward does not make it early, nor one that is set back late. Of messages of earlier runs only the due
 * time is known: it counts from the wall clock at the start. If it is further ahead than the level's delay, the clock was
 * wrong then or is wrong now: the message waits the whole delay from the start on, or what the run before left of it.
 */
export class DueTimes {
  readonly #clock: Clock;
  readonly #delayMs: number;
  /** Of this run, by queue offset. */
  readonly #stretches: Stretch[] = [];
  #startWallMs = 0;
  #startMs = 0;
  #startOffset = 0;
  #remainder = NO_REMAINDER;
  /** Delay of the message whose record was read last. */
  #asked = { queueOffset: -1, delayMs: 0 };

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** The broker starts now, or is master anew: messages before the queue offset are from before. `remainder`: what was saved last. */
  begin(startOffset: number, remainder: Remainder | undefined): void {
    this.#startWallMs = this.#clock.now();
    this.#startMs = this.#clock.monotonicMs();
    this.#startOffset = startOffset;
    this.#stretches.length = 0;
    this.#asked = { queueOffset: -1, delayMs: 0 };
    this.#remainder = remainder ?? NO_REMAINDER;
  }

  /** What the next run must know, so that restarts do not hold up a message whose due time is wrong; undefined: nothing. */
  remainder(queueOffset: number, dueTimestamp: number): Remainder | undefined {
    if (queueOffset >= this.#startOffset) return undefined;
    const waitMs = Math.max(0, this.#longestMs(queueOffset) - this.#elapsedMs());
    if (dueTimestamp - this.#clock.now() <= waitMs) return undefined;
    const upTo = queueOffset < this.#remainder.upTo ? this.#remainder.upTo : this.#startOffset;
    return { upTo, waitMs: Math.ceil(waitMs) };
  }

  /** How long a message of an earlier run waits at the most, from the start on. */
  #longestMs(queueOffset: number): number {
    const { upTo, waitMs } = this.#remainder;
    const delayMs = this.#asked.queueOffset === queueOffset ? this.#asked.delayMs : this.#delayMs;
    return queueOffset < upTo ? Math.min(waitMs, delayMs) : delayMs;
  }

  #elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  /** A message was parked just now; its store time is the wall clock's. */
  parked(queueOffset: number, storeTimestamp: number): void {
    const stretches = this.#stretches;
    // Queue offsets of messages that the disk refused are used again.
    while (stretches.length > 0 && stretches.at(-1)!.from > queueOffset) stretches.pop();
    const distanceMs = storeTimestamp - this.#clock.monotonicMs();
    const last = stretches.at(-1);
    if (last === undefined || Math.abs(distanceMs - last.firstDistanceMs) > SLEW_MS) {
      stretches.push({ from: queueOffset, distanceMs, firstDistanceMs: distanceMs });
    } else if (distanceMs < last.distanceMs) last.distanceMs = distanceMs;
  }

  /**
   * Milliseconds until a message is due; 0 or less: now. `dueTimestamp` is that of its unit. `storeTimestampOf`: when it was
   * parked by the wall clock, −1 where that can't be read; called only where the delay does not follow from the unit alone.
   */
  waitMs(queueOffset: number, dueTimestamp: number, storeTimestampOf: (queueOffset: number) => number): number {
    const stretches = this.#stretches;
    // All their messages are delivered.
    while (stretches.length > 1 && stretches[1]!.from <= queueOffset) stretches.shift();
    const stretch = stretches[0];
    if (stretch !== undefined && stretch.from <= queueOffset) {
      const waitMs = dueTimestamp - stretch.distanceMs - this.#clock.monotonicMs();
      // This run sets no due time that is further away than the delay.
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
