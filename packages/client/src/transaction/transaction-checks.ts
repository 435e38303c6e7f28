import type { Clock, Logger } from '@rocketmq-ts/kernel';
import { ClientError } from '../errors.ts';
import type { TransactionQuestion } from '../instance/members.ts';
import type { MessageExt } from '../message/message-ext.ts';
import { TaskPool } from '../task-pool.ts';
import { type Decision, decide } from './decide.ts';
import type { TransactionSettings } from './transaction-options.ts';

/** A question with the message as the check gets it. */
export interface TransactionCheckCall extends Pick<TransactionQuestion, 'address' | 'header'> {
  readonly message: MessageExt<unknown>;
}

/** What the checks of a producer run with. */
interface CheckParts {
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: TransactionSettings;
  /** Sends the outcome to the broker. */
  answer(question: TransactionCheckCall, decision: Decision): Promise<void>;
}

/** Runs the checks that brokers ask for, a bounded number at a time. Source: DefaultMQProducerImpl#initTransactionEnv. */
export class TransactionChecks {
  readonly #parts: CheckParts;
  readonly #pool: TaskPool;

  constructor(parts: CheckParts) {
    this.#parts = parts;
    this.#pool = new TaskPool(parts.settings.checkThreadPoolMaxSize, (error) =>
      parts.logger.warn('the state of a transaction could not be sent; the broker asks again later', {
        group: parts.group,
        error,
      }),
    );
  }

  submit(question: TransactionCheckCall): void {
    const { group, logger, settings } = this.#parts;
    if (this.#pool.waiting >= settings.checkRequestHoldMax && this.#pool.full) {
      logger.warn('as many checks of transactions wait as allowed; this one is dropped, and the broker asks again', {
        group,
        checkRequestHoldMax: settings.checkRequestHoldMax,
      });
      return;
    }
    this.#pool.submit(() => this.#run(question));
  }

  /** Drops checks that wait; resolves when none is under way. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #run(question: TransactionCheckCall): Promise<void> {
    const { group, logger } = this.#parts;
    const { message } = question;
    const decision = await this.#decide(question);
    if (decision.error !== undefined) {
      const { topic, msgId } = message;
      logger.warn('the check of a transaction failed; it stays unknown', { group, topic, msgId, ...decision });
    }
    await this.#parts.answer(question, decision);
  }

  #decide({ message }: TransactionCheckCall): Promise<Decision> {
    const { clock, settings } = this.#parts;
    const facts = { topic: message.topic, msgId: message.msgId };
    return new Promise((resolve) => {
      const timer = clock.after(settings.checkTimeoutMs, () => {
        const text = `The check did not end within ${settings.checkTimeoutMs} ms.`;
        resolve({ state: 'UNKNOWN', error: new ClientError('TRANSACTION_CHECK_TIMEOUT', text, { facts }) });
      });
      decide(() => settings.check(message))
        .then(resolve)
        .finally(() => timer.cancel());
    });
  }
}
