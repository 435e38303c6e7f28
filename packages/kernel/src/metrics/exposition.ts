import type { Clock } from '../clock.ts';
import { javaDouble } from '../java-double.ts';
import {
  type ExposedMetric,
  type ExposedPart,
  type ExposedSource,
  type Exposure,
  OVERFLOW_LABEL,
  type Samples,
} from './exposed.ts';
import { Histogram } from './histogram.ts';
import { type KeptLines, SampleLines } from './sample-lines.ts';
import { TextBuffer } from './text-buffer.ts';

/** Content type of the text. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** So long one slice of the work may take; then whatever else waits has its turn. */
const SLICE_MS = 0.1;
/** So much text is handed on at once: the system takes as long to copy it as a slice took to make it. */
const PIECE_BYTES = 64 * 1024;
/** Room for what one step adds to a piece that is nearly large enough: a block of lines. */
const STEP_BYTES = 32 * 1024;
/**
 * A turn of the event loop that took longer had other work: what that began, as the answer to a request, needs the next turn.
 */
const IDLE_TURN_MS = 0.02;
/** Turns that others have after a slice at the most: a page ends under any load. */
const MAX_TURNS = 8;
/** Steps between two looks at the clock. */
const STEPS_A_LOOK = 4;

/**
 * The text that Prometheus reads, in UTF-8 and piece by piece, each of whole lines and lent until the next one is asked for:
 * between two pieces the event loop has a turn of its own, so that requests wait for a slice of a tenth of a millisecond and
 * not for the whole text. Metrics come by their names; those of one name that several parts have become one. A source that
 * throws ends its own samples only. Source: Prometheus text format 0.0.4.
 */
export async function* exposition(
  parts: Iterable<ExposedPart>,
  clock: Pick<Clock, 'monotonicMs' | 'endOfTurn'>,
  failed: (name: string, error: unknown) => void,
): AsyncGenerator<Buffer<ArrayBuffer>> {
  const text = new SampleText();
  let sliceMs = clock.monotonicMs();
  let steps = 0;
  for (const { source, exposure } of byName(parts)) {
    text.begin(source, exposure);
    try {
      for (const _ of source.show(text)) {
        if (text.length < PIECE_BYTES) {
          steps += 1;
          if (steps % STEPS_A_LOOK !== 0 || clock.monotonicMs() - sliceMs < SLICE_MS) continue;
        }
        yield text.take();
        await otherWork(clock);
        sliceMs = clock.monotonicMs();
      }
    } catch (error) {
      failed(source.name, error);
    }
    text.end();
  }
  yield text.take();
}

/** Turns of the event loop, until one had nothing to do. */
async function otherWork(clock: Pick<Clock, 'monotonicMs' | 'endOfTurn'>): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const beganMs = clock.monotonicMs();
    await new Promise<void>((next) => clock.endOfTurn(next));
    if (clock.monotonicMs() - beganMs < IDLE_TURN_MS) return;
  }
}

function byName(
  parts: Iterable<ExposedPart>,
): readonly { readonly source: ExposedSource; readonly exposure: Exposure }[] {
  const all = Array.from(parts, (part) =>
    Array.from(part.sources(), (source) => ({ source, exposure: part.exposure })),
  );
  return all.flat().sort((a, b) => (a.source.name < b.source.name ? -1 : a.source.name > b.source.name ? 1 : 0));
}

/** Lays out samples one metric after the other. */
class SampleText implements Samples {
  readonly #out = new TextBuffer(PIECE_BYTES + STEP_BYTES);
  #exposure!: Exposure;
  #name = '';
  /** The metric whose head was written last. */
  #headOf = '';
  #metric!: ExposedMetric;
  #lines!: SampleLines;
  #count = 0;
  #overflow: number | Histogram | undefined;

  get length(): number {
    return this.#out.length;
  }

  take(): Buffer<ArrayBuffer> {
    return this.#out.take();
  }

  begin({ name, metric }: Pick<ExposedSource, 'name' | 'metric'>, exposure: Exposure): void {
    this.#exposure = exposure;
    this.#name = name;
    this.#metric = metric;
    const labels = new LabelText(exposure.common, metric.labels);
    this.#lines = this.#linesWith(keptOf(exposure, name), (values) => labels.of(values));
    this.#count = 0;
    this.#overflow = undefined;
  }

