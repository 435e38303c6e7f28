import { type Logger, sleep } from '@rocketmq-ts/kernel';
import { type MessageQueue, withNamespace, withoutNamespace } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { MessageExt } from '../message/message-ext.ts';
import type { EncoderNeeded } from '../message/serializer.ts';
import { insideOf, Producer } from '../producer/producer.ts';
import { choiceOf, type SendCall } from '../producer/send-call.ts';
import { type SendResult, sendResult } from '../producer/send-result.ts';
import type { UserFunction } from '../user-code.ts';
import { type Decision, decide } from './decide.ts';
import { answerCheck, endTransaction, type SentHalf } from './end-transaction.ts';
import { prepareHalf } from './half-message.ts';
import { TransactionChecks } from './transaction-checks.ts';
import {
  type LocalTransactionState,
  resolveTransactionOptions,
  type TransactionProducerOptions,
} from './transaction-options.ts';

/** The message of a transaction as the local transaction gets it: a copy of what was given. */
export interface TransactionMessage<T = string | Uint8Array> extends Message<T> {
  /** Names the transaction; the check gets the same one. */
  readonly transactionId: string;
}

/**
 * Does the work that must happen together with the message, and returns what became of it; nothing counts as `UNKNOWN`. What
 * it throws counts as `UNKNOWN` too.
 */
export type LocalTransaction<T = string | Uint8Array> = UserFunction<
  [message: TransactionMessage<T>],
  LocalTransactionState
>;

/** The outcome of `sendInTransaction`. */
export interface TransactionSendResult extends SendResult {
  readonly transactionId: string;
  /** What the broker was sent. */
  readonly localTransactionState: LocalTransactionState;
  /** What the local transaction threw, or ClientError `TRANSACTION_STATE_ILLEGAL`; the state is `UNKNOWN` then. */
  readonly localTransactionError: unknown;
  /**
   * Why the state did not leave this process, e.g. because the connection broke or the producer was stopped; the broker asks
   * for it later. Undefined does not say that it arrived: the broker never confirms it.
   */
  readonly endTransactionError: unknown;
}

/**
 * Sends messages that consumers get only if a local transaction is committed. It does all that a `Producer` does, too.
 *
 * ```ts
 * const producer = new TransactionProducer({
 *   namesrvAddr: '127.0.0.1:9876',
 *   producerGroup: 'orders',
 *   topics: ['Orders'],
 *   check: async (message) => ((await db.find(message.transactionId)) ? 'COMMIT' : 'UNKNOWN'),
 * });
 * await producer.start();
 * const result = await producer.sendInTransaction({ topic: 'Orders', body }, async (message) => {
 *   await db.save(order, message.transactionId);
 *   return 'COMMIT';
 * });
 * ```
 *
 * The broker keeps the message out of sight (a half message) until it hears `COMMIT` or `ROLLBACK`. When it hears nothing, it
 * asks any producer of the group that runs, also in another process, so all members need a `check` that can answer for all.
 * A broker learns of this producer at `start` for the brokers of `topics`, and of others when it first sends to them.
 *
 * | what goes wrong | what happens |
 * | --- | --- |
 * | the half message is refused or not answered | rejects as `send`; the local transaction does not run. If it was stored after all, the broker asks |
 * | it is stored, but not flushed or copied in time | the local transaction does not run, the state is `ROLLBACK`, see `sendStatus` |
 * | the local transaction throws | the state is `UNKNOWN`, `localTransactionError` is what was thrown, the broker asks |
 * | the state cannot be sent, or is lost | `endTransactionError` or nothing; the broker asks |
 * | `stop` while local transactions run | waits for them up to `awaitTerminationMs`; of later ones the state is not sent, and the broker asks another member |
 */
export class TransactionProducer<T = string | Uint8Array> extends Producer<T> {
  readonly #inside: ReturnType<typeof insideOf>;
  readonly #logger: Logger;
  readonly #group: string;
  readonly #checks: TransactionChecks;
  /** From the call of `sendInTransaction` to its end. */
  readonly #open = new Set<Promise<unknown>>();

