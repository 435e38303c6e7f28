import { AdminError } from '@rocketmq-ts/admin';
import { compareText, inTurns } from '@rocketmq-ts/kernel';
import type { BrokerFailure } from '../api/index.ts';
import { reasonOf } from '../http/failure.ts';
import type { BrokerTarget } from './broker-target.ts';

/** What brokers answered, and those that did not. */
export interface Asked<Value> {
  readonly answers: readonly Answered<Value>[];
  readonly failures: readonly BrokerFailure[];
}

/** The answer of one broker name. */
export interface Answered<Value> {
  readonly broker: BrokerTarget;
  /** Of the master, or of the slave that answered in its place. */
  readonly address: string;
  readonly value: Value;
}

/** Asks one server of a broker name. */
export type Question<Value, Broker extends BrokerTarget = BrokerTarget> = (
  address: string,
  broker: Broker,
) => Promise<Value>;

/** Brokers that are asked at the same time for one page. */
const AT_ONCE = 32;

/** The one question of an answer to each broker, see `BrokerCalls`. */
export async function askEach<Value, Broker extends BrokerTarget>(
  brokers: readonly Broker[],
  question: Question<Value, Broker>,
): Promise<Asked<Value>> {
  const calls = new BrokerCalls();
  const answers = await calls.askEach(brokers, question);
  return { answers, failures: calls.failures };
}

/**
 * All questions to brokers that one answer of the console is made from, and which of the brokers failed. Each of them fails
 * only its own part. Slaves are asked where a master can't be reached; what a broker refuses, its slave would refuse as well. A
 * server that can't be reached is not asked again, so that one that hangs costs an answer its time-out once.
 */
export class BrokerCalls {
  /** By address; by name for a broker without one. */
  readonly #failures = new Map<string, BrokerFailure>();
  /** Names of which nothing was got. */
  readonly #failed = new Set<string>();
  readonly #unreachable = new Set<string>();
  /** Broker name → the address that answered last. */
  readonly #answering = new Map<string, string>();

  /** By broker name and address; of a name whose slave answered the master is among them. */
  get failures(): readonly BrokerFailure[] {
    return [...this.#failures.values()].sort(
      (a, b) => compareText(a.brokerName ?? '', b.brokerName ?? '') || compareText(a.address, b.address),
    );
  }

  /** Takes over failures that are known from elsewhere; the brokers are asked all the same. */
  add(failures: readonly BrokerFailure[]): void {
    for (const failure of failures) {
      const key = failure.address || (failure.brokerName ?? '');
      if (!this.#failures.has(key)) this.#failures.set(key, failure);
    }
  }

  /** Whether a question to this broker name had no answer. */
  hasFailed(brokerName: string): boolean {
    return this.#failed.has(brokerName);
  }

  /** What the broker answers; undefined when it fails. What is thrown and no `AdminError` is a defect, and rises. */
  async ask<Value, Broker extends BrokerTarget>(
    broker: Broker,
    question: Question<Value, Broker>,
  ): Promise<Value | undefined> {
    return (await this.#ask(broker, question))?.value;
  }

  /** The answers of those that do not fail, in the order of the brokers. */
  async askEach<Value, Broker extends BrokerTarget>(
    brokers: readonly Broker[],
    question: Question<Value, Broker>,
  ): Promise<Answered<Value>[]> {
    const answers = await inTurns(brokers, AT_ONCE, async (broker) => {
      const answer = await this.#ask(broker, question);
      return answer === undefined ? [] : [{ broker, ...answer }];
    });
    return answers.flat();
  }

  async #ask<Value, Broker extends BrokerTarget>(
    broker: Broker,
    question: Question<Value, Broker>,
  ): Promise<{ readonly address: string; readonly value: Value } | undefined> {
    const { brokerName } = broker;
    if (broker.addresses.length === 0)
      this.add([{ brokerName, address: '', message: 'the name servers do not know it any more' }]);
    for (const address of this.#addressesOf(broker)) {
      if (this.#unreachable.has(address)) continue;
      try {
        const value = await question(address, broker);
        this.#answering.set(brokerName, address);
        return { address, value };
      } catch (error) {
        if (!(error instanceof AdminError)) throw error;
        this.add([{ brokerName, address, message: reasonOf(error) }]);
        if (error.code !== 'UNREACHABLE') break;
        this.#unreachable.add(address);
      }
    }
    this.#failed.add(brokerName);
    return undefined;
  }

  /** The one that answered last is asked first. */
  #addressesOf({ brokerName, addresses }: BrokerTarget): string[] {
    const known = this.#answering.get(brokerName);
    const others = addresses.map(({ address }) => address).filter((address) => address !== known);
    return known === undefined ? others : [known, ...others];
  }
}
