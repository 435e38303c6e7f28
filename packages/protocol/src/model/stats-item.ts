/** Growth over one span of time. Source: StatsSnapshot. */
export interface Growth {
  readonly sum: number;
  /** A second. */
  readonly tps: number;
  /** A call. */
  readonly avgpt: number;
}

const NONE: Growth = { sum: 0, tps: 0, avgpt: 0 };

/** How often `tick` is to be called: the time between two snapshots of the shortest span. */
export const STATS_TICK_MS = 10_000;

/** Ticks from one snapshot of a span to the next, and how many snapshots span it. Source: StatsItem. */
const SPANS = {
  minute: { ticks: 1, kept: 7 },
  hour: { ticks: 60, kept: 7 },
  day: { ticks: 360, kept: 25 },
} as const;
export type StatsSpan = keyof typeof SPANS;
const ALL_SPANS = Object.values(SPANS);

/** When the kept snapshots of a span were taken: the same for all counters, so it is kept once. */
class SnapshotTimes {
  readonly #ticks: number;
  readonly #times: Float64Array;

  constructor({ ticks, kept }: { readonly ticks: number; readonly kept: number }) {
    this.#ticks = ticks;
    this.#times = new Float64Array(kept);
  }

  taken(tick: number, atMs: number): void {
    if (tick % this.#ticks === 0) this.#times[(tick / this.#ticks) % this.#times.length] = atMs;
  }

  at(tick: number): number {
    return this.#times[(tick / this.#ticks) % this.#times.length]!;
  }
}

/** Takes the snapshots of all counters: at the start and then every 10 s, 10 min and hour. Source: StatsItemSet. */
export class StatsSpans {
  /** Number of the newest tick; −1 before the first. */
  tick = -1;
  readonly times = {
    minute: new SnapshotTimes(SPANS.minute),
    hour: new SnapshotTimes(SPANS.hour),
    day: new SnapshotTimes(SPANS.day),
  };
  #changed: StatsItem[] = [];

  /** A counter changes for the first time since the last tick. Those that rest cost nothing. */
  changed(item: StatsItem): void {
    this.#changed.push(item);
  }

  takeSnapshots(atMs: number): void {
    this.tick += 1;
    for (const times of Object.values(this.times)) times.taken(this.tick, atMs);
    const changed = this.#changed;
    this.#changed = [];
    for (const item of changed) item.keep(this.tick, atMs);
  }
}

/** Numbers of one change: tick, value, bytes, calls. */
const STRIDE = 4;

/**
 * A counter: a sum, the bytes that belong to it, and the calls that made it. Of its snapshots those are kept that differ
 * from the one before and that some span still needs. Source: StatsItem.
 */
export class StatsItem {
  value = 0;
  bytes = 0;
  /** Stays 0 for counters whose calls are not counted. */
  calls = 0;
  /** When it was last seen to have changed, in monotonic milliseconds: as exact as a tick. */
  changedMs: number;
  readonly #spans: StatsSpans;
  #hasChanged = false;
  /** Its first tick; −1 before it. What was before counts as 0. */
  #firstTick = -1;
  #changes: number[] = [];

  constructor(spans: StatsSpans, nowMs: number) {
    this.#spans = spans;
    this.changedMs = nowMs;
  }

  /** Since the last tick. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  add(value: number, calls: number, bytes: number): void {
    this.value += value;
    this.calls += calls;
    this.bytes += bytes;
    if (this.#hasChanged) return;
    this.#hasChanged = true;
    this.#spans.changed(this);
  }

  /** For `StatsSpans`: the state at this tick. */
  keep(tick: number, atMs: number): void {
    this.#hasChanged = false;
    this.changedMs = atMs;
    if (this.#firstTick < 0) this.#firstTick = tick;
    const changes = this.#changes;
    let kept = 0;
    for (let at = 0; at < changes.length; at += STRIDE) {
      const until = at + STRIDE < changes.length ? changes[at + STRIDE]! : tick;
      if (!isNeeded(changes[at]!, until, tick)) continue;
      if (kept !== at) changes.copyWithin(kept, at, at + STRIDE);
      kept += STRIDE;
    }
    // A literal has no room to spare: most counters rest after a change or two.
    if (kept === 0) this.#changes = [tick, this.value, this.bytes, this.calls];
    else {
      changes.length = kept;
      changes.push(tick, this.value, this.bytes, this.calls);
    }
  }

  growth(span: StatsSpan, of: 'value' | 'bytes' = 'value'): Growth {
    const { ticks, kept } = SPANS[span];
    const last = Math.floor(this.#spans.tick / ticks) * ticks;
    const first = Math.ceil(this.#firstTick / ticks) * ticks;
    if (this.#firstTick < 0 || last < first) return NONE;
    const times = this.#spans.times[span];
    const begin = last - (kept - 1) * ticks;
    const isYoung = begin < first;
    // As if a snapshot of nothing had been taken one period before the first.
    const beganMs = isYoung ? times.at(first) - ticks * STATS_TICK_MS : times.at(begin);
    const spanMs = Math.round(times.at(last) - beganMs);
    if (spanMs <= 0) return NONE;
    const field = of === 'value' ? 1 : 2;
    const sum = this.#at(last, field) - (isYoung ? 0 : this.#at(begin, field));
    const calls = this.#at(last, 3) - (isYoung ? 0 : this.#at(begin, 3));
    return { sum, tps: (sum * 1000) / spanMs, avgpt: calls > 0 ? sum / calls : 0 };
  }

  /** What a field was at a tick. */
  #at(tick: number, field: number): number {
    let at = this.#changes.length - STRIDE;
    while (at >= 0 && this.#changes[at]! > tick) at -= STRIDE;
    return at < 0 ? 0 : this.#changes[at + field]!;
  }
}

/** True when a kept snapshot of some span lies between two changes, at the first but before the second. */
function isNeeded(from: number, until: number, now: number): boolean {
  for (const { ticks, kept } of ALL_SPANS) {
    const oldest = Math.floor(now / ticks) * ticks - (kept - 1) * ticks;
    const snapshot = Math.floor((until - 1) / ticks) * ticks;
    if (snapshot >= from && snapshot >= oldest) return true;
  }
  return false;
}
