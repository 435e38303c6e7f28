import { Distribution } from '@rocketmq-ts/kernel';

/** Classes in which put times are shown, and the longest whole milliseconds in each. Source: StoreStatsService. */
const CLASSES: readonly (readonly [name: string, mostMs: number])[] = [
  ['[<=0ms]', 0],
  ['[0~10ms]', 9],
  ['[10~50ms]', 49],
  ['[50~100ms]', 99],
  ['[100~200ms]', 199],
  ['[200~500ms]', 499],
  ['[500ms~1s]', 999],
  ['[1~2s]', 1_999],
  ['[2~3s]', 2_999],
  ['[3~4s]', 3_999],
  ['[4~5s]', 4_999],
  ['[5~10s]', 9_999],
  ['[10s~]', Number.MAX_SAFE_INTEGER],
];

/** Finer classes, from which percentiles are taken: upper bounds that are still in the class. Source: StoreStatsService. */
const BOUNDS: readonly number[] = boundsOf([
  [1, 20],
  [2, 15],
  [5, 10],
  [10, 10],
  [50, 6],
  [100, 5],
  [1000, 9],
]);

function boundsOf(steps: readonly (readonly [stepMs: number, times: number])[]): number[] {
  const bounds: number[] = [];
  let bound = 0;
  for (const [stepMs, times] of steps) {
    for (let i = 0; i < times; i++) {
      bound += stepMs;
      bounds.push(bound);
    }
  }
  bounds.push(Number.MAX_SAFE_INTEGER);
  return bounds;
}

/** Both kinds of bounds. */
export const TIME_BOUNDS_MS: readonly number[] = [...new Set([...BOUNDS, ...CLASSES.map(([, mostMs]) => mostMs)])].sort(
  (a, b) => a - b,
);
const MINUTE_MS = 60_000;

/** How long puts took, in whole milliseconds, and how the last full minute was distributed. */
export class PutTimes extends Distribution {
  /** Counts by class when the running minute began. */
  #before = new Float64Array(TIME_BOUNDS_MS.length);
  #last: Float64Array | undefined;
  #rolledMs: number | undefined;

  constructor() {
    super(TIME_BOUNDS_MS);
  }

  /** Called again and again; closes the minute when it is over. */
  roll(nowMs: number): void {
    this.#rolledMs ??= nowMs;
    if (nowMs - this.#rolledMs < MINUTE_MS) return;
    this.#rolledMs = nowMs;
    this.#last = this.counts.map((count, at) => count - this.#before[at]!);
    this.#before = this.counts.slice();
  }

  /** `[<=0ms]:12 [0~10ms]:3 …` of the last full minute; undefined in the first one. */
  distribution(): string | undefined {
    if (this.#last === undefined) return undefined;
    const counts = this.#within(CLASSES.map(([, mostMs]) => mostMs));
    return CLASSES.map(([name], at) => `${name}:${counts[at]} `).join('');
  }

  /** Milliseconds within which this share of the puts of the last full minute was answered; 0 in the first one. */
  percentile(share: number): number {
    const counts = this.#within(BOUNDS);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const wanted = Math.floor(total * share);
    let passed = 0;
    for (let at = 0; at < counts.length; at++) {
      const count = counts[at]!;
      if (wanted > passed + count) {
        passed += count;
        continue;
      }
      const below = at === 0 ? 0 : BOUNDS[at - 1]!;
      return count === 0 ? below : below + ((BOUNDS[at]! - below) * (wanted - passed)) / count;
    }
    return 0;
  }

  /** Puts of the last full minute by coarser bounds; none in the first one. */
  #within(bounds: readonly number[]): readonly number[] {
    let from = 0;
    return bounds.map((bound) => {
      const to = TIME_BOUNDS_MS.indexOf(bound) + 1;
      const count = this.#last?.subarray(from, to).reduce((sum, each) => sum + each, 0) ?? 0;
      from = to;
      return count;
    });
  }
}
