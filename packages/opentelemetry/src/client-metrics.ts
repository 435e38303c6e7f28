import type {
  ClientInstrumentation,
  ConsumeFacts,
  ProcessWatch,
  RunningConsumer,
  SendFacts,
  SendWatch,
  SettleFacts,
} from '@rocketmq-ts/client';
import { type MetricLabels, PrometheusText } from './prometheus-text.ts';

const ofConsumer = ['topic', 'client_id', 'consumer_group'] as const;

/** Bounds are ms. Source: HistogramEnum of apache/rocketmq-clients. */
const HISTOGRAMS = {
  rocketmq_send_cost_time: {
    ...({ type: 'histogram', labels: ['topic', 'client_id', 'invocation_status'] } as const),
    bounds: [1, 5, 10, 20, 50, 200, 500],
    help: 'time of sends, ms; each message of a batch counts',
  },
  rocketmq_delivery_latency: {
    ...({ type: 'histogram', labels: ofConsumer } as const),
    bounds: [1, 5, 10, 20, 50, 200, 500],
    help: 'from the time when a message was stored to its arrival at the client, ms',
  },
  rocketmq_await_time: {
    ...({ type: 'histogram', labels: ofConsumer } as const),
    bounds: [1, 5, 20, 100, 1000, 5000, 10_000],
    help: 'from the arrival of a message to the call of its listener, ms',
  },
  rocketmq_process_time: {
    ...({ type: 'histogram', labels: [...ofConsumer, 'invocation_status'] } as const),
    bounds: [1, 5, 10, 100, 1000, 10_000, 60_000],
    help: 'time of listener calls, ms; each message of a call counts',
  },
};

/** Source: GaugeEnum of apache/rocketmq-clients. */
const GAUGES = {
  rocketmq_consumer_cached_messages: {
    ...({ type: 'gauge', labels: ofConsumer } as const),
    help: 'messages that a push consumer has pulled and not finished',
  },
  rocketmq_consumer_cached_bytes: {
    ...({ type: 'gauge', labels: ofConsumer } as const),
    help: 'bytes of their bodies',
  },
};

/** Everything that `clientMetrics` shows, by name. */
export const clientMetricTable = { ...HISTOGRAMS, ...GAUGES };

type HistogramName = keyof typeof HISTOGRAMS;

/** What `clientMetrics` takes; all of it has defaults. */
export interface ClientMetricsOptions {
  /** Another instrumentation that follows the same clients, such as `openTelemetry()`. Default none. */
  readonly beside?: ClientInstrumentation | undefined;
}

/** Counts what clients do, as the option `instrumentation` of any number of them, and shows it to Prometheus. */
export interface ClientMetrics extends ClientInstrumentation {
  /** Of the page, for its header `content-type`. */
  readonly contentType: string;
  /** The page as it is now: Prometheus text format 0.0.4, which ends with a line's end. Empty before the first event. */
  text(): string;
}

/**
 * Metrics of clients under the names that the clients of RocketMQ 5 give them, to be served where the program serves its own:
 *
 * ```ts
 * const metrics = clientMetrics();
 * const producer = new Producer({ namesrvAddr, producerGroup: 'orders', instrumentation: metrics });
 * createServer((_, response) => response.setHeader('content-type', metrics.contentType).end(metrics.text())).listen(9464);
 * ```
 *
 * A metric has at most 2,000 combinations of labels; what is beyond is in one with `otel_metric_overflow="true"`.
 */
export function clientMetrics(options: ClientMetricsOptions = {}): ClientMetrics {
  return new Metrics(options.beside);
}

class Metrics implements ClientMetrics {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #page = new PrometheusText(HISTOGRAMS);
  readonly #consumers = new Set<RunningConsumer>();
  readonly #beside: ClientInstrumentation | undefined;

  constructor(beside: ClientInstrumentation | undefined) {
    this.#beside = beside;
  }

