import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  CONSUMER_SEND_MSG_BACK,
  encodeQueueLockRequestBody,
  GET_TOPIC_CONFIG,
  LOCK_BATCH_MQ,
  MQVersion,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
} from '@rocketmq-ts/protocol';
import { isTriedTooOften, retryLevel } from '../src/placement/retry.ts';
import { type Caller, properties, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

// Source: ScheduleMessageService.
test('a delayed message arrives when its level’s time has passed, not before', async () => {
  caller = await stage.started();
  await caller.send('T', 'now');
  await caller.send('T', 'later', { properties: properties({ DELAY: '2', TAGS: 'A' }) });
  await stage.clock.advance(4900);
  assert.deepEqual(await caller.bodies('T'), ['now']);
  await stage.clock.advance(300);
  assert.deepEqual(await caller.bodies('T'), ['now', 'later']);
  const delivered = await caller.last('T');
  const { DELAY, REAL_TOPIC, REAL_QID, WAIT, TAGS } = Object.fromEntries(delivered.properties);
  assert.deepEqual([DELAY, REAL_TOPIC, REAL_QID, WAIT, TAGS], ['2', 'T', '0', undefined, 'A']);
  assert.deepEqual((await caller.messages('T', { subscription: 'A' })).length, 1);
});

test('levels beyond the last wait as long as the last; DELAY wins over timer properties', async () => {
  caller = await stage.started({ messageDelayLevel: '1s 3s' });
  const sent = await caller.send('T', 'x', { properties: properties({ DELAY: '99', TIMER_DELAY_MS: '1' }) });
  assert.equal(sent.code, 0);
  await stage.clock.advance(2900);
  assert.notEqual((await caller.pull('T')).code, 0);
  await stage.clock.advance(300);
  assert.equal((await caller.pull('T')).code, 0);
});

test('delays continue after a restart', async () => {
  const broker = await stage.broker();
  caller = await stage.caller();
  await caller.send('T', 'delivered', { properties: properties({ DELAY: '1' }) });
  await stage.clock.advance(1500);
  await caller.send('T', 'waiting', { properties: properties({ DELAY: '3' }) });
  await stage.stop(broker);
  caller = await stage.started();
  await stage.clock.advance(11_000);
  assert.deepEqual(await caller.bodies('T'), ['delivered', 'waiting']);
});

// Recorded from a 5.4.0 broker.
test('a message that is sent back comes again in the retry topic, later each time, and in the end is a dead letter', async () => {
  caller = await stage.started();
  await caller.send('T', 'poison', { properties: properties({ TAGS: 'A', UNIQ_KEY: 'U' }) });
  const origin = await caller.last('T');
  const group = { groupName: 'G', retryMaxTimes: 2, retryQueueNums: 1 };
  await caller.request(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, { body: Buffer.from(JSON.stringify(group)) });
  let message = origin;
  for (const [attempt, delayMs] of [
    [1, 10_000],
    [2, 30_000],
  ] as const) {
    assert.equal((await caller.sendBack(message)).code, 0);
    await stage.clock.advance(delayMs - 200);
    assert.equal((await caller.pull('%RETRY%G', { queueOffset: attempt - 1 })).code, ResponseCode.PULL_NOT_FOUND);
    await stage.clock.advance(500);
    message = await caller.last('%RETRY%G');
    assert.deepEqual([message.reconsumeTimes, message.body.toString()], [attempt, 'poison']);
  }
  assert.equal((await caller.sendBack(message)).code, 0);
  const dead = await caller.last('%DLQ%G');
  const marks = Object.fromEntries(dead.properties);
  assert.equal(dead.reconsumeTimes, 3);
  assert.deepEqual(
    [marks.RETRY_TOPIC, marks.ORIGIN_MESSAGE_ID, marks.DELAY, marks.TAGS, marks.UNIQ_KEY, marks.REAL_TOPIC],
    ['T', origin.offsetMsgId, '0', 'A', 'U', '%RETRY%G'],
  );
  assert.deepEqual([dead.bornTimestamp, dead.bornHost], [origin.bornTimestamp, origin.bornHost]);
});

test('the client may ask for a level of its own, for the dead letter queue at once, and for another limit', async () => {
  caller = await stage.started();
  await caller.send('T', 'x');
  const message = await caller.last('T');
  assert.equal((await caller.sendBack(message, { delayLevel: 1 })).code, 0);
  await stage.clock.advance(1200);
  assert.equal((await caller.last('%RETRY%G')).reconsumeTimes, 1);
  assert.equal((await caller.sendBack(message, { delayLevel: -1 })).code, 0);
  assert.equal((await caller.messages('%DLQ%G')).length, 1);
  assert.equal((await caller.sendBack(message, { maxReconsumeTimes: 0 })).code, 0);
  assert.equal((await caller.messages('%DLQ%G')).length, 2);
});

test('the sys flag of a retry topic shows when its group consumes in unit mode', async () => {
  caller = await stage.started();
  await caller.send('T', 'x');
  await caller.sendBack(await caller.last('T'), { group: 'UNITS', unitMode: true });
  const config = await caller.request(GET_TOPIC_CONFIG, { topic: '%RETRY%UNITS' });
  assert.match(config.body.toString(), /"topicSysFlag":2/);
});

test('sending back fails by code: unknown group, unknown message, a broker without writes', async () => {
  caller = await stage.started({ autoCreateSubscriptionGroup: 'false' });
  const unknownGroup = await caller.sendBack({ physicalOffset: 0 }, { group: 'NOPE' });
  assert.equal(unknownGroup.code, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
  const unknown = await caller.request(CONSUMER_SEND_MSG_BACK, { offset: 123_456, group: 'TOOLS_CONSUMER' });
  assert.equal(unknown.code, 1);
  assert.match(unknown.remark ?? '', /^look message by offset failed, 123456: CONSUMER_SEND_MSG_BACK names a message/);
});

// Recorded from a 5.4.0 broker: DELAY is −1 here, and 0 in dead letters that were sent back.
test('a message sent to a retry topic after too many tries is stored as a dead letter', async () => {
  caller = await stage.started();
  const sent = await caller.send('%RETRY%G', 'x', { reconsumeTimes: 17, properties: properties({ DELAY: '3' }) });
  assert.deepEqual([sent.code, sent.extFields.queueId], [0, '0']);
  const dead = await caller.last('%DLQ%G');
  assert.deepEqual([dead.reconsumeTimes, dead.property('DELAY')], [17, '-1']);
  assert.equal((await caller.send('%RETRY%G', 'y', { reconsumeTimes: 16 })).code, 0);
  assert.equal((await caller.messages('%DLQ%G')).length, 1);
  const limited = { reconsumeTimes: 3, maxReconsumeTimes: 2 };
  assert.equal((await caller.send('%RETRY%G', 'z', limited)).code, 0);
  assert.equal((await caller.messages('%DLQ%G')).length, 2);
});

// Source: SendMessageProcessor#handleRetryAndDLQ: an ordered group retries by itself, what it sends is given up.
test('a group that holds queue locks gets its retries as dead letters at once', async () => {
  caller = await stage.started();
  const mqSet = [{ topic: 'T', brokerName: 'a', queueId: 0 }];
  const body = encodeQueueLockRequestBody({ consumerGroup: 'G', clientId: 'c1', mqSet, onlyThisBroker: false });
  await caller.request(LOCK_BATCH_MQ, {}, { body });
  await caller.send('%RETRY%G', 'x', { reconsumeTimes: 1 });
  assert.equal((await caller.messages('%DLQ%G')).length, 1);
  await stage.clock.advance(61_000);
  await caller.send('%RETRY%G', 'y', { reconsumeTimes: 1 });
  assert.equal((await caller.messages('%DLQ%G')).length, 1);
});

// Source: SendMessageProcessor#handleRetryAndDLQ, AbstractSendMessageProcessor#consumerSendMsgBack.
test('the limit of retries is the client’s if it is of 3.4.9 or later and names one, else the group’s', () => {
  const group = { retryMaxTimes: 2 };
  const cases: [attempt: number, version: number, limit: number | undefined, isOver: boolean][] = [
    [2, MQVersion.V3_4_9, undefined, false],
    [3, MQVersion.V3_4_9, undefined, true],
    [3, MQVersion.V3_4_9, 3, false],
    [1, MQVersion.V3_4_9, 0, true],
    [3, MQVersion.V3_4_9 - 1, 3, true],
    [2, MQVersion.V3_4_9 - 1, 0, false],
  ];
  for (const [attempt, version, limit, isOver] of cases) {
    assert.equal(isTriedTooOften(attempt, group, version, limit), isOver, `${attempt} ${version} ${limit}`);
  }
  assert.deepEqual([retryLevel(0, 1), retryLevel(0, 4), retryLevel(5, 4)], [3, 6, 5]);
});
