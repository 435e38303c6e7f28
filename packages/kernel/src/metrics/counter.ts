/** How far a counter moved over a span of time. */
export interface Growth {
  readonly sum: number;
  /** A second. */
  readonly tps: number;
  /** A call. */
  readonly avgpt: number;
}

const NONE: Growth = { sum: 0, tps: 0, avgpt: 0 };

/** A span is as long as the time between its `kept` snapshots, of which one is taken every `ticks` ticks. */
type Spans<Name extends string> = Readonly<Record<Name, { readonly ticks: number; readonly kept: number }>>;

/** One span, and when its kept snapshots were taken: the same for all counters, so it is kept once. */
class Span {
  readonly ticks: number;
  readonly kept: number;
  readonly #times: Float64Array;

  constructor({ ticks, kept }: Spans<string>[string]) {
    this.ticks = ticks;
    this.kept = kept;
    this.#times = new Float64Array(kept);
  }

  taken(tick: number, atMs: number): void {
    if (tick % this.ticks === 0) this.#times[(tick / this.ticks) % this.kept] = atMs;
  }

  at(tick: number): number {
    return this.#times[(tick / this.ticks) % this.kept]!;
  }

  /** Its newest snapshot and its oldest, as ticks, when `tick` is the newest of all; negative ones were never taken. */
  ends(tick: number): readonly [last: number, begin: number] {
    const last = Math.floor(tick / this.ticks) * this.ticks;
    return [last, last - (this.kept - 1) * this.ticks];
  }
}

/** Takes the snapshots from which counters know how far they moved over each span. */
export class Snapshots<Name extends string> {
  readonly tickMs: number;
  /** Number of the newest tick; −1 before the first. */
  tick = -1;
  readonly spans: ReadonlyMap<Name, Span>;
  #changed: Counter<Name>[] = [];

  constructor(tickMs: number, spans: Spans<Name>) {
    this.tickMs = tickMs;
    this.spans = new Map(
      Object.entries(spans).map(([name, span]) => [name as Name, new Span(span as Spans<Name>[Name])]),
    );
  }

  /** A counter changes for the first time since the last tick. Those that rest cost nothing. */
  changed(counter: Counter<Name>): void {
    this.#changed.push(counter);
  }

  /** To be called every `tickMs`. */
  takeSnapshots(atMs: number): void {
    this.tick += 1;
    for (const span of this.spans.values()) span.taken(this.tick, atMs);
    for (const counter of this.#changed.splice(0)) counter.keep(this.tick, atMs);
  }
}

/** Numbers of one change: tick, value, bytes, calls. */
const STRIDE = 4;

/**
 * A sum, the bytes that belong to it, and the calls that made it. Of its snapshots those are kept that differ from the one
 * before and that some span still needs.
 */
export class Counter<Name extends string> {
  value = 0;
  bytes = 0;
  /** Stays 0 for counters whose calls are not counted. */
  calls = 0;
  readonly #snapshots: Snapshots<Name>;
  #hasChanged = false;
  /** The first tick after its last change. */
  #changedMs = 0;
  /** Its first tick; −1 before it. What was before counts as 0. */
  #firstTick = -1;
  #changes: number[] = [];

  constructor(snapshots: Snapshots<Name>) {
    this.#snapshots = snapshots;
  }

  add(value: number, calls: number, bytes: number): void {
    this.value += value;
    this.calls += calls;
    this.bytes += bytes;
    if (this.#hasChanged) return;
    this.#hasChanged = true;
    this.#snapshots.changed(this);
  }

  /** True when it did not change after a moment: as exact as a tick. */
  isIdleSince(ms: number): boolean {
    return !this.#hasChanged && this.#changedMs < ms;
  }

  /** For `Snapshots`: the state at this tick. */
  keep(tick: number, atMs: number): void {
    this.#hasChanged = false;
    this.#changedMs = atMs;
    if (this.#firstTick < 0) this.#firstTick = tick;
    const changes = this.#changes;
    let kept = 0;
    for (let at = 0; at < changes.length; at += STRIDE) {
      const until = at + STRIDE < changes.length ? changes[at + STRIDE]! : tick;
      if (!this.#isNeeded(changes[at]!, until, tick)) continue;
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

  /** Over as much of the span as has passed since the first change; as if there had been a snapshot of nothing before it. */
  growth(name: Name, of: 'value' | 'bytes' = 'value'): Growth {
    const span = this.#snapshots.spans.get(name)!;
    const [last, begin] = span.ends(this.#snapshots.tick);
    const first = Math.ceil(this.#firstTick / span.ticks) * span.ticks;
    if (this.#firstTick < 0 || last < first) return NONE;
    const isYoung = begin < first;
    const beganMs = isYoung ? span.at(first) - span.ticks * this.#snapshots.tickMs : span.at(begin);
    const spanMs = Math.round(span.at(last) - beganMs);
    if (spanMs <= 0) return NONE;
    const field = of === 'value' ? 1 : 2;
    const sum = this.#at(last, field) - (isYoung ? 0 : this.#at(begin, field));
    const calls = this.#at(last, 3) - (isYoung ? 0 : this.#at(begin, 3));
    return { sum, tps: (sum * 1000) / spanMs, avgpt: calls > 0 ? sum / calls : 0 };
  }

  /** A second, over each whole span; undefined where so much time has not passed. */
  rates(): (number | undefined)[] {
    return Array.from(this.#snapshots.spans.values(), (span) => {
      const [last, begin] = span.ends(this.#snapshots.tick);
      const spanMs = begin < 0 ? 0 : Math.round(span.at(last) - span.at(begin));
      return spanMs > 0 ? ((this.#at(last, 1) - this.#at(begin, 1)) / spanMs) * 1000 : undefined;
    });
  }

  /** What a field was at a tick. */
  #at(tick: number, field: number): number {
    let at = this.#changes.length - STRIDE;
    while (at >= 0 && this.#changes[at]! > tick) at -= STRIDE;
    return at < 0 ? 0 : this.#changes[at + field]!;
  }

  /** True when a kept snapshot of some span lies between two changes, at the first but before the second. */
  #isNeeded(from: number, until: number, now: number): boolean {
    for (const span of this.#snapshots.spans.values()) {
      const [snapshot] = span.ends(until - 1);
      if (snapshot >= from && snapshot >= span.ends(now)[1]) return true;
    }
    return false;
  }
}
