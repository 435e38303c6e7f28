import { AdminError } from '@rocketmq-ts/admin';
import { inTurns } from '@rocketmq-ts/kernel';
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

/** Brokers that are asked at the same time for one page. */
const AT_ONCE = 32;

/**
 * Asks each broker, all at the same time. One that is down fails only its own part: its slaves are asked in its place, and
 * it is among the failures. What is no `AdminError` is thrown: a defect.
 */
export async function askEach<Value>(
  brokers: readonly BrokerTarget[],
  ask: (address: string, broker: BrokerTarget) => Promise<Value>,
): Promise<Asked<Value>> {
  const answers: Answered<Value>[] = [];
  const failures: BrokerFailure[] = [];
  const results = await inTurns(brokers, AT_ONCE, (broker) => askOne(broker, ask));
  for (const { answer, failed } of results) {
    if (answer !== undefined) answers.push(answer);
    failures.push(...failed);
  }
  return { answers, failures };
}

async function askOne<Value>(
  broker: BrokerTarget,
  ask: (address: string, broker: BrokerTarget) => Promise<Value>,
): Promise<{ readonly answer?: Answered<Value>; readonly failed: readonly BrokerFailure[] }> {
  const failed: BrokerFailure[] = [];
  for (const { address } of broker.addresses) {
    try {
      return { answer: { broker, address, value: await ask(address, broker) }, failed };
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      failed.push({ brokerName: broker.brokerName, address, message: reasonOf(error) });
      // A refusal is an answer: a slave would give the same.
      if (error.code !== 'UNREACHABLE') break;
    }
  }
  return { failed };
}
