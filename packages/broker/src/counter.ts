/** What a counter stood at. */
interface Snapshot {
  readonly atMs: number;
  readonly messages: number;
  readonly bytes: number;
  readonly calls: number;
}

/** Growth over one span of time. Source: StatsSnapshot. */
export interface Growth {
  readonly sum: number;
  /** A second. */
  readonly tps: number;
  /** A call. */
  readonly avgpt: number;
}

const NONE: Growth = { sum: 0, tps: 0, avgpt: 0 };

/** Ticks between two snapshots, and how many are kept: they span a minute, an hour, a day. Source: StatsItem. */
const SPANS = {
  minute: { ticks: 1, kept: 7 },
  hour: { ticks: 60, kept: 7 },
  day: { ticks: 360, kept: 25 },
} as const;

export type Span = keyof typeof SPANS;

/** How often `tick` is to be called. */
export const COUNTER_TICK_MS = 10_000;

/** Counts messages, their bytes and the calls that brought them; remembers enough to tell how it grew. */
export class Counter {
  messages = 0;
  bytes = 0;
  calls = 0;
  readonly #snapshots: Record<Span, Snapshot[]> = { minute: [], hour: [], day: [] };

  count(messages: number, bytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
    this.calls += 1;
  }

  /** `tick` counts up from 1 with each call. */
  tick(tick: number, atMs: number): void {
    const now: Snapshot = { atMs, messages: this.messages, bytes: this.bytes, calls: this.calls };
    for (const span of ['minute', 'hour', 'day'] as const) {
      const { ticks, kept } = SPANS[span];
      if (tick % ticks !== 0) continue;
      const list = this.#snapshots[span];
      list.push(now);
      if (list.length > kept) list.shift();
    }
  }

  growth(of: 'messages' | 'bytes', span: Span): Growth {
    const list = this.#snapshots[span];
    const first = list[0];
    const last = list.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return NONE;
    const sum = last[of] - first[of];
    const calls = last.calls - first.calls;
    return { sum, tps: sum / ((last.atMs - first.atMs) / 1000), avgpt: calls === 0 ? 0 : sum / calls };
  }
}
