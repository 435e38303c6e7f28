import type { Clock } from '@rocketmq-ts/kernel';

/** When the wall clock moves by more against the monotonic one, it was set, and not only corrected. */
const SLEW_MS = 100;
const MAX_STRETCHES = 64;

/** Messages from a physical offset on that were stored while the wall clock had one distance from the monotonic one. */
interface Stretch {
  readonly from: number;
  readonly distanceMs: number;
  /** See `shiftMs`. */
  readonly shiftMs: number;
}

/**
 * The time of the wheel: the wall clock's, but it never goes back. Where the wall clock is set back the wheel's time continues,
 * ahead of it by `shiftMs`; where it is set forward that distance shrinks first. So what waits in the wheel is reached at the
 * right distance from when it was stored, and is then held against both clocks: a message with a time of delivery waits until the
 * wall clock shows that time, one with a delay until the delay has passed by the monotonic clock, whatever the wall clock
 * did meanwhile.
 */
export class TimerClock {
  /** The wheel's time is so far ahead of the wall clock. */
  shiftMs = 0;
  readonly #clock: Clock;
  readonly #logEnd: () => number;
  readonly #stretches: Stretch[] = [];
  #wallMs = 0;
  #monotonicMs = 0;
  #latestMs = 0;

  /** `logEnd`: physical offset that the next record gets. */
  constructor(clock: Clock, logEnd: () => number) {
    this.#clock = clock;
    this.#logEnd = logEnd;
  }

  /** The broker starts now, with slots before `readMs` done. */
  begin(readMs: number): void {
    this.#wallMs = this.#clock.now();
    this.#monotonicMs = this.#clock.monotonicMs();
    this.shiftMs = Math.max(0, readMs - this.#wallMs);
    this.#latestMs = this.#wallMs + this.shiftMs;
    this.#stretches.length = 0;
    this.#newStretch();
  }

  #newStretch(): void {
    const { shiftMs } = this;
    this.#stretches.push({ from: this.#logEnd(), distanceMs: this.#wallMs - this.#monotonicMs, shiftMs });
    if (this.#stretches.length > MAX_STRETCHES) this.#stretches.shift();
  }

  /** The wheel's time; notices where the wall clock was set. */
  now(): number {
    const wallMs = this.#clock.now();
    const monotonicMs = this.#clock.monotonicMs();
    const jumpMs = wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs);
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    if (Math.abs(jumpMs) > SLEW_MS) this.shiftMs = Math.max(0, this.shiftMs - Math.round(jumpMs));
    const distanceMs = wallMs - monotonicMs;
    if (Math.abs(distanceMs - this.#stretches.at(-1)!.distanceMs) > SLEW_MS) this.#newStretch();
    this.#latestMs = Math.max(this.#latestMs, wallMs + this.shiftMs);
    return this.#latestMs;
  }

  /** Nothing waits: the wheel's time is the wall clock's again, which this returns. */
  rewind(): number {
    this.now();
    this.shiftMs = 0;
    this.#latestMs = this.#wallMs;
    this.#stretches.length = 0;
    this.#newStretch();
    return this.#wallMs;
  }

  /** Shifts under which a message for a time may be in the wheel: that of now first. */
  get shifts(): readonly number[] {
    const shifts = this.#stretches.map(({ shiftMs }) => shiftMs);
    return [...new Set([this.shiftMs, ...shifts.reverse()])];
  }

  /** By the monotonic clock, since a record was stored; undefined for a record of an earlier run of the broker. */
  elapsedMs(physicalOffset: number, storeTimestamp: number): number | undefined {
    const stretch = this.#stretchOf(physicalOffset);
    return stretch && this.#clock.monotonicMs() - (storeTimestamp - stretch.distanceMs);
  }

  /** What lies between the wall clock that a record was stored by and the wheel's time; that of now for a record of an earlier run. */
  shiftOf(physicalOffset: number): number {
    return this.#stretchOf(physicalOffset)?.shiftMs ?? this.shiftMs;
  }

  #stretchOf(physicalOffset: number): Stretch | undefined {
    return this.#stretches.findLast(({ from }) => physicalOffset >= from);
  }

  /** The wall clock, as it was looked at last. */
  get wallMs(): number {
    return this.#wallMs;
  }
}