  sending(facts: SendFacts): SendWatch {
    const other = this.#beside?.sending?.(facts);
    const { topic, messages, clientId = '' } = facts;
    return {
      properties: other?.properties,
      ended: (outcome) => {
        const labels = { topic, client_id: clientId, invocation_status: statusOf(outcome.error === undefined) };
        this.#record('rocketmq_send_cost_time', labels, outcome.tookMs, messages.length);
        other?.ended(outcome);
      },
    };
  }

  processing(facts: ConsumeFacts): ProcessWatch {
    const other = this.#beside?.processing?.(facts);
    const first = facts.messages[0]!;
    const labels = labelsOf(facts, first.topic);
    this.#delivered(facts);
    this.#record('rocketmq_await_time', labels, (first.consumeStartMs ?? facts.arrivedMs) - facts.arrivedMs);
    return {
      run: (listener) => (other === undefined ? listener() : other.run(listener)),
      ended: (outcome) => {
        const count = facts.messages.length;
        const failed = outcome.error === undefined ? Math.min(outcome.failed, count) : count;
        for (const [status, messages] of [
          ['failure', failed],
          ['success', count - failed],
        ] as const)
          this.#record('rocketmq_process_time', { ...labels, invocation_status: status }, outcome.tookMs, messages);
        other?.ended(outcome);
      },
    };
  }

  received(facts: ConsumeFacts, tookMs: number): void {
    this.#delivered(facts);
    this.#beside?.received?.(facts, tookMs);
  }

  settling(facts: SettleFacts): ((error: unknown, tookMs: number) => void) | undefined {
    return this.#beside?.settling?.(facts);
  }

  consuming(consumer: RunningConsumer): () => void {
    const other = this.#beside?.consuming?.(consumer);
    this.#consumers.add(consumer);
    return () => {
      this.#consumers.delete(consumer);
      other?.();
    };
  }

  text(): string {
    const caches = [...this.#consumers].flatMap((consumer) => {
      const byTopic = new Map<string, { messages: number; bytes: number }>();
      for (const { topic, messages, bytes } of consumer.cached()) {
        const sum = byTopic.get(topic) ?? { messages: 0, bytes: 0 };
        byTopic.set(topic, { messages: sum.messages + messages, bytes: sum.bytes + bytes });
      }
      return Array.from(byTopic, ([topic, sum]) => ({ labels: labelsOf(consumer, topic), ...sum }));
    });
    const gauge = (name: keyof typeof GAUGES, of: 'messages' | 'bytes'): string =>
      this.#page.gauge(
        name,
        GAUGES[name].help,
        caches.map((cache) => [cache.labels, cache[of]]),
      );
    return (
      gauge('rocketmq_consumer_cached_messages', 'messages') +
      gauge('rocketmq_consumer_cached_bytes', 'bytes') +
      this.#page.histograms()
    );
  }

  /** Clocks of two machines may differ: what seems to have arrived before it was stored is not counted, as in Apache's. */
  #delivered(facts: ConsumeFacts): void {
    const first = facts.messages[0]!;
    const latencyMs = facts.arrivedMs - first.storeTimestamp;
    if (latencyMs >= 0) this.#record('rocketmq_delivery_latency', labelsOf(facts, first.topic), latencyMs);
  }

  /** Whole milliseconds, as Apache's clients count them. */
  #record(name: HistogramName, labels: MetricLabels, ms: number, times = 1): void {
    if (times > 0) this.#page.record(name, labels, Math.max(0, Math.floor(ms)), times);
  }
}

function labelsOf(
  { clientId, consumerGroup }: Pick<ConsumeFacts, 'clientId' | 'consumerGroup'>,
  topic: string,
): MetricLabels {
  return { topic, consumer_group: consumerGroup, client_id: clientId };
}

function statusOf(isSuccess: boolean): string {
  return isSuccess ? 'success' : 'failure';
}
