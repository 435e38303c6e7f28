import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeMessages,
  decodeQueryConsumeQueueResponseBody,
  encodeBatch,
  GET_MAX_OFFSET,
  MessageSysFlag,
  QUERY_CONSUME_QUEUE,
  ResponseCode,
  unwrapInnerBatch,
} from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
  assert.equal((await caller.putTopic('B', 2, { attributes: '+queue.type=BatchCQ' })).code, 0);
});
afterEach(() => stage.dispose());

const { INNER_BATCH, NEED_UNWRAP } = MessageSysFlag;
const keyed = (more = ''): string => `UNIQ_KEY\x01BATCH\x02WAIT\x01true\x02${more}`;
const members = (...bodies: string[]) => bodies.map((body) => ({ body, propertiesText: `TAGS\x01t\x02` }));

async function positions(topic = 'B', queueOffset = 0): Promise<[offset: number, body: string][]> {
  const records = await caller.messages(topic, { queueOffset });
  return records.flatMap(unwrapInnerBatch).map(({ queueOffset: offset, body }) => [offset, body.toString()]);
}

// Source: SendMessageProcessor#sendBatchMessage
test('a batch with a key of its own is one record, whose messages have queue offsets that follow each other', async () => {
  await caller.send('B', 'first');
  const sent = await caller.sendBatch('B', members('a', 'b', 'c'), { properties: keyed() });
  assert.equal(sent.code, 0, sent.remark);
  assert.deepEqual([sent.header.queueOffset, sent.header.batchUniqId], [1, 'BATCH']);
  assert.match(sent.header.msgId, /^[0-9A-F]{32}$/);
  await caller.send('B', 'last');
  assert.deepEqual(await positions(), [
    [0, 'first'],
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
    [4, 'last'],
  ]);
  const record = (await caller.messages('B', { queueOffset: 2 }))[0]!;
  assert.equal(record.queueOffset, 1);
  assert.equal(record.sysFlag & (INNER_BATCH | NEED_UNWRAP), INNER_BATCH | NEED_UNWRAP);
  assert.deepEqual(
    ['INNER_NUM', 'INNER_BASE', 'UNIQ_KEY', 'CLUSTER'].map((name) => record.properties.get(name)),
    ['3', '1', 'BATCH', 'DefaultCluster'],
  );
  const { header } = await caller.request(GET_MAX_OFFSET, { topic: 'B', queueId: 0 });
  assert.equal(header.offset, 5);
});

// A producer of before 5.0 gives none.
test('a batch without a key of its own is a record for each message', async () => {
  const sent = await caller.sendBatch('B', members('a', 'b'));
  assert.deepEqual([sent.code, sent.header.batchUniqId, sent.header.msgId.split(',').length], [0, undefined, 2]);
  assert.deepEqual(await positions(), [
    [0, 'a'],
    [1, 'b'],
  ]);
});

test('in a topic with simple queues a batch with a key is a record for each message', async () => {
  const sent = await caller.sendBatch('T', members('a', 'b'), { properties: keyed() });
  assert.deepEqual([sent.code, sent.header.batchUniqId], [0, undefined]);
  assert.deepEqual(await positions('T'), [
    [0, 'a'],
    [1, 'b'],
  ]);
});

test('a pull that waits is answered when a batch arrives', async () => {
  const pull = caller.askPull('B', { sysFlag: 6, suspendTimeoutMillis: 10_000 });
  await stage.clock.advance(1000);
  await caller.sendBatch('B', members('a', 'b'), { properties: keyed() });
  const { code, header, body } = await stage.clock.run(pull);
  assert.deepEqual([code, header.nextBeginOffset, decodeMessages(body).length], [0, 2, 1]);
});

test('the units of a batch queue are listed once each', async () => {
  await caller.sendBatch('B', members('a', 'b', 'c'), { properties: keyed() });
  await caller.sendBatch('B', members('d', 'e'), { properties: keyed() });
  const { body } = await caller.request(QUERY_CONSUME_QUEUE, { topic: 'B', queueId: 0, index: 0, count: 4 });
  const { queueData, maxQueueIndex } = decodeQueryConsumeQueueResponseBody(body);
  assert.deepEqual([queueData.length, maxQueueIndex], [2, 5]);
});

