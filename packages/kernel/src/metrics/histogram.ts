/** How many values lay in each bucket, and their sum, since the start. Counting looks through the bounds: few, and most values lie in the first ones. */
export class Histogram {
  /** Upper bounds, rising; a value that equals one is still in its bucket. Above the last one there is one more bucket. */
  readonly bounds: readonly number[];
  /** By bucket, not cumulative. */
  readonly counts: Float64Array<ArrayBuffer>;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  count(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]! += 1;
    this.sum += value;
  }

  /** Adds what another one of the same bounds has counted. */
  add(other: Histogram): void {
    for (let at = 0; at < this.counts.length; at++) this.counts[at]! += other.counts[at]!;
    this.sum += other.sum;
  }

  /** Number of values. */
  get total(): number {
    let total = 0;
    for (const count of this.counts) total += count;
    return total;
  }
}
