import { BrokerError, ClientError, type Producer, type SendResult, selectByHash } from '@rocketmq-ts/client';
import type { KeptOptions } from '../database/kept-options.ts';

/** What is sent, directly or from the database. */
export interface Sendable extends KeptOptions {
  readonly topic: string;
  readonly tags: string | undefined;
  readonly keys: string | undefined;
  readonly body: Uint8Array;
  readonly uniqueKey: string;
}

/** Sends once, with the retries of the producer: a message with a key to the queue of its key, others to queues in turn. */
export function deliver(producer: Producer, saved: Sendable, orderByKey: boolean): Promise<SendResult> {
  const { topic, tags, keys, body, uniqueKey, properties, delayLevel, deliverAtMs } = saved;
  const message = { topic, tags, keys, body, uniqueKey, properties, delayLevel, deliverAt: deliverAtMs };
  if (keys === undefined || !orderByKey) return producer.send(message);
  return producer.send(message, { select: selectByHash(keys), retryChosen: true });
}

/**
 * | kind | meaning | a saved message |
 * | --- | --- | --- |
 * | illegal | no broker takes this message, now or later | becomes FAILED |
 * | stopped | the producer stops | stays as it is |
 * | refused | a broker or name server answered that it does not take it now | waits |
 * | unreachable | nobody answered | waits, and so do all others |
 */
export type FailureKind = 'illegal' | 'stopped' | 'refused' | 'unreachable';

/** Response code MESSAGE_ILLEGAL. Source: ResponseCode. */
const MESSAGE_ILLEGAL = 13;

export function failureKind(error: unknown): FailureKind {
  if (error instanceof BrokerError) return error.responseCode === MESSAGE_ILLEGAL ? 'illegal' : 'refused';
  if (!(error instanceof ClientError)) return 'unreachable';
  if (error.code === 'MESSAGE_ILLEGAL' || error.code === 'NAME_ILLEGAL') return 'illegal';
  if (error.code === 'WRONG_STATE' || error.code === 'STOPPED') return 'stopped';
  if (error.code === 'SEND_FAILED' && error.cause instanceof BrokerError) return 'refused';
  return error.code === 'ROUTE_NOT_FOUND' ? 'refused' : 'unreachable';
}
