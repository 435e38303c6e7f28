import type { Clock } from '../clock.ts';
import { javaDouble } from '../java-double.ts';
import {
  type ExposedMetric,
  type ExposedPart,
  type ExposedSource,
  type Exposure,
  type Labels,
  type LabelTexts,
  OVERFLOW_LABEL,
  type Samples,
} from './exposed.ts';
import { Histogram } from './histogram.ts';
import { TextBuffer } from './text-buffer.ts';

/** Content type of the text. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** So long one slice of the work may take; then whatever else waits has its turn. */
const SLICE_MS = 1;
/** So much text is handed on at once. */
const PIECE_BYTES = 256 * 1024;
/** Room for what one step adds to a piece that is nearly large enough. */
const STEP_BYTES = 16 * 1024;
/** Steps between two looks at the clock. */
const STEPS_A_LOOK = 8;

/**
 * The text that Prometheus reads, in UTF-8 and piece by piece, each of whole lines and lent until the next one is asked for: between two pieces the event loop has a turn of its own, so that requests wait
 * for a slice of a millisecond and not for the whole text. Metrics come by their names; those of one name that several parts have become
 * one. A source that throws ends its own samples only. Source: Prometheus text format 0.0.4.
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
        await new Promise<void>((next) => clock.endOfTurn(next));
        sliceMs = clock.monotonicMs();
      }
    } catch (error) {
      failed(source.name, error);
    }
    text.end();
  }
  yield text.take();
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
  /** The name as bytes: alone, and of the lines of a histogram. */
  #lineName!: Uint8Array;
  #bucketName!: Uint8Array;
  #countName!: Uint8Array;
  #sumName!: Uint8Array;
  /** The metric whose head was written last. */
  #headOf = '';
  #metric!: ExposedMetric;
  #labels!: LabelText;
  #texts!: LabelTexts;
  /** Behind the labels of each bucket. */
  #bucketEnds: readonly Uint8Array[] = [];
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
    this.#lineName = Buffer.from(name);
    this.#bucketName = Buffer.from(`${name}_bucket`);
    this.#countName = Buffer.from(`${name}_count`);
    this.#sumName = Buffer.from(`${name}_sum`);
    this.#metric = metric;
    this.#labels = new LabelText(exposure.common, metric.labels);
    this.#texts = textsOf(exposure, metric.labels);
    this.#bucketEnds = [...(metric.bounds ?? []), Number.POSITIVE_INFINITY].map((bound) =>
      Buffer.from(bucketEnd(bound)),
    );
    this.#count = 0;
    this.#overflow = undefined;
  }

  end(): void {
    const overflow = this.#overflow;
    if (overflow === undefined) return;
    const labels = labelsOf(`${OVERFLOW_LABEL}="true"`);
    if (typeof overflow === 'number') this.#line(this.#lineName, labels, overflow);
    else this.#histogram(labels, overflow);
  }

  value(labels: readonly string[], value: number): void {
    if (!this.#isBeyond()) return this.#line(this.#lineName, this.#textOf(labels), value);
    const before = typeof this.#overflow === 'number' ? this.#overflow : undefined;
    if (before === undefined) this.#overflow = value;
    else this.#overflow = this.#metric.type === 'gauge' ? Math.max(before, value) : before + value;
  }

  histogram(labels: readonly string[], histogram: Histogram): void {
    if (!this.#isBeyond()) return this.#histogram(this.#textOf(labels), histogram);
    if (!(this.#overflow instanceof Histogram)) this.#overflow = new Histogram(histogram.bounds);
    this.#overflow.add(histogram);
  }

  /** Most lines of a large text have labels that another line has too, and that the next text has again. */
  #textOf(labels: readonly string[]): Labels {
    let text = this.#texts.get(labels);
    if (text === undefined) {
      text = labelsOf(this.#labels.of(labels));
      this.#texts.set(labels, text);
    }
    return text;
  }

  #line(name: Uint8Array, { alone }: Labels, value: number): void {
    this.#out.bytes(name);
    this.#out.bytes(alone);
    this.#out.endWith(value);
  }

  #histogram(labels: Labels, { counts, sum }: Histogram): void {
    const out = this.#out;
    const ends = this.#bucketEnds;
    const { open } = labels;
    let total = 0;
    for (let at = 0; at < ends.length; at++) {
      total += counts[at]!;
      out.bytes(this.#bucketName);
      out.bytes(open);
      out.bytes(ends[at]!);
      out.endWith(total);
    }
    this.#line(this.#countName, labels, total);
    this.#line(this.#sumName, labels, sum);
  }

  /** Also writes the head of the metric before its first sample: one without samples is not shown. */
  #isBeyond(): boolean {
    this.#count += 1;
    if (this.#headOf !== this.#name) {
      this.#headOf = this.#name;
      const { help, type } = this.#metric;
      this.#out.text(`# HELP ${this.#name} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${this.#name} ${type}\n`);
    }
    return this.#count >= this.#exposure.limit;
  }
}

/** `open` is made where a histogram has these labels. */
function labelsOf(text: string): Labels {
  const alone = Buffer.from(text === '' ? ' ' : `{${text}} `);
  let open: Uint8Array | undefined;
  return {
    alone,
    get open() {
      open ??= Buffer.from(text === '' ? '{' : `{${text},`);
      return open;
    },
  };
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

/** Texts of labels by the list of their values, for all metrics with labels of the same names. */
function textsOf({ texts }: Exposure, names: readonly string[]): LabelTexts {
  const key = names.join();
  let known = texts?.get(key);
  if (known === undefined) {
    known = new WeakMap();
    texts?.set(key, known);
  }
  return known;
}

/** Bounds in Java's form, since boards compare them as texts. */
function bucketEnd(bound: number): string {
  return `le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : javaDouble(bound)}"} `;
}

function labelValue(value: string): string {
  return /["\\\n]/.test(value) ? value.replace(/["\\\n]/g, escaped) : value;
}

function escaped(char: string): string {
  return char === '\n' ? '\\n' : `\\${char}`;
}
