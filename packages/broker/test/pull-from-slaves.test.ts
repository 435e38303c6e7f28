import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  createSubscriptionGroupConfig,
  encodeSubscriptionGroupConfig,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
} from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** A master whose memory holds next to nothing, with ten messages. */
async function master(properties: Record<string, string>): Promise<Caller> {
  const caller = await stage.started({ accessMessageInMemoryMaxRatio: '0', ...properties });
  for (let i = 0; i < 10; i++) await caller.send('T', `${i}`);
  return caller;
}

async function suggestedAt(caller: Caller, queueOffset: number, maxMsgNums = 1): Promise<number | undefined> {
  const { header } = await caller.pull('T', { queueOffset, maxMsgNums });
  return header.suggestWhichBrokerId;
}

test('a master sends consumers that read far behind its end to a slave, and others to where their group says', async () => {
  const caller = await master({ slaveReadEnable: 'true' });
  assert.equal(await suggestedAt(caller, 0), 1);
  const group = createSubscriptionGroupConfig('G', { brokerId: 2, whichBrokerWhenConsumeSlowly: 3 });
  await caller.request(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, { body: encodeSubscriptionGroupConfig(group) });
  assert.equal(await suggestedAt(caller, 0), 3);
  assert.equal(await suggestedAt(caller, 10), 2, 'nothing is read: the end of the queue is not far behind');
});

test('a master that does not let slaves serve reads keeps its consumers', async () => {
  const caller = await master({});
  const group = createSubscriptionGroupConfig('G', { brokerId: 2, whichBrokerWhenConsumeSlowly: 3 });
  await caller.request(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, { body: encodeSubscriptionGroupConfig(group) });
  assert.deepEqual([await suggestedAt(caller, 0), await suggestedAt(caller, 10)], [0, 0]);
});

test('a pull of a slave without a known master is held at the end, and where its offset is no place of the slave’s queue', async () => {
  await master({});
  await stage.clock.advance(1000);
  // The same store, opened as a slave's.
  stage.end('kill');
  await stage.broker({ brokerRole: 'SLAVE', brokerId: '1', slaveReadEnable: 'true' });
  const slave = await stage.caller();
  const found = await slave.pull('T', { queueOffset: 9 });
  assert.deepEqual([found.code, found.header.suggestWhichBrokerId], [ResponseCode.SUCCESS, 0]);
  const moved = await slave.pull('T', { queueOffset: 50 });
  assert.deepEqual([moved.code, moved.header.suggestWhichBrokerId], [ResponseCode.PULL_RETRY_IMMEDIATELY, 0]);
  for (const queueOffset of [10, 50]) {
    const beganMs = stage.clock.monotonicMs();
    await slave.pull('T', { queueOffset, sysFlag: 6, suspendTimeoutMillis: 5000 });
    assert.ok(stage.clock.monotonicMs() - beganMs >= 5000, `${queueOffset} was answered at once`);
  }
  await slave.configure('offsetCheckInSlave=true');
  assert.equal((await slave.pull('T', { queueOffset: 50 })).code, ResponseCode.PULL_OFFSET_MOVED);
  await slave.configure('slaveReadEnable=false');
  assert.equal((await slave.pull('T', { queueOffset: 0 })).code, ResponseCode.SYSTEM_BUSY);
});
