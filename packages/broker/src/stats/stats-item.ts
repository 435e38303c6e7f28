/** Growth over one span of time. Source: StatsSnapshot. */
export interface Growth {
  readonly sum: number;
  /** A second. */
  readonly tps: number;
  /** A call. */
  readonly avgpt: number;
}

const NONE: Growth = { sum: 0, tps: 0, avgpt: 0 };

/**
 * When snapshots of a span were taken: the same for all counters, so it is kept once. `kept` snapshots span a minute, an
 * hour, a day. Source: StatsItem.
 */
export class SnapshotTimes {
  readonly periodMs: number;
  readonly kept: number;
  readonly #times: Float64Array;
  /** Number of the newest snapshot, counted from 0; −1 before the first. */
  last = -1;

  constructor(periodMs: number, kept: number) {
    this.periodMs = periodMs;
    this.kept = kept;
    this.#times = new Float64Array(kept);
  }

  taken(atMs: number): void {
    this.last += 1;
    this.#times[this.last % this.kept] = atMs;
  }

  /** Time of one of the kept snapshots. */
  at(snapshot: number): number {
    return this.#times[snapshot % this.kept]!;
  }
}

/**
 * The snapshots of one counter over one span. Only those are kept that differ from the one before: a counter that rests
 * costs nothing, and needs no look.
 */
class Snapshots {
  /** Number of the first snapshot of this counter; −1 before it. Everything before it counts as 0. */
  #first = -1;
  /** Triples: number of the snapshot, value, times. */
  #changes: number[] = [];

  take(times: SnapshotTimes, value: number, calls: number): void {
    if (this.#first < 0) this.#first = times.last;
    const changes = this.#changes;
    changes.push(times.last, value, calls);
    const begin = times.last - times.kept + 1;
    let passed = 0;
    while (passed + 3 < changes.length && changes[passed + 3]! <= begin) passed += 3;
    if (passed > 0) changes.splice(0, passed);
  }

  growth(times: SnapshotTimes): Growth {
    const first = this.#first;
    if (first < 0) return NONE;
    const begin = Math.max(first - 1, times.last - times.kept + 1);
    const beganMs = begin < first ? times.at(first) - times.periodMs : times.at(begin);
    const spanMs = Math.round(times.at(times.last) - beganMs);
    if (spanMs <= 0) return NONE;
    const changes = this.#changes;
    const from = begin < first ? -1 : this.#placeOf(begin);
    const newest = changes.length - 3;
    const sum = changes[newest + 1]! - (from < 0 ? 0 : changes[from + 1]!);
    const calls = changes[newest + 2]! - (from < 0 ? 0 : changes[from + 2]!);
    return { sum, tps: (sum * 1000) / spanMs, avgpt: calls > 0 ? sum / calls : 0 };
  }

  /** Where the newest triple is whose snapshot is not after this one; −1 when there is none. */
  #placeOf(snapshot: number): number {
    let at = this.#changes.length - 3;
    while (at >= 0 && this.#changes[at]! > snapshot) at -= 3;
    return at;
  }
}

/** Which spans a counter has changed in since their last snapshot, as bits. */
const ALL_SPANS = 7;

/** A counter: a sum, and the calls that made it. Source: StatsItem. */
export class StatsItem {
  readonly name: string;
  readonly key: string;
  value = 0;
  /** Calls; stays 0 for counters whose calls nobody counts. */
  times = 0;
  /** When it was last seen to have changed, in monotonic milliseconds: as exact as the shortest span. */
  changedMs: number;
  /** Spans whose next snapshot has to look at it. */
  pending = 0;
  readonly #spans: StatsSpans;
  readonly #snapshots = [new Snapshots(), new Snapshots(), new Snapshots()] as const;

  constructor(name: string, key: string, spans: StatsSpans, nowMs: number) {
    this.name = name;
    this.key = key;
    this.#spans = spans;
    this.changedMs = nowMs;
  }

  add(value: number, times: number): void {
    this.value += value;
    this.times += times;
    if (this.pending !== ALL_SPANS) this.#spans.changed(this);
  }

  /** Since the last snapshot of the shortest span. */
  get changedLately(): boolean {
    return (this.pending & 1) !== 0;
  }

  take(span: SpanIndex, times: SnapshotTimes): void {
    this.#snapshots[span].take(times, this.value, this.times);
  }

  growth(span: SpanName): Growth {
    const index = SPAN_NAMES.indexOf(span) as SpanIndex;
    return this.#snapshots[index].growth(this.#spans.times[index]);
  }
}

type SpanIndex = 0 | 1 | 2;
const SPAN_NAMES = ['minute', 'hour', 'day'] as const;
export type SpanName = (typeof SPAN_NAMES)[number];

/** How often `tick` is to be called; longer spans take a snapshot with every so many of these. */
export const TICK_MS = 10_000;
const TICKS = [1, 60, 360] as const;

/** Takes the snapshots of all counters: at the start and then every 10 s, 10 min and hour. Source: StatsItemSet. */
export class StatsSpans {
  readonly times = [
    new SnapshotTimes(TICK_MS, 7),
    new SnapshotTimes(60 * TICK_MS, 7),
    new SnapshotTimes(360 * TICK_MS, 25),
  ] as const;
  readonly #pending: readonly [StatsItem[], StatsItem[], StatsItem[]] = [[], [], []];
  #ticks = 0;

  /** The counter has changed for the first time since a snapshot. */
  changed(item: StatsItem): void {
    for (const [span, list] of this.#pending.entries()) {
      if ((item.pending & (1 << span)) === 0) list.push(item);
    }
    item.pending = ALL_SPANS;
  }

  tick(nowMs: number): void {
    for (const span of [0, 1, 2] as const) {
      if (this.#ticks % TICKS[span] !== 0) continue;
      const times = this.times[span];
      times.taken(nowMs);
      for (const item of this.#pending[span].splice(0)) {
        item.pending &= ~(1 << span);
        item.take(span, times);
        if (span === 0) item.changedMs = nowMs;
      }
    }
    this.#ticks += 1;
  }
}
