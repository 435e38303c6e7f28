import { type Clock, type Growth, type Metric, Metrics } from '@rocketmq-ts/kernel';
import { type ConsumeStatus, STATS_SPANS, STATS_TICK_MS, type StatsSpan } from '@rocketmq-ts/protocol';

const LABELS = ['topic'] as const;
/** Source: ConsumerStatsManager. */
const DECLARED = {
  pullMs: { unit: 'milliseconds', labels: LABELS, meaning: 'of pulls' },
  pulled: { unit: 'messages', labels: LABELS, meaning: 'that pulls brought' },
  consumeMs: { unit: 'milliseconds', labels: LABELS, meaning: 'of calls of the listener' },
  consumed: { unit: 'messages', labels: LABELS, meaning: 'that were consumed' },
  failed: { unit: 'messages', labels: LABELS, meaning: 'that the listener failed' },
} as const satisfies Record<string, Metric>;

/**
 * Counts pulls and listener calls by topic. Snapshots are taken at the next count or query, for all times that have passed:
 * numbers that do not change need no timer.
 */
export class ConsumeStats {
  readonly metrics = new Metrics(STATS_TICK_MS, STATS_SPANS);
  readonly #clock: Clock;
  readonly #counters = this.metrics.counters(DECLARED);
  #nextTickMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#nextTickMs = clock.monotonicMs();
    this.#takeSnapshots();
  }

  pulled(topic: string, tookMs: number, messages: number): void {
    this.#takeSnapshots();
    this.#counters.pullMs.of(topic).add(tookMs, 1, 0);
    this.#counters.pulled.of(topic).add(messages, 1, 0);
  }

  consumed(topic: string, tookMs: number, succeeded: number, failed: number): void {
    this.#takeSnapshots();
    this.#counters.consumeMs.of(topic).add(tookMs, 1, 0);
    if (succeeded > 0) this.#counters.consumed.of(topic).add(succeeded, 1, 0);
    if (failed > 0) this.#counters.failed.of(topic).add(failed, 1, 0);
  }

  rates(topic: string): ConsumeStatus {
    this.#takeSnapshots();
    const growth = (name: keyof typeof DECLARED, span: StatsSpan): Growth =>
      this.#counters[name].of(topic).growth(span);
    const consumeMs = growth('consumeMs', 'minute');
    return {
      pullRT: growth('pullMs', 'minute').avgpt,
      pullTPS: growth('pulled', 'minute').tps,
      consumeRT: (consumeMs.sum === 0 ? growth('consumeMs', 'hour') : consumeMs).avgpt,
      consumeOKTPS: growth('consumed', 'minute').tps,
      consumeFailedTPS: growth('failed', 'minute').tps,
      consumeFailedMsgs: growth('failed', 'hour').sum,
    };
  }

  #takeSnapshots(): void {
    const nowMs = this.#clock.monotonicMs();
    for (; this.#nextTickMs <= nowMs; this.#nextTickMs += STATS_TICK_MS) this.metrics.takeSnapshots(this.#nextTickMs);
  }
}
