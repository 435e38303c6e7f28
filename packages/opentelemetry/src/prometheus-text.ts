/** Values by names. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Combinations of labels of one metric: the default of OpenTelemetry's SDK. */
const MAX_SERIES = 2000;
/** Source: OpenTelemetry SDK, MetricStorage#CARDINALITY_OVERFLOW. */
const OVERFLOW = 'otel_metric_overflow="true"';

interface Declared {
  /** Rising. */
  readonly bounds: readonly number[];
  readonly help: string;
}

interface Series {
  /** By bucket; the last one is above all bounds. */
  readonly counts: number[];
  sum: number;
}

/**
 * Histograms, and text of them for Prometheus. The servers' own text is made by a room that this package has not: it is
 * installed beside the client's alone.
 */
export class PrometheusText<Name extends string> {
  readonly #declared: Readonly<Record<Name, Declared>>;
  /** By metric, then by labels as they are written. */
  readonly #series = new Map<Name, Map<string, Series>>();

  constructor(declared: Readonly<Record<Name, Declared>>) {
    this.#declared = declared;
  }

  /** Counts a value so many times. */
  record(name: Name, labels: MetricLabels, value: number, times: number): void {
    const { bounds } = this.#declared[name];
    const series = this.#seriesOf(name, labelText(labels), bounds.length + 1);
    const bucket = bounds.findIndex((bound) => value <= bound);
    series.counts[bucket < 0 ? bounds.length : bucket]! += times;
    series.sum += value * times;
  }

  /** All of them that have counted something. */
  histograms(): string {
    let text = '';
    for (const [name, all] of [...this.#series].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { help, bounds } = this.#declared[name];
      text += head(name, 'histogram', help);
      for (const [labels, { counts, sum }] of all) {
        let total = 0;
        for (const [at, count] of counts.entries()) {
          total += count;
          // With a point, as the servers write bounds: boards compare them as texts.
          const bound = at < bounds.length ? `${bounds[at]}.0` : '+Inf';
          text += `${name}_bucket{${labels},le="${bound}"} ${total}\n`;
        }
        text += `${name}_count{${labels}} ${total}\n${name}_sum{${labels}} ${sum}\n`;
      }
    }
    return text;
  }

  /** Of values that are looked at; nothing where there are none. */
  gauge(name: string, help: string, values: readonly (readonly [labels: MetricLabels, value: number])[]): string {
    if (values.length === 0) return '';
    const lines = values.slice(0, MAX_SERIES).map(([labels, value]) => `${name}{${labelText(labels)}} ${value}\n`);
    return head(name, 'gauge', help) + lines.join('');
  }

  #seriesOf(name: Name, labels: string, buckets: number): Series {
    let all = this.#series.get(name);
    if (all === undefined) {
      all = new Map();
      this.#series.set(name, all);
    }
    const key = all.size < MAX_SERIES || all.has(labels) ? labels : OVERFLOW;
    let series = all.get(key);
    if (series === undefined) {
      series = { counts: new Array<number>(buckets).fill(0), sum: 0 };
      all.set(key, series);
    }
    return series;
  }
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function labelText(labels: MetricLabels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, escaped)}"`)
    .sort()
    .join();
}

function escaped(char: string): string {
  return char === '\n' ? '\\n' : `\\${char}`;
}
