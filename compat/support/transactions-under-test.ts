import { CHECK_TRANSACTION_STATE } from '@rocketmq-ts/protocol';
import { type CheckSeen, checkSeen, type TransactionsUnderTest } from '@rocketmq-ts/testkit/scenarios';
import { brokerUnderTest } from './broker-under-test.ts';

/** A real broker of either make with one connection, for the scenario of transactions; `stop` closes it. */
export function transactionsUnderTest(address: string): TransactionsUnderTest & { stop(): Promise<void> } {
  const checks: CheckSeen[] = [];
  const broker = brokerUnderTest(address, (client) => {
    client.handle(CHECK_TRANSACTION_STATE, (call) => void checks.push(checkSeen(call.header, call.body)));
  });
  return { ...broker, now: () => Date.now(), checks };
}
