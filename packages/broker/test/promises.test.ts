import assert from 'node:assert/strict';
import test from 'node:test';
import { problemText, readConfig } from '@rocketmq-ts/kernel';
import {
  createSubscriptionGroupConfig,
  encodeSubscriptionGroupConfig,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/protocol';
import { brokerConfigTable } from '../src/index.ts';
import { Stage } from './stage.ts';

const SWITCHES = ['aclEnable', 'authenticationEnabled', 'authorizationEnabled', 'enableDLegerCommitLog'];

// rocketmq#9138: access control that was configured and not in force, without a word.
for (const key of SWITCHES) {
  test(`${key} can not be switched on while the broker does not serve it`, () => {
    const { problems } = readConfig(brokerConfigTable, new Map([[key, 'true']]));
    assert.deepEqual(
      problems.map((problem) => problem.key),
      [key],
    );
    assert.match(problemText(problems[0]!), /only false/);
    assert.deepEqual(readConfig(brokerConfigTable, new Map([[key, 'False']])).problems, []);
  });
}

test('a slave without an id of its own is refused with what to do instead', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await assert.rejects(stage.broker({ brokerRole: 'SLAVE' }), {
    code: 'BROKER_ROLE_INVALID',
    message: /^Slave's brokerId must be > 0: it is 0, which is the master's; set brokerId=1 /,
  });
});

test('brokerIP1 may be a name: clients get the name, records hold an address of the machine', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  const broker = await stage.broker({ brokerIP1: 'rmq-broker' });
  assert.equal(broker.identity.brokerAddr, 'rmq-broker:10911');
  assert.match(broker.identity.address.host, /^\d+\.\d+\.\d+\.\d+$/);
});

test('properties that are set to nothing count as not set', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  const { identity } = await stage.broker({ brokerIP1: '', brokerName: ' ' });
  assert.deepEqual([identity.brokerName, identity.address.host === ''], ['broker', false]);
});

test('a topic or a retry topic with more queues than a broker can look after is refused by name', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await stage.broker();
  const caller = await stage.caller();
  const huge = { topic: 'Huge', readQueueNums: 2_000_000_000, writeQueueNums: 8 };
  const refused = await caller.request(UPDATE_AND_CREATE_TOPIC, huge);
  assert.equal(refused.code, ResponseCode.INVALID_PARAMETER);
  assert.match(refused.remark ?? '', /Huge can not have 2000000000 read/);
  const group = createSubscriptionGroupConfig('G', { retryQueueNums: 1_000_000 });
  const other = await caller.request(
    UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
    {},
    { body: encodeSubscriptionGroupConfig(group) },
  );
  assert.equal(other.code, ResponseCode.INVALID_PARAMETER);
});

test('the identity of the broker and the place of its data can not be changed over the network', async (context) => {
  const stage = new Stage();
  context.after(() => stage.dispose());
  await stage.broker();
  const caller = await stage.caller();
  for (const change of ['brokerName=evil', 'storePathRootDir=/elsewhere']) {
    const answer = await caller.request(UPDATE_BROKER_CONFIG, {}, { body: Buffer.from(`${change}\n`) });
    assert.equal(answer.code, ResponseCode.NO_PERMISSION, change);
  }
});
