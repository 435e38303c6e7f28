import type { ExposedMetric, ExposedPart, ExposedSource, Samples } from './exposed.ts';
import type { Histogram } from './histogram.ts';

type Attributes = readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];

/**
 * Metrics in the JSON form of OpenTelemetry's protocol, one text for each metric and part; those without samples are left out. Each
 * step of the iteration is one metric, or a part of one. Source: opentelemetry/proto/metrics/v1/metrics.proto.
 */
export function* otlpJson(
  parts: Iterable<ExposedPart>,
  nowMs: number,
  failed: (name: string, error: unknown) => void,
): Iterable<string | undefined> {
  const timeUnixNano = `${nowMs}000000`;
  for (const { exposure, sources } of parts) {
    for (const source of sources()) {
      const points = new DataPoints(source.metric, exposure, timeUnixNano);
      try {
        for (const _ of source.show(points)) yield undefined;
      } catch (error) {
        failed(source.name, error);
      }
      if (points.all.length > 0) yield JSON.stringify(metricOf(source, points.all));
    }
  }
}

function metricOf({ name, metric: { type, help } }: ExposedSource, dataPoints: readonly unknown[]) {
  const cumulative = { aggregationTemporality: 2 };
  const data =
    type === 'gauge'
      ? { gauge: { dataPoints } }
      : type === 'counter'
        ? { sum: { dataPoints, ...cumulative, isMonotonic: true } }
        : { histogram: { dataPoints, ...cumulative } };
  return { name, description: help, ...data };
}

/** Data points of one metric, as many as its part shows. */
class DataPoints implements Samples {
  readonly all: unknown[] = [];
  readonly #metric: ExposedMetric;
  readonly #exposure: ExposedPart['exposure'];
  readonly #timeUnixNano: string;

  constructor(metric: ExposedMetric, exposure: ExposedPart['exposure'], timeUnixNano: string) {
    this.#metric = metric;
    this.#exposure = exposure;
    this.#timeUnixNano = timeUnixNano;
  }

  value(labels: readonly string[], value: number): void {
    this.#add(labels, { asDouble: value });
  }

  histogram(labels: readonly string[], { bounds, counts, sum, total }: Histogram): void {
    const bucketCounts = Array.from(counts, String);
    this.#add(labels, { count: String(total), sum, bucketCounts, explicitBounds: bounds });
  }

  #add(labels: readonly string[], data: object): void {
    if (this.all.length >= this.#exposure.limit) return;
    this.all.push({ attributes: this.#attributes(labels), timeUnixNano: this.#timeUnixNano, ...data });
  }

  #attributes(values: readonly string[]): Attributes {
    const own = this.#metric.labels.map((name, at): [string, string] => [name, values[at] ?? '']);
    return [...new Map([...this.#exposure.common, ...own])].map(([key, value]) => {
      return { key, value: { stringValue: value } };
    });
  }
}
