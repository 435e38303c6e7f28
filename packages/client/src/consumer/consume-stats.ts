import type { Clock } from '@rocketmq-ts/kernel';
import { STATS_TICK_MS, StatsItem, StatsSpans } from '@rocketmq-ts/protocol';

/** Rates of one topic over the last minute. Source: ConsumeStatus. */
export interface TopicRates {
  /** Milliseconds a pull. */
  readonly pullRT: number;
  /** Messages a second. */
  readonly pullTPS: number;
  /** Milliseconds a call of the listener; where the last minute has none, over the last hour. */
  readonly consumeRT: number;
  readonly consumeOKTPS: number;
  readonly consumeFailedTPS: number;
  /** Over the last hour. */
  readonly consumeFailedMsgs: number;
}

const NONE: TopicRates = {
  pullRT: 0,
  pullTPS: 0,
  consumeRT: 0,
  consumeOKTPS: 0,
  consumeFailedTPS: 0,
  consumeFailedMsgs: 0,
};

interface Counters {
  /** Milliseconds of pulls, and messages that they brought. */
  readonly pullMs: StatsItem;
  readonly pulled: StatsItem;
  readonly consumeMs: StatsItem;
  readonly consumed: StatsItem;
  readonly failed: StatsItem;
}

/**
 * Counts pulls and listener calls by topic. Snapshots are taken at the next count or query, for all times that have passed:
 * numbers that do not change need no timer. Source: ConsumerStatsManager.
 */
export class ConsumeStats {
  readonly #clock: Clock;
  readonly #spans = new StatsSpans();
  readonly #topics = new Map<string, Counters>();
  #nextTickMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#nextTickMs = clock.monotonicMs();
    this.#takeSnapshots();
  }

  pulled(topic: string, tookMs: number, messages: number): void {
    const { pullMs, pulled } = this.#countersOf(topic);
    pullMs.add(tookMs, 1, 0);
    pulled.add(messages, 1, 0);
  }

  consumed(topic: string, tookMs: number, succeeded: number, failed: number): void {
    const counters = this.#countersOf(topic);
    counters.consumeMs.add(tookMs, 1, 0);
    if (succeeded > 0) counters.consumed.add(succeeded, 1, 0);
    if (failed > 0) counters.failed.add(failed, 1, 0);
  }

  rates(topic: string): TopicRates {
    this.#takeSnapshots();
    const counters = this.#topics.get(topic);
    if (counters === undefined) return NONE;
    const consumeMs = counters.consumeMs.growth('minute');
    return {
      pullRT: counters.pullMs.growth('minute').avgpt,
      pullTPS: counters.pulled.growth('minute').tps,
      consumeRT: (consumeMs.sum === 0 ? counters.consumeMs.growth('hour') : consumeMs).avgpt,
      consumeOKTPS: counters.consumed.growth('minute').tps,
      consumeFailedTPS: counters.failed.growth('minute').tps,
      consumeFailedMsgs: counters.failed.growth('hour').sum,
    };
  }

  #countersOf(topic: string): Counters {
    this.#takeSnapshots();
    let counters = this.#topics.get(topic);
    if (counters === undefined) {
      const make = (): StatsItem => new StatsItem(this.#spans, this.#nextTickMs);
      counters = { pullMs: make(), pulled: make(), consumeMs: make(), consumed: make(), failed: make() };
      this.#topics.set(topic, counters);
    }
    return counters;
  }

  #takeSnapshots(): void {
    const nowMs = this.#clock.monotonicMs();
    for (; this.#nextTickMs <= nowMs; this.#nextTickMs += STATS_TICK_MS) this.#spans.takeSnapshots(this.#nextTickMs);
  }
}
