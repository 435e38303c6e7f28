import type { ProducerOptions, PushConsumerOptions } from '@rocketmq-ts/client';
import { clientKinds } from '@rocketmq-ts/client';
import type { BodyFormat } from './body-format.ts';

/** All options of the client's `PushConsumer` but the size of batches: a handler gets one message a call. */
export interface RocketmqServerOptions extends Omit<PushConsumerOptions, 'consumeMessageBatchMaxSize'> {
  /**
   * One call at a time for each queue, in the order of the queue; a handler that fails holds its queue until it succeeds or the message
   * was tried `maxReconsumeTimes` times. Default false: up to `consumeThreadMin` calls at a time, in any order.
   */
  readonly ordered?: boolean | undefined;
  /** Group of the producer that sends replies to `@MessagePattern` requests. Default `<consumerGroup>_replies`. */
  readonly replyProducerGroup?: string | undefined;
  /** How bodies are read, and replies written. Default `defaultBodyFormat`. */
  readonly format?: BodyFormat | undefined;
}

/** All options of the client's `Producer`. */
export interface RocketmqClientOptions extends ProducerOptions {
  /** How long `send` waits for the reply, the send included. Default 3000. */
  readonly replyTimeoutMs?: number | undefined;
  /** How bodies are written, and replies read. Default `defaultBodyFormat`. */
  readonly format?: BodyFormat | undefined;
}

/** The options of the consumer among those of a server. Throws TypeError for the one that a server does not have. */
export function consumerOptionsOf(options: RocketmqServerOptions): PushConsumerOptions {
  // Programs without types: of a batch only the first message would be handled.
  if ('consumeMessageBatchMaxSize' in options)
    throw new TypeError('RocketmqServer has no option consumeMessageBatchMaxSize: a handler gets one message a call.');
  const { ordered: _ordered, replyProducerGroup: _group, format: _format, ...consumer } = options;
  return consumer;
}

/** The producer that replies is as its consumer is: name servers, credentials, TLS and so on. */
export function replyProducerOptionsOf(options: RocketmqServerOptions): ProducerOptions {
  const { consumerGroup, replyProducerGroup = `${consumerGroup}_replies` } = options;
  const common = Object.entries(consumerOptionsOf(options)).filter(([name]) =>
    Object.hasOwn(clientKinds.Producer.options, name),
  );
  return { ...Object.fromEntries(common), producerGroup: replyProducerGroup };
}

/** The options of the producer among those of a client. */
export function producerOptionsOf(options: RocketmqClientOptions): ProducerOptions {
  const { replyTimeoutMs: _timeout, format: _format, ...producer } = options;
  return producer;
}
