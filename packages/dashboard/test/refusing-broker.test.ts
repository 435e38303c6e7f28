import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Admin, AdminError } from '@rocketmq-ts/admin';
import { silentLogger } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { sentence } from '../src/alerts/formats.ts';
import { Collector } from '../src/collect/collector.ts';
import { ClusterModel } from '../src/collect/model.ts';
import { brokerDown } from '../src/overview/findings.ts';
import { summaryOf } from '../src/overview/summary.ts';

/** A cluster of one broker that answers with what `answer` gives or throws. */
function adminOf(answer: () => Promise<never>): Admin {
  const broker = { cluster: 'c', brokerName: 'a', brokerAddrs: new Map([[0, 'a:1']]) };
  const admin = {
    examineClusterInfo: async () => ({
      brokerAddrTable: new Map([['a', broker]]),
      clusterAddrTable: new Map([['c', ['a']]]),
    }),
    brokerRuntimeInfo: answer,
  };
  return admin as unknown as Admin;
}

async function stateAfter(error: AdminError) {
  const clock = new VirtualClock();
  const model = new ClusterModel();
  const admin = adminOf(() => Promise.reject(error));
  const collector = new Collector({ admin, model, clock, logger: silentLogger, onRound: () => {} });
  await clock.run(collector.refresh(), 10_000);
  return model.brokers.get('a:1')!;
}

test('a broker that refuses for want of an account is said to refuse, and not to be silent', async () => {
  const refused = new AdminError('REFUSED', 'username cannot be null', { responseCode: 1, address: 'a:1' });
  const broker = await stateAfter(refused);
  const { isUp, refuses } = summaryOf(broker);
  assert.deepEqual([isUp, refuses], [false, true]);
  assert.match(sentence(brokerDown(broker)!), /^Broker a at a:1 refuses the console: username cannot be null/);
});

test('a broker that is not reached does not refuse', async () => {
  const broker = await stateAfter(new AdminError('UNREACHABLE', 'no answer in 5000 ms', { address: 'a:1' }));
  const { isUp, refuses } = summaryOf(broker);
  assert.deepEqual([isUp, refuses], [false, false]);
  assert.match(sentence(brokerDown(broker)!), /does not answer: no answer in 5000 ms/);
});
