import type { MessageModel, MessageQueue } from '@rocketmq-ts/protocol';
import type { Message } from '../message/message.ts';
import type { MessageExt } from '../message/message-ext.ts';
import type { SendResult } from '../producer/send-result.ts';

/** A call of a producer that is about to send. */
export interface SendFacts {
  readonly operation: 'send' | 'sendOneway' | 'request' | 'sendInTransaction';
  /** As the user of the client knows it, as all topics and groups here. */
  readonly topic: string;
  /** The messages as they were given; one, or those of a batch. */
  readonly messages: readonly Message<unknown>[];
  readonly producerGroup: string;
  readonly clientId: string | undefined;
  readonly namespace: string | undefined;
}

/** How a send ended. */
export interface SendOutcome {
  /** What it resolved with: nothing for a one-way message, the reply for a request. */
  readonly result: SendResult | MessageExt | undefined;
  /** What it rejected with. */
  readonly error: unknown;
  /** Since the call, by the client's clock; need not be whole. */
  readonly tookMs: number;
}

/** Follows one send. */
export interface SendWatch {
  /** Properties that every message of the send gets, over those of the user. Default none. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  ended(outcome: SendOutcome): void;
}

/** What consumers got: messages of one queue. */
export interface ConsumeFacts {
  readonly messages: readonly MessageExt<unknown>[];
  /** When the first of them arrived here, by the clock that `Date.now` reads. */
  readonly arrivedMs: number;
  readonly messageQueue: MessageQueue;
  readonly consumerGroup: string;
  readonly clientId: string;
  readonly model: MessageModel;
  readonly namespace: string | undefined;
}

/** Follows one call of a listener. */
export interface ProcessWatch {
  /** Calls the listener, e.g. with a context that its own calls find. Must call it once, and return what it returns. */
  run<T>(listener: () => T): T;
  /**
   * `failed`: so many of the messages come again or are dead letters. `error` is what the listener threw, undefined otherwise.
   */
  ended(outcome: { readonly failed: number; readonly error: unknown; readonly tookMs: number }): void;
}

/** A message is given back to the broker. */
export interface SettleFacts {
  readonly message: Pick<MessageExt, 'topic' | 'msgId'> & { readonly property: (name: string) => string | undefined };
  readonly messageQueue: MessageQueue;
  readonly consumerGroup: string;
  readonly clientId: string;
  readonly namespace: string | undefined;
  /** As `ConsumeContext.delayLevelWhenNextConsume`; −1 for a dead letter. */
  readonly delayLevel: number;
}

/** A push consumer that runs. */
export interface RunningConsumer {
  readonly consumerGroup: string;
  readonly clientId: string;
  /** What it has pulled and not finished now, by queue; bytes of bodies. */
  cached(): Iterable<{ readonly topic: string; readonly messages: number; readonly bytes: number }>;
}

/**
 * Follows what clients do, for traces and metrics: the option `instrumentation`. `@rocketmq-ts/opentelemetry` is one. Each
 * function is called for each send, poll and listener call; undefined follows that one no further. What they throw is logged
 * and changes nothing.
 */
export interface ClientInstrumentation {
  /** A send begins. */
  sending?(facts: SendFacts): SendWatch | undefined;
  /** A listener of a push consumer is about to be called. */
  processing?(facts: ConsumeFacts): ProcessWatch | undefined;
  /** A poll of a pull consumer resolves with messages for which it waited so many ms. */
  received?(facts: ConsumeFacts, tookMs: number): void;
  /** A message is about to be given back; the function is called when that has ended, with an error when it has failed. */
  settling?(facts: SettleFacts): ((error: unknown, tookMs: number) => void) | undefined;
  /** A push consumer has started; the function is called when it has stopped. */
  consuming?(consumer: RunningConsumer): (() => void) | undefined;
}
