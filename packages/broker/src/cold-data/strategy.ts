/** Behind the name of a group whose threshold a strategy made. Source: ColdDataCgCtrService. */
export const ADAPTIVE = '||adaptive';

/** What a strategy changes. */
export interface ThresholdTable {
  readonly ofBroker: number;
  of(group: string, isAdaptive: boolean): number;
  adapt(group: string, bytes: number): void;
}

/** Raises and lowers thresholds of groups by what is read. Source: ColdCtrStrategy. */
export interface Strategy {
  /** The sum of a round that ends, and the sum that is aimed at. */
  collect(globalBytes: number, aimBytes: number): void;
  /** A group has reached its threshold in a round. */
  promote(thresholds: ThresholdTable, group: string): void;
  /** A group has a high threshold. */
  decelerate(thresholds: ThresholdTable, group: string, isOverGlobal: boolean): void;
}

function raise(thresholds: ThresholdTable, group: string): void {
  thresholds.adapt(group, Math.floor(thresholds.of(group, true) * 1.5));
}

/** Not below what every group has. */
function lower(thresholds: ThresholdTable, group: string): void {
  thresholds.adapt(group, Math.max(Math.floor(thresholds.of(group, true) * 0.8), thresholds.ofBroker));
}

/** Source: SimpleColdCtrStrategy. */
export class SimpleStrategy implements Strategy {
  collect(): void {}

  promote(thresholds: ThresholdTable, group: string): void {
    raise(thresholds, group);
  }

  decelerate(thresholds: ThresholdTable, group: string, isOverGlobal: boolean): void {
    if (isOverGlobal) lower(thresholds, group);
  }
}

/** Rounds that it looks back over, and weights of the last difference, of all and of the change. Source: PIDAdaptiveColdCtrStrategy. */
const ROUNDS = 10;
const LAST = 0.5;
const SUM = 0.3;
const CHANGE = 0.2;

/** Source: PIDAdaptiveColdCtrStrategy. */
export class PidStrategy implements Strategy {
  #differences: number[] = [];

  collect(globalBytes: number, aimBytes: number): void {
    this.#differences.push(aimBytes - globalBytes);
    this.#differences = this.#differences.slice(-ROUNDS);
  }

  /** Above 0: there is room. 0 until enough rounds are over. */
  get #factor(): number {
    if (this.#differences.length < ROUNDS) return 0;
    const [before, last] = this.#differences.slice(-2) as [number, number];
    const sum = this.#differences.reduce((total, each) => total + each, 0);
    return LAST * last + SUM * sum + CHANGE * (last - before);
  }

  promote(thresholds: ThresholdTable, group: string): void {
    if (this.#factor > 0) raise(thresholds, group);
  }

  decelerate(thresholds: ThresholdTable, group: string): void {
    if (this.#factor < 0) lower(thresholds, group);
  }
}
