import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeConsumerConnection,
  decodeConsumerIdList,
  decodeLockBatchResponseBody,
  encodeQueueLockRequestBody,
  GET_CONSUMER_CONNECTION_LIST,
  GET_CONSUMER_LIST_BY_GROUP,
  GET_CONSUMER_RUNNING_INFO,
  GET_PRODUCER_CONNECTION_LIST,
  GET_TOPIC_CONFIG,
  LOCK_BATCH_MQ,
  NOTIFY_CONSUMER_IDS_CHANGED,
  ResponseCode,
  UNLOCK_BATCH_MQ,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** A client that counts the notices that its group changed. */
async function member(machine: string): Promise<{ caller: Caller; notices: string[] }> {
  const caller = await stage.caller('broker:10911', machine);
  const notices: string[] = [];
  caller.remoting.handle(NOTIFY_CONSUMER_IDS_CHANGED, (call) => {
    notices.push(call.header.consumerGroup);
  });
  return { caller, notices };
}

const membersOf = async (caller: Caller, consumerGroup: string): Promise<string[] | number> => {
  const answer = await caller.request(GET_CONSUMER_LIST_BY_GROUP, { consumerGroup });
  return answer.code === 0 ? decodeConsumerIdList(answer.body) : answer.code;
};

test('members of a group are notified when others come, change what they want, leave or are lost', async () => {
  await stage.broker();
  const [one, two] = [await member('m1'), await member('m2')];
  const beat = (who: typeof one, clientID: string, expression = '*', version = 1) =>
    who.caller.heartbeat({ clientID, consumers: [consumer('G', [subscription('T', expression, version)])] });
  await beat(one, 'c1');
  await stage.clock.advance(10);
  assert.deepEqual(one.notices, ['G']);
  await beat(two, 'c2');
  await stage.clock.advance(10);
  assert.deepEqual([one.notices.length, two.notices.length], [2, 1]);
  assert.deepEqual(await membersOf(one.caller, 'G'), ['c1', 'c2']);
  await beat(two, 'c2');
  await stage.clock.advance(10);
  assert.deepEqual([one.notices.length, two.notices.length], [2, 1], 'a heartbeat without a change sends no notice');

  await two.caller.request(UNREGISTER_CLIENT, { clientID: 'c2', consumerGroup: 'G' });
  await stage.clock.advance(10);
  assert.equal(one.notices.length, 3);
  assert.deepEqual(await membersOf(one.caller, 'G'), ['c1']);

  await beat(two, 'c2');
  two.caller.remoting.closeConnection(two.caller.address);
  await stage.clock.advance(10);
  assert.deepEqual(await membersOf(one.caller, 'G'), ['c1']);
  assert.equal(one.notices.length, 5);
});

test('a client whose heartbeats stop is dropped after channelExpiredTimeout', async () => {
  await stage.broker({ channelExpiredTimeout: '30000' });
  const one = await member('m1');
  await one.caller.heartbeat({ producerGroups: ['PG'], consumers: [consumer('G', [subscription('T')])] });
  assert.deepEqual(await membersOf(one.caller, 'G'), ['c1']);
  await stage.clock.advance(45_000);
  assert.equal(await membersOf(one.caller, 'G'), ResponseCode.SYSTEM_ERROR);
  assert.equal((await one.caller.request(GET_PRODUCER_CONNECTION_LIST, { producerGroup: 'PG' })).code, 1);
});

test('a heartbeat makes the retry topic of its group; a group that may not be made is left out without an error', async () => {
  await stage.broker({ autoCreateSubscriptionGroup: 'false' });
  const caller = await stage.caller();
  const answer = await caller.heartbeat({ consumers: [consumer('NEW', [subscription('T')])] });
  assert.equal(answer.code, 0);
  assert.equal(await membersOf(caller, 'NEW'), ResponseCode.SYSTEM_ERROR);
  await caller.heartbeat({ consumers: [consumer('TOOLS_CONSUMER', [subscription('T')])] });
  assert.equal((await caller.request(GET_TOPIC_CONFIG, { topic: '%RETRY%TOOLS_CONSUMER' })).code, 0);
  assert.equal((await caller.request(GET_TOPIC_CONFIG, { topic: '%RETRY%NEW' })).code, ResponseCode.TOPIC_NOT_EXIST);
});

