import { type Clock, type Counter, Distribution, Metrics, type Reading, type Timer } from '@rocketmq-ts/kernel';
import { LogCallTimes } from '../log/log-call-times.ts';
import { PutTimes, TIME_BOUNDS_MS } from './put-times.ts';

const TICK_MS = 1_000;
/** Of the rates: 10, 60 and 600 seconds. Source: StoreStatsService. */
const WINDOWS = { '10s': { ticks: 1, kept: 11 }, '60s': { ticks: 1, kept: 61 }, '600s': { ticks: 1, kept: 601 } };

/** A counter as others see it; its rates are a second, over 10, 60 and 600 seconds. */
type Counted = Readonly<Pick<Counter<string>, 'value' | 'bytes' | 'rates'>>;

/** What a store counted since it was opened. Source: StoreStatsService. */
export interface StoreCounts
  extends Readonly<Record<'put' | 'putFailed' | 'found' | 'missed' | 'transferred', Counted>> {
  /** Everything, by name. */
  readonly metrics: Iterable<Reading>;
  readonly putTimes: PutTimes;
  readonly getTimes: Distribution;
  /** Writes and flushes of the commit log. */
  readonly logCalls: Readonly<Pick<LogCallTimes, 'writes' | 'writeBytes' | 'flushes' | 'replications'>>;
}

/** Counts for a store, whose parts call it: all puts, also those of the broker itself, and the reads of consumers. */
export class StoreStats implements StoreCounts {
  readonly metrics = new Metrics(TICK_MS, WINDOWS);
  readonly put = this.metrics.counter('put', { unit: 'messages', meaning: 'put; members of a batch one by one' });
  readonly putFailed = this.metrics.counter('putFailed', {
    unit: 'calls',
    meaning: 'puts that ended without a record',
  });
  readonly found = this.metrics.counter('found', { unit: 'calls', meaning: 'reads that found messages' });
  readonly missed = this.metrics.counter('missed', { unit: 'calls', meaning: 'reads that found none' });
  readonly transferred = this.metrics.counter('transferred', { unit: 'messages', meaning: 'that readers got' });
  readonly putTimes = this.metrics.distribution(
    'putTimes',
    { unit: 'milliseconds', meaning: "from a record's place in the log to its answer" },
    new PutTimes(),
  );
  readonly getTimes = this.metrics.distribution(
    'getTimes',
    { unit: 'milliseconds', meaning: 'of reads' },
    new Distribution(TIME_BOUNDS_MS),
  );
  readonly logCalls: LogCallTimes;
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.logCalls = new LogCallTimes(clock);
  }

  start(): void {
    this.#timer = this.#clock.every(TICK_MS, () => {
      const nowMs = this.#clock.monotonicMs();
      this.metrics.takeSnapshots(nowMs);
      this.putTimes.roll(nowMs);
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Records that were counted are not in the log after all. */
  rolledBack(messages: number, bytes: number): void {
    this.put.add(-messages, 0, -bytes);
    this.putFailed.add(messages, 0, 0);
  }

  /** The wall clock, as records are stamped with it. */
  nowMs(): number {
    return this.#clock.now();
  }

  /** A consumer's read is over; `messages` 0: it found none. */
  got(messages: number, tookMs: number): void {
    (messages === 0 ? this.missed : this.found).add(1, 1, 0);
    this.transferred.add(messages, 1, 0);
    this.getTimes.count(tookMs);
  }
}
