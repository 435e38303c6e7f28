import type { Clock } from '@rocketmq-ts/kernel';
import { DueTimes } from './due-times.ts';

/** The delay levels of this broker, level 1 first: how long each waits, and when its messages are due. */
export class DelayLevels {
  readonly dueTimes: readonly DueTimes[];
  readonly #delaysMs: readonly number[];

  constructor(clock: Clock, delaysMs: readonly number[]) {
    this.#delaysMs = delaysMs;
    this.dueTimes = delaysMs.map((delayMs) => new DueTimes(clock, delayMs));
  }

  get count(): number {
    return this.#delaysMs.length;
  }

  /** Of a level that exists. */
  delayMs(level: number): number {
    return this.#delaysMs[level - 1]!;
  }

  /** A message was put in the queue of a level. */
  parked(level: number, queueOffset: number, storeTimestamp: number): void {
    this.dueTimes[level - 1]!.parked(queueOffset, storeTimestamp);
  }
}
