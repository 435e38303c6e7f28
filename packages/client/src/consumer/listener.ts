import type { MessageQueue } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { MessageExt } from '../message/message-ext.ts';
import type { UserFunction } from '../user-code.ts';

/** The result of a concurrent listener. Source: ConsumeConcurrentlyStatus. */
export type ConsumeStatus = 'CONSUME_SUCCESS' | 'RECONSUME_LATER';
/** The result of an ordered listener. Source: ConsumeOrderlyStatus. */
export type ConsumeOrderlyStatus = 'SUCCESS' | 'SUSPEND_CURRENT_QUEUE_A_MOMENT' | 'COMMIT' | 'ROLLBACK';

/** One call of a concurrent listener; the listener may change the fields that are not readonly. */
export interface ConsumeContext {
  readonly messageQueue: MessageQueue;
  /** When to try again after a failure: 0 the broker decides (later each time), 1 to 18 that delay level, −1 never (dead letter). */
  delayLevelWhenNextConsume: number;
  /** For batches: messages up to this index succeeded, the rest failed. Default: all. */
  ackIndex: number;
  /** This message is handled, whatever becomes of the call and of the others. Throws ClientError `OPTION_ILLEGAL` for one of another call. */
  ack(message: MessageExt<unknown>): void;
  /**
   * This message is to come again, whatever becomes of the call; `delayLevel` as `delayLevelWhenNextConsume`, 0 by default. The last
   * word on a message counts. Throws ClientError `OPTION_ILLEGAL` for another delay level, or a message of another call.
   */
  retry(message: MessageExt<unknown>, delayLevel?: number): void;
  /** Aborts when the consumer stops. */
  readonly signal: AbortSignal;
}

/** One call of an ordered listener; the listener may change the fields that are not readonly. */
export interface ConsumeOrderlyContext {
  readonly messageQueue: MessageQueue;
  /** False: `SUCCESS` does not move the offset, `COMMIT` and `ROLLBACK` do their work. Default true. */
  autoCommit: boolean;
  /** Pause of the queue after a failure, −1 for the consumer's setting. */
  suspendCurrentQueueTimeMs: number;
  /** Aborts when the consumer stops. */
  readonly signal: AbortSignal;
}

/** Nothing and `CONSUME_SUCCESS` mean handled; `RECONSUME_LATER`, other text and a throw bring the message again later. */
export type ConsumeMessage<T = Buffer> = UserFunction<[message: MessageExt<T>, context: ConsumeContext], ConsumeStatus>;

/** The same for up to `consumeMessageBatchMaxSize` messages of one queue. */
export type ConsumeBatch<T = Buffer> = UserFunction<
  [messages: readonly MessageExt<T>[], context: ConsumeContext],
  ConsumeStatus
>;

/** One call at a time for each queue, in the order of the queue. Nothing means `SUCCESS`; a throw, or other text, suspends the queue. */
export type ConsumeOrderly<T = Buffer> = UserFunction<
  [messages: readonly MessageExt<T>[], context: ConsumeOrderlyContext],
  ConsumeOrderlyStatus
>;

/** A function takes single messages in any order; an object chooses batches or order. */
export type MessageListener<T = Buffer> =
  | ConsumeMessage<T>
  | { readonly concurrently: ConsumeBatch<T> }
  | { readonly orderly: ConsumeOrderly<T> };

const CONCURRENT: readonly string[] = ['CONSUME_SUCCESS', 'RECONSUME_LATER'] satisfies ConsumeStatus[];
const ORDERLY: readonly string[] = [
  'SUCCESS',
  'SUSPEND_CURRENT_QUEUE_A_MOMENT',
  'COMMIT',
  'ROLLBACK',
] satisfies ConsumeOrderlyStatus[];

/** What is wrong with the answer of a listener: text that is no status, e.g. a misspelled one, must not acknowledge messages. */
export function wrongStatus(answer: unknown, orderly = false): ClientError | undefined {
  const statuses = orderly ? ORDERLY : CONCURRENT;
  if (typeof answer !== 'string' || statuses.includes(answer)) return undefined;
  return new ClientError(
    'LISTENER_ILLEGAL',
    `The listener returned "${answer}", but may return ${statuses.join(', ')}.`,
  );
}
