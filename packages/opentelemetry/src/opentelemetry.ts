import {
  type Attributes,
  type Context,
  context,
  type Link,
  type MeterProvider,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type {
  ClientInstrumentation,
  ConsumeFacts,
  MessageExt,
  ProcessWatch,
  SendFacts,
  SendWatch,
  SettleFacts,
} from '@rocketmq-ts/client';
import {
  commonAttributes,
  consumeAttributes,
  errorType,
  type Operation,
  receivedAttributes,
  sendAttributes,
  settleAttributes,
} from './attributes.ts';
import { Attribute } from './conventions.ts';
import { Instruments } from './instruments.ts';

/** What `openTelemetry` takes; all of it has defaults. */
export interface OpenTelemetryOptions {
  /** Default: the one that is registered with `@opentelemetry/api` when this function is called or later. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the one that is registered with `@opentelemetry/api` when this function is called; register it before. */
  readonly meterProvider?: MeterProvider | undefined;
  /** How contexts travel in message properties. Default: the registered one, for most W3C's `traceparent`, `tracestate` and `baggage`. */
  readonly propagator?: Pick<TextMapPropagator, 'inject' | 'extract'> | undefined;
  /**
   * The span of a listener call with one message is a child of the span that sent it, in its trace, and has a link to it as well. Default
   * false: a trace of its own with a link, since a message may be handled long after it was sent, and more than once.
   */
  readonly processInProducerTrace?: boolean | undefined;
}

/** `messaging.operation.name` of each kind of send. */
const SEND_NAMES: Readonly<Record<SendFacts['operation'], string>> = {
  send: 'send',
  sendOneway: 'send_oneway',
  request: 'request',
  sendInTransaction: 'send',
};
const SCOPE = '@rocketmq-ts/opentelemetry';
const VERSION = '0.1.0';

/**
 * Spans and metrics of clients by the semantic conventions for messaging, for the option `instrumentation` of any client.
 *
 * ```ts
 * const instrumentation = openTelemetry();
 * const producer = new Producer({ namesrvAddr, producerGroup: 'orders', instrumentation });
 * const consumer = new PushConsumer({ namesrvAddr, consumerGroup: 'billing', instrumentation });
 * ```
 *
 * | span | kind | for |
 * | --- | --- | --- |
 * | `send Orders` | producer | each call of `send`, `sendOneway`, `request` or `sendInTransaction`, a batch once; its context travels with the messages |
 * | `process Orders` | consumer | each call of a listener; linked to the spans that sent its messages, and active while the listener runs |
 * | `receive Orders` | client | each poll of a pull consumer that resolves with messages; linked in the same way |
 * | `retry Orders`, `dead_letter Orders` | client | each message that is given back (`settle`); part of no trace of a listener, linked to the sender |
 *
 * Metrics: `messaging.client.operation.duration`, `messaging.client.sent.messages`, `messaging.client.consumed.messages` and
 * `messaging.process.duration`. One instrumentation serves any number of clients.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): ClientInstrumentation {
  return new Telemetry(options);
}

class Telemetry implements ClientInstrumentation {
  readonly #options: OpenTelemetryOptions;
  readonly #instruments: Instruments;

  constructor(options: OpenTelemetryOptions) {
    this.#options = options;
    this.#instruments = new Instruments(options.meterProvider ?? metrics.getMeterProvider(), SCOPE, VERSION);
  }

  sending(facts: SendFacts): SendWatch {
    const operation = { name: SEND_NAMES[facts.operation], type: 'send' } as const;
    const common = commonAttributes(operation, facts.topic, undefined);
    const span = this.#start(operation, facts.topic, SpanKind.PRODUCER, { ...common, ...sendAttributes(facts) });
    const properties: Record<string, string> = {};
    this.#propagator.inject(trace.setSpan(context.active(), span), properties, {
      set: (carrier, key, value) => {
        carrier[key] = value;
      },
    });
    return {
      properties,
      ended: ({ result, error, tookMs }) => {
        if (result !== undefined && 'sendStatus' in result) {
          span.setAttributes({
            [Attribute.MESSAGE_ID]: result.msgId,
            [Attribute.PARTITION]: String(result.messageQueue.queueId),
            [Attribute.BROKER]: result.messageQueue.brokerName,
          });
        }
        const conversation = result !== undefined && 'properties' in result && result.properties.get('CORRELATION_ID');
        if (conversation) span.setAttribute(Attribute.CONVERSATION_ID, conversation);
        const failure = this.#end(span, error);
        this.#instruments.sent(facts.messages.length, tookMs / 1000, { ...common, ...failure });
      },
    };
  }

  processing(facts: ConsumeFacts): ProcessWatch {
    const operation = { name: 'process', type: 'process' } as const;
    const { topic } = facts.messages[0]!;
    const common = commonAttributes(operation, topic, facts.consumerGroup);
    this.#instruments.delivered(facts.messages.length, common);
    // The sender's baggage is there for the listener in any case.
    const sender = facts.messages.length === 1 ? this.#contextOf(facts.messages[0]!) : ROOT_CONTEXT;
    const parent = this.#options.processInProducerTrace === true ? sender : trace.deleteSpan(sender);
    const attributes = { ...common, ...consumeAttributes(facts) };
    const span = this.#start(operation, topic, SpanKind.CONSUMER, attributes, this.#linksOf(facts.messages), parent);
    return {
      run: (listener) => context.with(trace.setSpan(parent, span), listener),
      ended: ({ failed, error, tookMs }) => {
        const failure =
          failed > 0 && error === undefined
            ? this.#fail(span, 'RECONSUME_LATER', `${failed} messages come again`)
            : this.#end(span, error);
        this.#instruments.processed(tookMs / 1000, { ...common, ...failure });
      },
    };
  }

  received(facts: ConsumeFacts, tookMs: number): void {
    const operation = { name: 'receive', type: 'receive' } as const;
    const { topic } = facts.messages[0]!;
    const common = commonAttributes(operation, topic, facts.consumerGroup);
    const attributes = { ...common, ...consumeAttributes(facts) };
    // The messages are here: the span is of a moment, and its duration is in the metric.
    this.#start(operation, topic, SpanKind.CLIENT, attributes, this.#linksOf(facts.messages)).end();
    this.#instruments.received(facts.messages.length, tookMs / 1000, common);
  }

  settling(facts: SettleFacts): (error: unknown, tookMs: number) => void {
    const operation = { name: facts.delayLevel < 0 ? 'dead_letter' : 'retry', type: 'settle' } as const;
    const { topic } = facts.message;
    const common = commonAttributes(operation, topic, facts.consumerGroup);
    const sender = this.#propagator.extract(ROOT_CONTEXT, facts.message, {
      keys: () => [],
      get: (message, key) => message.property(key),
    });
    const links = linksTo(sender, {});
    const span = this.#start(operation, topic, SpanKind.CLIENT, { ...common, ...settleAttributes(facts) }, links);
    return (error, tookMs) => {
      const failure = this.#end(span, error);
      this.#instruments.settled(tookMs / 1000, { ...common, ...failure });
    };
  }

  get #propagator(): Pick<TextMapPropagator, 'inject' | 'extract'> {
    return this.#options.propagator ?? propagation;
  }

  #start(
    operation: Operation,
    topic: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[] = [],
    parent: Context = context.active(),
  ): Span {
    const provider = this.#options.tracerProvider ?? trace.getTracerProvider();
    const tracer = provider.getTracer(SCOPE, VERSION);
    return tracer.startSpan(`${operation.name} ${topic}`, { kind, attributes, links }, parent);
  }

  /** Returns the attributes of a failure, for metrics. */
  #end(span: Span, error: unknown): Attributes {
    if (error === undefined) {
      span.end();
      return {};
    }
    if (error instanceof Error) span.recordException(error);
    return this.#fail(span, errorType(error), error instanceof Error ? error.message : String(error));
  }

  #fail(span: Span, type: string, message: string): Attributes {
    const failure = { [Attribute.ERROR_TYPE]: type };
    span.setAttributes(failure);
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.end();
    return failure;
  }

  #contextOf(message: MessageExt<unknown>): Context {
    return this.#propagator.extract(ROOT_CONTEXT, message, propertiesOfMessage);
  }

  #linksOf(messages: readonly MessageExt<unknown>[]): Link[] {
    return messages.flatMap((message) =>
      linksTo(this.#contextOf(message), messages.length === 1 ? {} : receivedAttributes(message)),
    );
  }
}

const propertiesOfMessage: TextMapGetter<MessageExt<unknown>> = {
  keys: ({ properties }) => [...properties.keys()],
  get: ({ properties }, key) => properties.get(key),
};

function linksTo(sender: Context, attributes: Attributes): Link[] {
  const spanContext = trace.getSpanContext(sender);
  return spanContext === undefined ? [] : [{ context: spanContext, attributes }];
}