  /** Connects to nothing yet. Throws ClientError `NO_NAME_SERVER`, `OPTION_ILLEGAL` or `NAME_ILLEGAL`. */
  constructor(options: TransactionProducerOptions<T> & EncoderNeeded<T>) {
    super(options);
    this.#inside = insideOf(this);
    const { settings } = this.#inside;
    this.#group = settings.producerGroup;
    this.#logger = settings.logger.named('TransactionProducer');
    this.#checks = new TransactionChecks({
      group: this.#group,
      clock: settings.platform.clock,
      logger: this.#logger,
      settings: resolveTransactionOptions(options),
      answer: async (question, decision) => {
        const instance = this.#inside.instance();
        if (instance !== undefined) await answerCheck(instance, this.#group, question, decision, this.#inside.trace());
      },
    });
    this.#inside.checkTransaction = (question) => {
      const { message: view, brokerName, address, header } = question;
      const message = new MessageExt<unknown>(
        view,
        { brokerName, queueId: view.queueId },
        { topic: withoutNamespace(view.topic, settings.namespace), serializer: settings.serializer },
      );
      this.#checks.submit({ message, address, header });
    };
    this.#inside.drainMore = (timeoutMs) => this.#drain(timeoutMs);
  }

  /** Transactions whose half message or local transaction is under way. */
  get openTransactions(): number {
    return this.#open.size;
  }

  /**
   * Sends a half message, runs the local transaction once it is stored, and sends its outcome to the broker. Rejects as `send`,
   * before the local transaction runs; once it runs, the promise resolves, see `TransactionSendResult`. `call.signal` ends the
   * wait for the half message only. With as many local transactions under way as sends may be and wait (`maxInFlight` and
   * `maxWaitingSends`), it rejects with `TOO_MANY_SENDS`. A `delayLevel` has no effect, as with Apache's client; `delayMs` and `deliverAt` have.
   */
  sendInTransaction(
    message: Message<T>,
    localTransaction: LocalTransaction<T>,
    call: SendCall<T> = {},
  ): Promise<TransactionSendResult> {
    const { maxInFlight, maxWaitingSends } = this.#inside.settings.send;
    if (this.#open.size >= maxInFlight + maxWaitingSends) return Promise.reject(tooMany(this.#open.size));
    const sent = this.#inside.watched(message, (watched) => this.#send(watched, localTransaction, call));
    const settled: Promise<unknown> = sent.then(
      () => this.#open.delete(settled),
      () => this.#open.delete(settled),
    );
    this.#open.add(settled);
    return sent;
  }

  async #drain(timeoutMs: number): Promise<void> {
    const drained = new AbortController();
    const draining = Promise.all([this.#checks.close(), ...this.#open]).then(() => drained.abort());
    if (timeoutMs > 0)
      await Promise.race([draining, sleep(this.#inside.settings.platform.clock, timeoutMs, drained.signal)]);
    if (this.#open.size === 0) return;
    this.#logger.warn('local transactions are still under way; brokers ask other members for their state', {
      group: this.#group,
      count: this.#open.size,
    });
  }

  async #send(
    message: Message<T>,
    localTransaction: LocalTransaction<T>,
    call: SendCall<T>,
  ): Promise<TransactionSendResult> {
    if (typeof localTransaction !== 'function') {
      throw new ClientError('OPTION_ILLEGAL', 'The local transaction of sendInTransaction is not a function.', {
        facts: { option: 'localTransaction' },
      });
    }
    const outgoing = prepareHalf(this.#inside.encode(message), this.#group, this.#inside.settings.send.maxMessageBytes);
    const choose = choiceOf(message, call);
    // A copy: the caller may change its object while the half message is under way.
    const copy = { ...message };
    const result = await this.#inside.send(outgoing, choose, call);
    const topic = withNamespace(result.messageQueue.topic, this.#inside.settings.namespace);
    const queue = { ...result.messageQueue, topic };
    this.#announce(queue);
    const transactionId = result.transactionId ?? result.msgId;
    const decision = await this.#decide(result, { ...copy, transactionId }, localTransaction);
    return sendResult({
      ...result,
      transactionId,
      localTransactionState: decision.state,
      localTransactionError: decision.error,
      endTransactionError: await this.#end({ result, queue, propertyText: outgoing.propertyText }, decision),
    });
  }

  /** The broker can ask only members that it knows by their heartbeats. */
  #announce(queue: MessageQueue): void {
    const address = this.#inside.instance()?.routes.masterOf(queue);
    if (address !== undefined) this.#inside.instance()?.heartbeat.announce(address);
  }

  /** Source: DefaultMQProducerImpl#sendMessageInTransaction. */
  async #decide(
    half: SendResult,
    message: TransactionMessage<T>,
    localTransaction: LocalTransaction<T>,
  ): Promise<Decision> {
    if (half.sendStatus !== 'SEND_OK') return { state: 'ROLLBACK', error: undefined };
    const decision = await decide(() => localTransaction(message));
    if (decision.error !== undefined) {
      const { topic, transactionId } = message;
      const fields = { group: this.#group, topic, transactionId, error: decision.error };
      this.#logger.warn('a local transaction failed; the broker asks for its state later', fields);
    }
    return decision;
  }

  /** Returns why the state was not sent. */
  async #end(half: SentHalf, decision: Decision): Promise<unknown> {
    const instance = this.#inside.instance();
    try {
      if (instance === undefined) {
        throw new ClientError('STOPPED', 'The producer was stopped before the local transaction ended.', {
          facts: { topic: half.result.messageQueue.topic, msgId: half.result.msgId, perhapsStored: true },
        });
      }
      await endTransaction(instance, this.#group, half, decision, this.#inside.trace());
      return undefined;
    } catch (error) {
      const fields = { group: this.#group, msgId: half.result.msgId, state: decision.state, error };
      this.#logger.warn('the state of a transaction could not be sent; the broker asks for it later', fields);
      return error;
    }
  }
}

function tooMany(open: number): ClientError {
  return new ClientError('TOO_MANY_SENDS', `${open} transactions are under way; this one was not begun.`, {
    facts: { open },
  });
}
