import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { javaHashCode } from '@rocketmq-ts/kernel';
import {
  CLEAN_EXPIRED_CONSUMEQUEUE,
  CLEAN_UNUSED_TOPIC,
  CLONE_GROUP_OFFSET,
  DELETE_EXPIRED_COMMITLOG,
  DELETE_SUBSCRIPTIONGROUP,
  DELETE_TOPIC_IN_BROKER,
  decodeKVTable,
  decodeQueryConsumeQueueResponseBody,
  decodeQueryCorrectionOffsetBody,
  GET_BROKER_CONFIG,
  GET_BROKER_RUNTIME_INFO,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  INVOKE_BROKER_TO_RESET_OFFSET,
  parseOffsetMessageId,
  QUERY_CONSUME_QUEUE,
  QUERY_CONSUMER_OFFSET,
  QUERY_CORRECTION_OFFSET,
  ResponseCode,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_BROKER_CONFIG,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

const commit = (consumerGroup: string, queueId: number, commitOffset: number) =>
  caller.commit(consumerGroup, 'T', commitOffset, queueId);
const committed = async (consumerGroup: string): Promise<number | undefined> =>
  (await caller.request(QUERY_CONSUMER_OFFSET, { consumerGroup, topic: 'T', queueId: 0, setZeroIfNotFound: false }))
    .header.offset;

async function sendThree(): Promise<void> {
  for (const tag of ['A', 'B', 'A']) await caller.send('T', tag, { properties: properties({ TAGS: tag }) });
  for (const group of ['G', 'H']) await caller.pull('T', { consumerGroup: group });
}

test('system topics can neither be changed nor deleted; other names must be names', async () => {
  const update = async (topic: string): Promise<unknown[]> => {
    const answer = await caller.request(UPDATE_AND_CREATE_TOPIC, {
      topic,
      readQueueNums: 4,
      writeQueueNums: 4,
      perm: 6,
    });
    return [answer.code, answer.remark];
  };
  const conflict = 'The topic[TBW102] is conflict with system topic.';
  assert.deepEqual(await update('TBW102'), [29, conflict]);
  assert.equal((await update('a b'))[0], 29);
  assert.deepEqual(await update('T'), [0, undefined]);
  const remove = async (topic: string): Promise<unknown[]> => {
    const answer = await caller.request(DELETE_TOPIC_IN_BROKER, { topic });
    return [answer.code, answer.remark];
  };
  assert.deepEqual(await remove('TBW102'), [29, conflict]);
  assert.deepEqual(await remove(''), [29, 'The specified topic is blank.']);
  assert.deepEqual(await remove('unknown'), [0, undefined]);
});

test('a deleted topic takes its messages and its offsets with it; made again it begins at 0', async () => {
  await sendThree();
  await commit('G', 0, 3);
  assert.equal((await caller.request(DELETE_TOPIC_IN_BROKER, { topic: 'T' })).code, 0);
  assert.equal((await caller.pull('T')).code, ResponseCode.TOPIC_NOT_EXIST);
  await caller.send('T', 'new');
  assert.deepEqual(
    (await caller.messages('T')).map((message) => [message.queueOffset, message.body.toString()]),
    [[0, 'new']],
  );
  assert.equal(await committed('G'), undefined);
});

test('min and max offset of a queue; 0 for queues that do not exist', async () => {
  await sendThree();
  const of = async (topic: string): Promise<unknown[]> => [
    (await caller.request(GET_MIN_OFFSET, { topic, queueId: 0 })).header.offset,
    (await caller.request(GET_MAX_OFFSET, { topic, queueId: 0 })).header.offset,
  ];
  assert.deepEqual(
    [await of('T'), await of('NOPE')],
    [
      [0, 3],
      [0, 0],
    ],
  );
});

// Source: request-codes.md 4.2.
test('a group is moved on the broker: its next pull is sent to the new offset, and commits from before are ignored', async () => {
  await sendThree();
  await commit('G', 0, 3);
  const reset = (fields: object) =>
    caller.request(INVOKE_BROKER_TO_RESET_OFFSET, { topic: 'T', group: 'G', timestamp: 0, ...fields });
  assert.equal((await reset({ queueId: 0, offset: 9 })).code, ResponseCode.SYSTEM_ERROR);
  assert.equal((await reset({ group: 'NOPE' })).code, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
  assert.equal((await reset({ topic: 'NOPE' })).code, ResponseCode.TOPIC_NOT_EXIST);
  assert.equal((await reset({})).code, 0);
  await commit('G', 0, 3);
  assert.equal(await committed('G'), 0);
  const moved = await caller.pull('T', { queueOffset: 3 });
  assert.deepEqual([moved.code, moved.header.nextBeginOffset], [ResponseCode.PULL_OFFSET_MOVED, 0]);
  assert.equal((await caller.pull('T')).code, 0);
  await commit('G', 0, 2);
  assert.equal(await committed('G'), 2);
});

// Source: AdminBrokerProcessor#cloneGroupOffset, which looks at the subscriptions of the source group.
test('offsets are copied from group to group, but not of a topic that the source group does not consume any more', async () => {
  await sendThree();
  await commit('G', 0, 2);
  const clone = (destGroup: string, header: object = {}) =>
    caller.request(CLONE_GROUP_OFFSET, { srcGroup: 'G', destGroup, topic: 'T', ...header });
  await clone('H');
  assert.equal(await committed('H'), 2);
  await clone('ALL', { topic: undefined });
  assert.equal(await committed('ALL'), 2);
  await caller.heartbeat({ consumers: [consumer('G', [subscription('OTHER')])] });
  await clone('ELSEWHERE');
  assert.equal(await committed('ELSEWHERE'), undefined);
  await clone('ELSEWHERE', { offline: true });
  assert.equal(await committed('ELSEWHERE'), 2);
});

// Recorded from a 5.4.0 broker.
test('the correction of an offset is that of the slowest group, without limit behind it', async () => {
  await sendThree();
  await commit('G', 0, 1);
  await commit('H', 0, 3);
  const of = async (compareGroup: string, filterGroups = ''): Promise<number | undefined> => {
    const answer = await caller.request(QUERY_CORRECTION_OFFSET, { topic: 'T', compareGroup, filterGroups });
    return decodeQueryCorrectionOffsetBody(answer.body).get(0);
  };
  assert.deepEqual([await of('G'), await of('H')], [1, 1]);
  assert.equal(await of('G', 'G'), Number.MAX_SAFE_INTEGER);
});

// Recorded from a 5.4.0 broker: an index out of range is a success without a body.
test('units of a queue can be looked at', async () => {
  await sendThree();
  const query = (fields: object) =>
    caller.request(QUERY_CONSUME_QUEUE, { topic: 'T', queueId: 0, index: 1, count: 2, ...fields });
  const { queueData, minQueueIndex, maxQueueIndex } = decodeQueryConsumeQueueResponseBody((await query({})).body);
  assert.deepEqual([minQueueIndex, maxQueueIndex], [0, 3]);
  assert.deepEqual(
    queueData.map((unit) => unit.tagsCode),
    [javaHashCode('B'), javaHashCode('A')],
  );
  const beyond = await query({ index: 100 });
  assert.deepEqual([beyond.code, beyond.body.length, beyond.remark], [0, 0, 'Index 100 of 0@T is not exist!']);
  const unknown = await query({ topic: 'NOPE' });
  assert.deepEqual([unknown.code, unknown.remark], [1, '0@NOPE is not exist!']);
  const group = decodeQueryConsumeQueueResponseBody((await query({ consumerGroup: 'H' })).body);
  assert.equal(group.filterData, 'H@T is not online!');
});

test('a message is found by its physical offset', async () => {
  const sent = await caller.send('T', 'here');
  const { physicalOffset } = parseOffsetMessageId(sent.extFields.msgId ?? '');
  const answer = await caller.request(VIEW_MESSAGE_BY_ID, { offset: physicalOffset });
  assert.equal(answer.body.includes('here'), true);
  for (const offset of [physicalOffset + 1, 999_999, -1]) {
    const missing = await caller.request(VIEW_MESSAGE_BY_ID, { offset });
    assert.deepEqual([missing.code, missing.remark], [1, `can not find message by the offset, ${offset}`]);
  }
});

test('totals of a day begin at midnight', async () => {
  await caller.send('T', 'x');
  const total = async (): Promise<unknown[]> => {
    const info = decodeKVTable((await caller.request(GET_BROKER_RUNTIME_INFO, {})).body);
    return ['YesterdayMorning', 'TodayMorning', 'TodayNow'].map((moment) => info.get(`msgPutTotal${moment}`));
  };
  assert.deepEqual(await total(), ['0', '0', '1']);
  stage.clock.jumpWallClock(86_400_000);
  await stage.clock.advance(1000);
  await caller.send('T', 'x');
  assert.deepEqual(await total(), ['0', '1', '2']);
  stage.clock.jumpWallClock(86_400_000);
  await stage.clock.advance(1000);
  assert.deepEqual(await total(), ['1', '2', '2']);
  // Put back over midnight and forth again: no new day.
  stage.clock.jumpWallClock(-86_400_000);
  await stage.clock.advance(1000);
  stage.clock.jumpWallClock(86_400_000);
  await stage.clock.advance(1000);
  assert.deepEqual(await total(), ['1', '2', '2']);
  // Ahead by years, then corrected: the days count on from there.
  stage.clock.jumpWallClock(-20 * 86_400_000);
  await stage.clock.advance(1000);
  stage.clock.jumpWallClock(86_400_000);
  await stage.clock.advance(1000);
  assert.deepEqual(await total(), ['2', '2', '2']);
});

test('the configuration is listed and changed by Apache’s names; what may not be changed, or not so, changes nothing', async () => {
  const listed = async (): Promise<string> => (await caller.request(GET_BROKER_CONFIG, {})).body.toString();
  const update = (text: string) => caller.request(UPDATE_BROKER_CONFIG, {}, { body: Buffer.from(text) });
  assert.equal((await update('brokerConfigPath=/etc/passwd\n')).code, ResponseCode.NO_PERMISSION);
  const wrong = await update('maxTransferCountOnMessageInMemory=many\nfileReservedTime=5\n');
  assert.deepEqual(
    [wrong.code, /^maxTransferCountOnMessageInMemory=many is not allowed/.test(wrong.remark ?? '')],
    [1, true],
  );
  assert.match(await listed(), /^fileReservedTime=72$/m);
  assert.equal((await update('fileReservedTime=5\nnobodyKnows=1\n')).code, 0);
  assert.match(await listed(), /^fileReservedTime=5$/m);
  assert.match(stage.machine().disk.readFile(`${ROOT}/broker.conf`)?.toString() ?? '', /^fileReservedTime=5$/m);
  const version = JSON.parse((await caller.request(GET_BROKER_CONFIG, {})).header.version ?? '');
  assert.equal(version.counter, 1);
});

test('a deleted group can take its offsets with it', async () => {
  await sendThree();
  await commit('G', 0, 2);
  await caller.request(DELETE_SUBSCRIPTIONGROUP, { groupName: 'G' });
  assert.equal(await committed('G'), 2);
  await caller.request(DELETE_SUBSCRIPTIONGROUP, { groupName: 'G', cleanOffset: true });
  assert.equal(await committed('G'), undefined);
});

test('cleaning by hand succeeds where nothing is left to clean', async () => {
  for (const command of [CLEAN_EXPIRED_CONSUMEQUEUE, CLEAN_UNUSED_TOPIC, DELETE_EXPIRED_COMMITLOG])
    assert.equal((await caller.request(command, {})).code, 0);
});

test('a body that is not what the request needs is an error answer, and the connection lives on', async () => {
  const answer = await caller.request(UPDATE_BROKER_CONFIG, {}, { body: Buffer.from([0xff, 0x00, 0xfe]) });
  assert.equal(typeof answer.code, 'number');
  assert.equal((await caller.send('T', 'x')).code, 0);
});