test('a delayed message, and one that comes from a transaction or a retry, is one message of a batch queue', async () => {
  await caller.send('B', 'later', { properties: 'DELAY\x011\x02' });
  await stage.clock.advance(3000);
  assert.deepEqual(await positions(), [[0, 'later']]);
});

const one = encodeBatch([{ flag: 0, body: Buffer.from('a'), propertiesText: '' }]).toString('latin1');
const ILLEGAL: readonly [what: string, topic: string, body: string, header: Parameters<Caller['send']>[2]][] = [
  ['says how many messages it has and is not flagged', 'B', 'x', { properties: 'INNER_NUM\x011\x02' }],
  ['is flagged, in a topic with simple queues', 'T', one, { sysFlag: INNER_BATCH }],
  ['has no number of messages', 'B', one, { sysFlag: INNER_BATCH, properties: 'INNER_NUM\x01many\x02' }],
  ['has no messages', 'B', '', { sysFlag: INNER_BATCH, properties: 'INNER_NUM\x010\x02' }],
  ['has too many messages', 'B', one, { sysFlag: INNER_BATCH, properties: 'INNER_NUM\x0132768\x02' }],
  ['has fewer messages than it says', 'B', one, { sysFlag: INNER_BATCH, properties: 'INNER_NUM\x012\x02' }],
  ['has no batch as its body', 'B', 'no batch', { sysFlag: INNER_BATCH, properties: 'INNER_NUM\x011\x02' }],
  ['is delayed', 'B', one, { sysFlag: INNER_BATCH, properties: 'INNER_NUM\x011\x02DELAY\x011\x02' }],
  ['is half of a transaction', 'B', one, { sysFlag: INNER_BATCH, properties: 'TRAN_MSG\x01true\x02' }],
];

// Source: HookUtils#checkInnerBatch
for (const [what, topic, body, header] of ILLEGAL) {
  test(`a message that is sent as an inner batch is refused when it ${what}, and nothing is stored`, async () => {
    await caller.putTopic('T');
    const { code, remark } = await caller.send(topic, body, header);
    assert.equal(code, ResponseCode.MESSAGE_ILLEGAL, remark);
    assert.match(remark ?? '', /INNER_NUM|inner batch/);
    assert.equal((await caller.request(GET_MAX_OFFSET, { topic, queueId: 0 })).header.offset, 0);
  });
}

test('an inner batch that its client made takes the queue offsets that it says', async () => {
  const body = encodeBatch(['a', 'b'].map((text) => ({ flag: 0, body: Buffer.from(text), propertiesText: '' })));
  const header = { sysFlag: INNER_BATCH | NEED_UNWRAP, properties: 'INNER_NUM\x012\x02' };
  assert.equal((await caller.send('B', body.toString('latin1'), header)).code, 0);
  assert.equal((await caller.send('B', 'c')).header.queueOffset, 2);
  assert.deepEqual(await positions(), [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ]);
});

test('a batch that is stored as one record can not be sent back, since nothing says which message failed', async () => {
  await caller.sendBatch('B', members('a', 'b'), { properties: keyed() });
  const record = (await caller.messages('B'))[0]!;
  const answer = await caller.sendBack(record);
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.match(answer.remark ?? '', /one record/);
});

test('a topic keeps the type of its queues', async () => {
  const answer = await caller.putTopic('B', 2, { attributes: '+queue.type=SimpleCQ' });
  assert.equal(answer.remark, 'attempt to update an unchangeable attribute. key: queue.type');
});

for (const how of ['kill', 'power loss'] as const) {
  test(`acknowledged batches are there after a ${how}, and the queue continues behind them`, async () => {
    for (let i = 0; i < 20; i++) await caller.sendBatch('B', members(`${i}a`, `${i}b`), { properties: keyed() });
    // By then all of it is flushed.
    await stage.clock.advance(15_000);
    stage.end(how);
    await stage.broker();
    caller = await stage.caller('broker:10911', 'client2');
    assert.equal((await caller.sendBatch('B', members('new'), { properties: keyed() })).header.queueOffset, 40);
    assert.equal((await positions()).length, 41);
  });
}
