import type { Attributes, Counter, Histogram, MeterProvider } from '@opentelemetry/api';
import { DURATION_BOUNDARIES_S, Metric } from './conventions.ts';

/** The metrics of the conventions. */
export class Instruments {
  readonly #operationDuration: Histogram;
  readonly #processDuration: Histogram;
  readonly #sent: Counter;
  readonly #consumed: Counter;

  constructor(provider: MeterProvider, scope: string, version: string) {
    const meter = provider.getMeter(scope, version);
    const seconds = { unit: 's', advice: { explicitBucketBoundaries: DURATION_BOUNDARIES_S } };
    this.#operationDuration = meter.createHistogram(Metric.OPERATION_DURATION, {
      ...seconds,
      description: 'Duration of messaging operation initiated by a producer or consumer client.',
    });
    this.#processDuration = meter.createHistogram(Metric.PROCESS_DURATION, {
      ...seconds,
      description: 'Duration of processing operation.',
    });
    this.#sent = meter.createCounter(Metric.SENT, {
      unit: '{message}',
      description: 'Number of messages producer attempted to send to the broker.',
    });
    this.#consumed = meter.createCounter(Metric.CONSUMED, {
      unit: '{message}',
      description: 'Number of messages that were delivered to the application.',
    });
  }

  sent(count: number, tookS: number, attributes: Attributes): void {
    this.#operationDuration.record(tookS, attributes);
    this.#sent.add(count, attributes);
  }

  received(count: number, tookS: number, attributes: Attributes): void {
    this.#operationDuration.record(tookS, attributes);
    this.#consumed.add(count, attributes);
  }

  /** Messages that a listener is called with. */
  delivered(count: number, attributes: Attributes): void {
    this.#consumed.add(count, attributes);
  }

  processed(tookS: number, attributes: Attributes): void {
    this.#processDuration.record(tookS, attributes);
  }

  settled(tookS: number, attributes: Attributes): void {
    this.#operationDuration.record(tookS, attributes);
  }
}
