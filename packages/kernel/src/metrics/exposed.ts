import type { Histogram } from './histogram.ts';
import type { KeptLines } from './sample-lines.ts';

/** A metric as those see it who collect it: declared once, in the table of the part that shows it. */
export interface ExposedMetric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One line for people; none where it is empty. */
  readonly help: string;
  /** Names of its labels, beside those that all metrics of the process have. */
  readonly labels: readonly string[];
  /** Of a histogram. */
  readonly bounds?: readonly number[];
}

/** Takes what one metric shows: a value, or a histogram, for each combination of values of its labels. */
export interface Samples {
  /** `labels`: values in the order in which the metric names them. */
  value(labels: readonly string[], value: number): void;
  histogram(labels: readonly string[], histogram: Histogram): void;
}

/** One metric and what it shows now. */
export interface ExposedSource {
  readonly name: string;
  readonly metric: ExposedMetric;
  /** Gives all samples. Each step of the iteration is short, since other work may be done between two of them. */
  show(samples: Samples): Iterable<unknown>;
}

/** A label that all metrics of a process have, and its value. */
export type CommonLabel = readonly [name: string, value: string];

/** What all metrics of a process have in common. */
export interface Exposure {
  readonly common: readonly CommonLabel[];
  /**
   * Samples of one metric at the most. The last of them has no labels but `otel_metric_overflow` and holds what is left: the
   * sum of counters and histograms, the largest of gauges.
   */
  readonly limit: number;
  /** Lines that were shown before, by their metrics: kept by a part that has many, with lists of labels that stay the same. */
  readonly kept?: Map<string, KeptLines> | undefined;
}

/** What one server shows: its metrics, made anew for each reader, and what they have in common. */
export interface ExposedPart {
  readonly exposure: Exposure;
  sources(): Iterable<ExposedSource>;
}

/** Label of the sample that holds what is beyond the limit. Source: OpenTelemetry SDK, MetricStorage#CARDINALITY_OVERFLOW. */
export const OVERFLOW_LABEL = 'otel_metric_overflow';

/** Samples of one metric at once, for those that have few. */
export function showAll(values: Iterable<readonly [labels: readonly string[], value: number]>) {
  return (samples: Samples): readonly [] => {
    for (const [labels, value] of values) samples.value(labels, value);
    return [];
  };
}
