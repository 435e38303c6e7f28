import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { type DataPoint, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  type ClientInstrumentation,
  type MessageListener,
  Producer,
  PullConsumer,
  PushConsumer,
  TransactionProducer,
} from '@rocketmq-ts/client';
import { type OpenTelemetryOptions, openTelemetry } from '@rocketmq-ts/opentelemetry';
import { type Cluster, type ClusterOptions, startCluster } from '@rocketmq-ts/testkit/cluster';

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** A cluster of this process, and clients that report to the real SDK, which keeps everything in memory. */
export class TelemetryStage {
  readonly cluster: Cluster;
  readonly tracerProvider: BasicTracerProvider;
  readonly instrumentation: ClientInstrumentation;
  readonly #exporter = new InMemorySpanExporter();
  readonly #reader = new Reader();
  readonly #clients: { stop(): Promise<void> }[] = [];

  constructor(cluster: Cluster, options: OpenTelemetryOptions) {
    this.cluster = cluster;
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    );
    this.tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#exporter)] });
    const meterProvider = new MeterProvider({ readers: [this.#reader] });
    this.instrumentation = openTelemetry({ tracerProvider: this.tracerProvider, meterProvider, ...options });
  }

  static async start(options: OpenTelemetryOptions = {}, cluster: ClusterOptions = {}): Promise<TelemetryStage> {
    return new TelemetryStage(await startCluster({ topics: { Orders: 1 }, ...cluster }), options);
  }

  async producer(namespace?: string): Promise<Producer> {
    const producer = new Producer({ ...this.#common('producer'), producerGroup: 'shop', namespace });
    await this.#run(producer, producer.start());
    return producer;
  }

  async transactionProducer(): Promise<TransactionProducer> {
    const check = async () => 'UNKNOWN' as const;
    const producer = new TransactionProducer({ ...this.#common('producer'), producerGroup: 'shop', check });
    await this.#run(producer, producer.start());
    return producer;
  }

  async consumer(listener: MessageListener, batch = 1): Promise<PushConsumer> {
    const consumer = new PushConsumer({
      ...this.#common('consumer'),
      consumerGroup: 'billing',
      consumeFrom: 'FIRST_OFFSET',
      consumeMessageBatchMaxSize: batch,
    });
    consumer.subscribe('Orders');
    await this.#run(consumer, consumer.start(listener));
    return consumer;
  }

  async pullConsumer(): Promise<PullConsumer> {
    const options = { consumerGroup: 'polling', consumeFrom: 'FIRST_OFFSET' } as const;
    const consumer = new PullConsumer({ ...this.#common('polling'), ...options });
    consumer.subscribe('Orders');
    await this.#run(consumer, consumer.start());
    return consumer;
  }

  /** Spans that have ended, with this name. */
  spans(name?: string): ReadableSpan[] {
    const spans = this.#exporter.getFinishedSpans();
    return name === undefined ? spans : spans.filter((span) => span.name === name);
  }

  /** Unit and data points of a metric. */
  async metric(name: string): Promise<{ unit: string; points: DataPoint<unknown>[] }> {
    const { resourceMetrics } = await this.#reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const found = metrics.find(({ descriptor }) => descriptor.name === name);
    return { unit: found?.descriptor.unit ?? 'none', points: (found?.dataPoints ?? []) as DataPoint<unknown>[] };
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await this.cluster.run(client.stop());
    await this.cluster.stop();
    context.disable();
    propagation.disable();
  }

  async #run(client: { stop(): Promise<void> }, starting: Promise<void>): Promise<void> {
    this.#clients.push(client);
    await this.cluster.run(starting);
  }

  #common(machine: string) {
    return {
      namesrvAddr: this.cluster.namesrvAddr,
      instanceName: machine,
      platform: this.cluster.environment.machine(machine),
      logger: { warn: () => {}, error: () => {} },
      instrumentation: this.instrumentation,
    };
  }
}
