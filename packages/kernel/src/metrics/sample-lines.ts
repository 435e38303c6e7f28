import type { Histogram } from './histogram.ts';
import { isWhole, type TextBuffer, writeDigits } from './text-buffer.ts';

/** So many lines are kept together: what has not changed is copied with one call. */
const BLOCK_LINES = 64;

/** Lines that follow each other, as they were written last. */
interface Block {
  /** Of its samples. */
  readonly labels: readonly (readonly string[])[];
  /** By line. */
  readonly values: Float64Array;
  /** Of each line where its value begins, and where the line after it begins. */
  readonly places: Uint32Array;
  readonly bytes: Buffer;
}

/** Lines of one metric that were written before, by the labels of the first sample of each block. */
export type KeptLines = WeakMap<readonly string[], Block>;

/** What the lines of one sample begin with, in their order: up to their values. */
type LineStarts = (labels: readonly string[]) => readonly string[];

/**
 * Writes the lines of one metric a block at a time. A block whose samples have the same lists of labels as before is written
 * from its kept bytes: those of values that have changed are overwritten in place, as long as they have as many digits. Samples
 * that come or go cost the blocks that they are in, since a block is found by its first sample.
 */
export class SampleLines {
  readonly #out: TextBuffer;
  readonly #kept: KeptLines;
  readonly #starts: LineStarts;
  readonly #linesOfSample: number;
  readonly #samplesOfBlock: number;
  /** What is not written yet. */
  #labels: (readonly string[])[] = [];
  readonly #values: Float64Array;
  #lines = 0;
  /** The kept block that begins as these do. */
  #block: Block | undefined;

  constructor(out: TextBuffer, kept: KeptLines, starts: LineStarts, linesOfSample: number) {
    this.#out = out;
    this.#kept = kept;
    this.#starts = starts;
    this.#linesOfSample = linesOfSample;
    this.#samplesOfBlock = Math.max(1, Math.floor(BLOCK_LINES / linesOfSample));
    this.#values = new Float64Array(this.#samplesOfBlock * linesOfSample);
  }

  value(labels: readonly string[], value: number): void {
    this.#place(labels);
    this.#values[this.#lines++] = value;
  }

  /** Buckets, each with those below it; then the number of all values, and their sum. */
  histogram(labels: readonly string[], { counts, sum }: Histogram): void {
    this.#place(labels);
    const values = this.#values;
    let total = 0;
    let at = this.#lines;
    for (let bucket = 0; bucket < this.#linesOfSample - 2; bucket++) {
      total += counts[bucket]!;
      values[at++] = total;
    }
    values[at++] = total;
    values[at++] = sum;
    this.#lines = at;
  }

  /** Writes what is left. */
  end(): void {
    const labels = this.#labels;
    if (labels.length === 0) return;
    const block = this.#block;
    if (block?.labels.length === labels.length && this.#update(block)) this.#out.bytes(block.bytes);
    else this.#kept.set(labels[0]!, this.#write(labels, block));
    this.#labels = [];
    this.#lines = 0;
  }

  #place(labels: readonly string[]): void {
    const at = this.#labels.length;
    if (at === this.#samplesOfBlock || (at > 0 && !this.#follows(labels, at))) this.end();
    if (this.#lines === 0) this.#block = this.#kept.get(labels);
    this.#labels.push(labels);
  }

  /** A block that is new, or grows, ends where a kept one begins. */
  #follows(labels: readonly string[], at: number): boolean {
    const block = this.#block;
    if (block !== undefined && at < block.labels.length) return block.labels[at] === labels;
    return !this.#kept.has(labels);
  }

  /** False where a value has another number of digits than before, or has them behind a point. */
  #update({ values, places, bytes }: Block): boolean {
    const now = this.#values;
    for (let at = 0; at < values.length; at++) {
      const value = now[at]!;
      if (value === values[at]!) continue;
      const end = places[2 * at + 1]! - 1;
      if (!isWhole(value) || !isWhole(values[at]!) || !writeDigits(bytes, places[2 * at]!, end, value)) return false;
      values[at] = value;
    }
    return true;
  }

  #write(labels: readonly (readonly string[])[], before: Block | undefined): Block {
    const out = this.#out;
    const lines = this.#lines;
    const places = new Uint32Array(2 * lines);
    const began = out.length;
    let line = 0;
    for (const [at, each] of labels.entries()) {
      const known = before?.labels[at] === each ? before : undefined;
      const starts = known === undefined ? this.#starts(each) : [];
      for (let own = 0; own < this.#linesOfSample; own++, line++) {
        if (known === undefined) out.text(starts[own]!);
        else out.part(known.bytes, line === 0 ? 0 : known.places[2 * line - 1]!, known.places[2 * line]!);
        places[2 * line] = out.length - began;
        out.endWith(this.#values[line]!);
        places[2 * line + 1] = out.length - began;
      }
    }
    return { labels, values: this.#values.slice(0, lines), places, bytes: out.copyFrom(began) };
  }
}
