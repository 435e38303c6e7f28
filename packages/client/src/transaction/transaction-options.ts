import { ClientError } from '../errors.ts';
import type { MessageExt } from '../message/message-ext.ts';
import type { ReceivedValue } from '../message/serializer.ts';
import { integersOf } from '../options.ts';
import type { ProducerOptions } from '../producer/producer-options.ts';
import type { UserFunction } from '../user-code.ts';

/**
 * What became of a local transaction: consumers get the message (`COMMIT`), nobody gets it (`ROLLBACK`), or it is not known
 * yet, and the broker asks later (`UNKNOWN`). Source: LocalTransactionState, whose names end in `_MESSAGE`, and `UNKNOW`.
 */
export type LocalTransactionState = 'COMMIT' | 'ROLLBACK' | 'UNKNOWN';

/**
 * Looks up what became of the local transaction of a message, by `message.transactionId` or your own keys. Called when the
 * broker heard nothing, also for messages of another process of the group, and perhaps several times for one message.
 *
 * - It returns `UNKNOWN` or nothing: the broker asks again after its `transactionCheckInterval`, at most
 *   `transactionCheckMax` times; after that it gives the message up.
 * - It throws, rejects, or returns anything else: as `UNKNOWN`; the broker gets the error's text as a remark, and it is logged.
 * - It does not end within `checkTimeoutMs`: as `UNKNOWN`; what it returns later is ignored.
 */
export type TransactionCheck<T = string | Uint8Array> = UserFunction<
  [message: MessageExt<ReceivedValue<T>>],
  LocalTransactionState
>;

/** Source of names and defaults: TransactionMQProducer. */
export interface TransactionProducerOptions<T = string | Uint8Array> extends ProducerOptions<T> {
  /** Answers the broker's questions. */
  readonly check: TransactionCheck<T>;
  /** Checks that run at a time. Default 16; Apache's is one thread. */
  readonly checkThreadPoolMaxSize?: number | undefined;
  /** Checks that may wait; one more is dropped with a warning, and the broker asks again later. Default 2000. */
  readonly checkRequestHoldMax?: number | undefined;
  /** How long one check may take, see `TransactionCheck`. Default 30 000. */
  readonly checkTimeoutMs?: number | undefined;
}

/** Transaction options with every default filled in. */
export interface TransactionSettings {
  readonly check: TransactionCheck<unknown>;
  readonly checkThreadPoolMaxSize: number;
  readonly checkRequestHoldMax: number;
  readonly checkTimeoutMs: number;
}

/** Throws ClientError `OPTION_ILLEGAL`. */
export function resolveTransactionOptions<T>(options: TransactionProducerOptions<T>): TransactionSettings {
  const { check } = options;
  if (typeof check !== 'function') {
    throw new ClientError(
      'OPTION_ILLEGAL',
      'The option check is not a function: nobody could answer for transactions whose end the broker missed.',
      { facts: { option: 'check' } },
    );
  }
  const integer = integersOf(options);
  return {
    // It gets what the serializer of these options makes.
    check: check as TransactionCheck<unknown>,
    checkThreadPoolMaxSize: integer('checkThreadPoolMaxSize', 16, 1, 65_535),
    checkRequestHoldMax: integer('checkRequestHoldMax', 2000, 0),
    checkTimeoutMs: integer('checkTimeoutMs', 30_000, 1),
  };
}