  end(): void {
    this.#lines.end();
    const overflow = this.#overflow;
    if (overflow === undefined) return;
    const lines = this.#linesWith(new WeakMap(), () => `${OVERFLOW_LABEL}="true"`);
    if (typeof overflow === 'number') lines.value([], overflow);
    else lines.histogram([], overflow);
    lines.end();
  }

  value(labels: readonly string[], value: number): void {
    if (!this.#isBeyond()) return this.#lines.value(labels, value);
    const before = typeof this.#overflow === 'number' ? this.#overflow : undefined;
    if (before === undefined) this.#overflow = value;
    else this.#overflow = this.#metric.type === 'gauge' ? Math.max(before, value) : before + value;
  }

  histogram(labels: readonly string[], histogram: Histogram): void {
    if (!this.#isBeyond()) return this.#lines.histogram(labels, histogram);
    if (!(this.#overflow instanceof Histogram)) this.#overflow = new Histogram(histogram.bounds);
    this.#overflow.add(histogram);
  }

  #linesWith(kept: KeptLines, textOf: (labels: readonly string[]) => string): SampleLines {
    const name = this.#name;
    if (this.#metric.type !== 'histogram')
      return new SampleLines(this.#out, kept, (labels) => [lineStart(name, textOf(labels))], 1);
    const buckets = [...(this.#metric.bounds ?? []), Number.POSITIVE_INFINITY].map(bucketLabel);
    const starts = (labels: readonly string[]): string[] => {
      const text = textOf(labels);
      const open = `${name}_bucket{${text === '' ? '' : `${text},`}`;
      return [
        ...buckets.map((bucket) => `${open}${bucket}} `),
        ...[lineStart(`${name}_count`, text), lineStart(`${name}_sum`, text)],
      ];
    };
    return new SampleLines(this.#out, kept, starts, buckets.length + 2);
  }

  /** Also writes the head of the metric before its first sample: one without samples is not shown. */
  #isBeyond(): boolean {
    this.#count += 1;
    if (this.#headOf !== this.#name) {
      this.#headOf = this.#name;
      const { help, type } = this.#metric;
      if (help !== '') this.#out.text(`# HELP ${this.#name} ${help.replace(/[\\\n]/g, escaped)}\n`);
      this.#out.text(`# TYPE ${this.#name} ${type}\n`);
    }
    return this.#count >= this.#exposure.limit;
  }
}

function lineStart(name: string, labels: string): string {
  return labels === '' ? `${name} ` : `${name}{${labels}} `;
}

/** The text of labels in alphabetical order, from pieces that are the same for all samples of a metric. */
class LabelText {
  /** Before, between and behind the values. */
  readonly #pieces: string[] = [];
  /** Which value comes next. */
  readonly #order: number[] = [];

  constructor(common: Exposure['common'], names: readonly string[]) {
    const own = names.map((name, at) => ({ name, at, value: '' }));
    // A label of the metric has priority over one of the process.
    const others = common.filter(([name]) => !names.includes(name)).map(([name, value]) => ({ name, at: -1, value }));
    const all = [...own, ...others].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    let piece = '';
    for (const [index, { name, at, value }] of all.entries()) {
      piece += `${index === 0 ? '' : ','}${name}="`;
      if (at < 0) piece += `${labelValue(value)}"`;
      else {
        this.#pieces.push(piece);
        this.#order.push(at);
        piece = '"';
      }
    }
    this.#pieces.push(piece);
  }

  of(values: readonly string[]): string {
    const pieces = this.#pieces;
    const order = this.#order;
    let text = pieces[0]!;
    for (let at = 0; at < order.length; at++) text += labelValue(values[order[at]!]!) + pieces[at + 1]!;
    return text;
  }
}

function keptOf({ kept }: Exposure, name: string): KeptLines {
  let known = kept?.get(name);
  if (known === undefined) {
    known = new WeakMap();
    kept?.set(name, known);
  }
  return known;
}

/** Bounds in Java's form, since boards compare them as texts. */
function bucketLabel(bound: number): string {
  return `le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : javaDouble(bound)}"`;
}

function labelValue(value: string): string {
  return /["\\\n]/.test(value) ? value.replace(/["\\\n]/g, escaped) : value;
}

function escaped(char: string): string {
  return char === '\n' ? '\\n' : `\\${char}`;
}
