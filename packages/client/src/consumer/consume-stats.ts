import type { Clock } from '@rocketmq-ts/kernel';

const WINDOW_MS = 60_000;
const SLICE_MS = 10_000;

interface Slice {
  readonly startMs: number;
  pulls: number;
  pullMs: number;
  pulledMessages: number;
  calls: number;
  consumeMs: number;
  consumed: number;
  failed: number;
}

/** Rates of one topic over the last minute. Source: ConsumeStatus. */
export interface TopicRates {
  readonly pullRT: number;
  readonly pullTPS: number;
  readonly consumeRT: number;
  readonly consumeOKTPS: number;
  readonly consumeFailedTPS: number;
  /** Over the last hour in Apache's client; here since the start. */
  readonly consumeFailedMsgs: number;
}

/** Counts pulls and listener calls by topic, in slices of ten seconds. Source: ConsumerStatsManager. */
export class ConsumeStats {
  readonly #clock: Clock;
  readonly #slices = new Map<string, Slice[]>();
  readonly #failed = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  pulled(topic: string, tookMs: number, messages: number): void {
    const slice = this.#slice(topic);
    slice.pulls++;
    slice.pullMs += tookMs;
    slice.pulledMessages += messages;
  }

  consumed(topic: string, tookMs: number, succeeded: number, failed: number): void {
    const slice = this.#slice(topic);
    slice.calls++;
    slice.consumeMs += tookMs;
    slice.consumed += succeeded;
    slice.failed += failed;
    if (failed > 0) this.#failed.set(topic, (this.#failed.get(topic) ?? 0) + failed);
  }

  rates(topic: string): TopicRates {
    const sum = { pulls: 0, pullMs: 0, pulledMessages: 0, calls: 0, consumeMs: 0, consumed: 0, failed: 0 };
    const fromMs = this.#clock.monotonicMs() - WINDOW_MS;
    for (const slice of this.#slices.get(topic) ?? []) {
      if (slice.startMs < fromMs) continue;
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += slice[name];
    }
    const perSecond = 1000 / WINDOW_MS;
    return {
      pullRT: sum.pulls === 0 ? 0 : sum.pullMs / sum.pulls,
      pullTPS: sum.pulledMessages * perSecond,
      consumeRT: sum.calls === 0 ? 0 : sum.consumeMs / sum.calls,
      consumeOKTPS: sum.consumed * perSecond,
      consumeFailedTPS: sum.failed * perSecond,
      consumeFailedMsgs: this.#failed.get(topic) ?? 0,
    };
  }

  #slice(topic: string): Slice {
    const nowMs = this.#clock.monotonicMs();
    let slices = this.#slices.get(topic);
    if (slices === undefined) {
      slices = [];
      this.#slices.set(topic, slices);
    }
    const last = slices.at(-1);
    if (last !== undefined && nowMs - last.startMs < SLICE_MS) return last;
    const slice = {
      startMs: nowMs,
      pulls: 0,
      pullMs: 0,
      pulledMessages: 0,
      calls: 0,
      consumeMs: 0,
      consumed: 0,
      failed: 0,
    };
    slices.push(slice);
    if (slices.length > WINDOW_MS / SLICE_MS + 1) slices.shift();
    return slice;
  }
}
