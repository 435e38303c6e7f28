import { Histogram } from './histogram.ts';

/** How many values lay below bounds, since the start. Counting searches nothing: it looks a value's place up. */
export class Distribution {
  /** Upper bounds that are still in their class, whole and rising; values above the last one are in the last class. */
  readonly bounds: readonly number[];
  /** By class. */
  readonly counts: Float64Array<ArrayBuffer>;
  max = 0;
  /** Of all values. */
  sum = 0;
  readonly #places: Uint8Array;

  /** At most 256 classes, the last but one bound at most some ten thousand: each whole number up to it has a byte. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length);
    this.#places = new Uint8Array(bounds.at(-2)! + 1);
    for (let at = bounds.length - 2; at >= 0; at--) this.#places.fill(at, 0, bounds[at]! + 1);
  }

  /** A whole number, not negative. */
  count(value: number): void {
    const place = value < this.#places.length ? this.#places[value]! : this.bounds.length - 1;
    this.counts[place]! += 1;
    this.sum += value;
    if (value > this.max) this.max = value;
  }

  /** The same by fewer bounds, of which each is one of these. */
  histogram(bounds: readonly number[]): Histogram {
    const histogram = new Histogram(bounds);
    let bucket = 0;
    for (let at = 0; at < this.counts.length; at++) {
      while (bucket < bounds.length && this.bounds[at]! > bounds[bucket]!) bucket++;
      histogram.counts[bucket]! += this.counts[at]!;
    }
    histogram.sum = this.sum;
    return histogram;
  }
}
