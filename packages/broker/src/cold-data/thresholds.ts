import { ADAPTIVE, type Strategy, type ThresholdTable } from './strategy.ts';

/** Groups with a threshold of their own, at the most. */
export const MAX_GROUPS = 10_000;

/**
 * How much each group may read of old messages in a round, bytes: what operators set, what a strategy made of the broker's
 * own threshold, or that. Kept in memory, as Apache's broker does. Source: ColdDataCgCtrService.
 */
export class Thresholds implements ThresholdTable {
  /** By group, and by group with the suffix `ADAPTIVE` for those of the strategy: as tools are shown them. */
  readonly #table = new Map<string, number>();
  readonly #ofBroker: () => number;

  constructor(ofBroker: () => number) {
    this.#ofBroker = ofBroker;
  }

  get table(): ReadonlyMap<string, number> {
    return this.#table;
  }

  get ofBroker(): number {
    return this.#ofBroker();
  }

  /** An operator's choice. False when there are too many. */
  set(group: string, bytes: number): boolean {
    if (!this.#table.has(group) && this.#table.size >= MAX_GROUPS) return false;
    this.#table.set(group, bytes);
    return true;
  }

  remove(group: string): void {
    this.#table.delete(group);
  }

  isSetByOperator(group: string): boolean {
    return this.#table.has(group);
  }

  /** `isAdaptive`: the strategy is in use. */
  of(group: string, isAdaptive: boolean): number {
    return this.#table.get(group) ?? (isAdaptive ? this.adapted(group) : undefined) ?? this.#ofBroker();
  }

  adapted(group: string): number | undefined {
    return this.#table.get(group + ADAPTIVE);
  }

  adapt(group: string, bytes: number): void {
    if (this.#table.size < MAX_GROUPS || this.#table.has(group + ADAPTIVE)) this.#table.set(group + ADAPTIVE, bytes);
  }

  forgetAdapted(group: string): void {
    this.#table.delete(group + ADAPTIVE);
  }

  /** Groups whose threshold a strategy made, the highest first, without those that an operator set. */
  adaptedGroups(): string[] {
    return [...this.#table]
      .filter(([key]) => key.endsWith(ADAPTIVE))
      .sort(([, a], [, b]) => b - a)
      .map(([key]) => key.slice(0, -ADAPTIVE.length))
      .filter((group) => !this.#table.has(group));
  }

  /** The strategy is not in use any more. */
  forgetAllAdapted(): void {
    for (const key of this.#table.keys()) if (key.endsWith(ADAPTIVE)) this.#table.delete(key);
  }

  /** Lowers the highest adapted thresholds. Source: ColdDataCgCtrService#sortAndDecelerate. */
  decelerate(strategy: Strategy, isOverGlobal: boolean): void {
    for (const group of this.adaptedGroups().slice(0, 3)) strategy.decelerate(this, group, isOverGlobal);
  }
}
