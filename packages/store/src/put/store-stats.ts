import type { Clock, Timer } from '@rocketmq-ts/kernel';
import { PutTimes } from './put-times.ts';

const SAMPLE_PERIOD_MS = 1_000;
/** Windows of the rates, in samples. Source: StoreStatsService. */
const WINDOWS = [10, 60, 600] as const;
const KEPT_SAMPLES = 601;

interface Sample {
  readonly atMs: number;
  readonly put: number;
  readonly found: number;
  readonly missed: number;
  readonly transferred: number;
}

/** A rate over each window; undefined where so much time has not passed. */
export type Rates = readonly (number | undefined)[];

/** What a store counts since it was opened: all puts, also those of the broker itself, and the reads of consumers. */
export interface StoreCounts {
  /** Time between a record's place in the log and its answer. */
  readonly putTimes: Pick<PutTimes, 'slowestMs' | 'distribution' | 'percentile'>;
  /** Records, also delayed, delivered, returned and dead ones; members of a batch one by one. */
  readonly putMessages: number;
  /** Bytes of these records as they are stored. */
  readonly putBytes: number;
  /** Puts that ended without a record. */
  readonly putFailed: number;
  /** The slowest read so far, in milliseconds. */
  readonly slowestGetMs: number;
  /** A second, over 10, 60 and 600 seconds: puts, reads that found messages, reads that found none, messages handed out. */
  rates(of: 'put' | 'found' | 'missed' | 'transferred'): Rates;
}

/** Source: StoreStatsService. */
export class StoreStats implements StoreCounts {
  readonly #clock: Clock;
  readonly #samples: Sample[] = [];
  #timer: Timer | undefined;
  readonly putTimes = new PutTimes();
  putMessages = 0;
  putBytes = 0;
  putFailed = 0;
  /** Reads that found messages, and those that found none. */
  getFound = 0;
  getMissed = 0;
  /** Messages that were handed out. */
  transferred = 0;
  slowestGetMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    this.#timer = this.#clock.every(SAMPLE_PERIOD_MS, () => this.sample());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Records that were counted are not in the log after all. */
  rolledBack(messages: number, bytes: number): void {
    this.putMessages -= messages;
    this.putBytes -= bytes;
    this.putFailed += messages;
  }

  /** A put is answered; returns how many milliseconds it took. A wall clock that went back makes it 0. */
  putAnswered(storeTimestamp: number, nowMs: number): number {
    const tookMs = nowMs > storeTimestamp ? nowMs - storeTimestamp : 0;
    this.putTimes.count(tookMs);
    return tookMs;
  }

  /** The wall clock, as records are stamped with it. */
  nowMs(): number {
    return this.#clock.now();
  }

  /** A consumer's read is over; `messages` 0: it found none. */
  got(messages: number, tookMs: number): void {
    if (messages === 0) this.getMissed += 1;
    else this.getFound += 1;
    this.transferred += messages;
    if (tookMs > this.slowestGetMs) this.slowestGetMs = tookMs;
  }

  sample(): void {
    this.#samples.push({
      atMs: this.#clock.monotonicMs(),
      put: this.putMessages,
      found: this.getFound,
      missed: this.getMissed,
      transferred: this.transferred,
    });
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
    this.putTimes.roll(this.#clock.monotonicMs());
  }

  rates(of: 'put' | 'found' | 'missed' | 'transferred'): Rates {
    const last = this.#samples.at(-1);
    return WINDOWS.map((window) => {
      const first = this.#samples[this.#samples.length - 1 - window];
      if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
      return ((last[of] - first[of]) / Math.round(last.atMs - first.atMs)) * 1000;
    });
  }
}