test('a heartbeat without subscriptions keeps those in force; its fingerprint shows whether they changed', async () => {
  await stage.broker();
  const caller = await stage.caller();
  const beat = async (fingerprint: number, withoutSub: boolean): Promise<string | undefined> => {
    const consumers = [consumer('G', withoutSub ? [] : [subscription('T', 'A')])];
    const answer = await caller.heartbeat({ consumers, heartbeatFingerprint: fingerprint, withoutSub });
    assert.equal(answer.extFields.IS_SUPPORT_HEART_BEAT_V2, 'true');
    return answer.extFields.IS_SUB_CHANGE;
  };
  assert.equal(await beat(7, false), 'false');
  assert.equal(await beat(7, true), 'false');
  assert.equal(await beat(8, true), 'true');
  assert.equal(await beat(0, false), 'true');
  const list = await caller.request(GET_CONSUMER_CONNECTION_LIST, { consumerGroup: 'G' });
  const { subscriptionTable, connectionSet } = decodeConsumerConnection(list.body);
  assert.deepEqual([...subscriptionTable.keys()], ['T']);
  assert.deepEqual(
    connectionSet.map((each) => [each.clientId, each.language, each.version]),
    [['c1', 'JAVA', 493]],
  );
});

test('questions about a client are passed on to it, and its answer back', async () => {
  await stage.broker();
  const one = await member('m1');
  one.caller.remoting.handle(GET_CONSUMER_RUNNING_INFO, (call) => {
    call.answer({}, { body: Buffer.from(`{"of":"${call.header.clientId}","stack":${call.header.jstackEnable}}`) });
  });
  await one.caller.heartbeat({ consumers: [consumer('G', [subscription('T')])] });
  const admin = await stage.caller('broker:10911', 'admin');
  const header = { consumerGroup: 'G', clientId: 'c1', jstackEnable: true };
  const answer = await admin.request(GET_CONSUMER_RUNNING_INFO, header);
  assert.deepEqual([answer.code, answer.body.toString()], [0, '{"of":"c1","stack":true}']);
  const absent = await admin.request(GET_CONSUMER_RUNNING_INFO, { ...header, clientId: 'c9' });
  assert.deepEqual([absent.code, absent.remark], [1, 'The Consumer <G> <c9> not online']);
});

test('a client that does not answer what is passed on is code 207 after ten seconds', async () => {
  await stage.broker();
  const one = await member('m1');
  one.caller.remoting.handle(GET_CONSUMER_RUNNING_INFO, () => {});
  await one.caller.heartbeat({ consumers: [consumer('G', [subscription('T')])] });
  const admin = await stage.caller('broker:10911', 'admin');
  const answer = await admin.request(GET_CONSUMER_RUNNING_INFO, { consumerGroup: 'G', clientId: 'c1' });
  assert.equal(answer.code, ResponseCode.CONSUME_MSG_TIMEOUT);
});

// Source: RebalanceLockManager.
test('a queue is one client’s until it gives it back or does not renew it for a minute', async () => {
  await stage.broker();
  const caller = await stage.caller();
  const queue = (queueId: number) => ({ topic: 'T', brokerName: 'a', queueId });
  const body = (clientId: string, ...queues: number[]) => ({
    body: encodeQueueLockRequestBody({ consumerGroup: 'G', clientId, mqSet: queues.map(queue), onlyThisBroker: false }),
  });
  const lock = async (clientId: string, ...queues: number[]): Promise<number[]> => {
    const answer = await caller.request(LOCK_BATCH_MQ, {}, body(clientId, ...queues));
    return decodeLockBatchResponseBody(answer.body).map((each) => each.queueId);
  };
  assert.deepEqual(await lock('c1', 0, 1), [0, 1]);
  assert.deepEqual(await lock('c2', 0, 1, 2), [2]);
  await stage.clock.advance(50_000);
  assert.deepEqual(await lock('c1', 0), [0]);
  await stage.clock.advance(20_000);
  assert.deepEqual(await lock('c2', 0, 1), [1], 'only the lock that was not renewed has run out');
  await caller.request(UNLOCK_BATCH_MQ, {}, body('c2', 0));
  assert.deepEqual(await lock('c2', 0), [], 'no client unlocks what another one holds');
  await caller.request(UNLOCK_BATCH_MQ, {}, body('c1', 0));
  assert.deepEqual(await lock('c2', 0), [0]);
  const told = [
    'a client consumes queues in order: it locked them',
    'a client took over queues whose locks were not renewed',
    'a client unlocked queues',
  ].map((sentence) => stage.log.with(sentence).map(({ fields }) => `${fields?.clientId} ${fields?.queues}`));
  assert.deepEqual(told, [['c1 T: 0,1', 'c2 T: 2', 'c2 T: 0'], ['c2 T: 1'], ['c1 T: 0']], 'a line for each change');
});
