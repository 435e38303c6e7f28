/** Upper bounds of the classes in which put times are counted, in milliseconds; the last class has no bound. Source: StoreStatsService. */
const CLASSES: readonly (readonly [name: string, belowMs: number])[] = [
  ['[<=0ms]', 1],
  ['[0~10ms]', 10],
  ['[10~50ms]', 50],
  ['[50~100ms]', 100],
  ['[100~200ms]', 200],
  ['[200~500ms]', 500],
  ['[500ms~1s]', 1_000],
  ['[1~2s]', 2_000],
  ['[2~3s]', 3_000],
  ['[3~4s]', 4_000],
  ['[4~5s]', 5_000],
  ['[5~10s]', 10_000],
  ['[10s~]', Number.POSITIVE_INFINITY],
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

/** Places of both kinds for each whole millisecond up to 10 s, so that counting searches nothing. */
const LONGEST_MS = 10_000;
const CLASS_OF = Uint8Array.from({ length: LONGEST_MS + 1 }, (_, ms) => CLASSES.findIndex(([, below]) => ms < below));
const BOUND_OF = Uint8Array.from({ length: LONGEST_MS + 1 }, (_, ms) => BOUNDS.findIndex((bound) => ms <= bound));
const MINUTE_MS = 60_000;

class Minute {
  readonly classes = new Float64Array(CLASSES.length);
  readonly bounds = new Float64Array(BOUNDS.length);
}

/** How long puts took: the slowest since the start, and how the last full minute was distributed. */
export class PutTimes {
  slowestMs = 0;
  #running = new Minute();
  #last: Minute | undefined;
  #rolledMs: number | undefined;

  /** Whole milliseconds, not negative. */
  count(ms: number): void {
    const { classes, bounds } = this.#running;
    classes[ms <= LONGEST_MS ? CLASS_OF[ms]! : CLASSES.length - 1]! += 1;
    bounds[ms <= LONGEST_MS ? BOUND_OF[ms]! : BOUNDS.length - 1]! += 1;
    if (ms > this.slowestMs) this.slowestMs = ms;
  }

  /** Called again and again; closes the minute when it is over. */
  roll(nowMs: number): void {
    this.#rolledMs ??= nowMs;
    if (nowMs - this.#rolledMs < MINUTE_MS) return;
    this.#rolledMs = nowMs;
    this.#last = this.#running;
    this.#running = new Minute();
  }

  /** `[<=0ms]:12 [0~10ms]:3 …` of the last full minute; undefined in the first one. */
  distribution(): string | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    return CLASSES.map(([name], at) => `${name}:${last.classes[at]} `).join('');
  }

  /** Milliseconds within which this share of the puts of the last full minute was answered; 0 in the first one. */
  percentile(share: number): number {
    const last = this.#last?.bounds;
    if (last === undefined) return 0;
    const total = last.reduce((sum, count) => sum + count, 0);
    const wanted = Math.floor(total * share);
    let passed = 0;
    for (let at = 0; at < last.length; at++) {
      const count = last[at]!;
      if (wanted > passed + count) {
        passed += count;
        continue;
      }
      const below = at === 0 ? 0 : BOUNDS[at - 1]!;
      return count === 0 ? below : below + ((BOUNDS[at]! - below) * (wanted - passed)) / count;
    }
    return 0;
  }
}
