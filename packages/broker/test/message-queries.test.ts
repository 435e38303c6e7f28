import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { decodeMessages, QUERY_MESSAGE, ResponseCode } from '@rocketmq-ts/protocol';
import { type Caller, properties, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(settings: Record<string, string> = {}): Promise<void> {
  await stage.broker({ maxHashSlotNum: '1000', maxIndexNum: '2000', ...settings });
  caller = await stage.caller();
}

interface Query {
  readonly indexType?: string;
  readonly maxNum?: number;
  readonly uniqueKeyQuery?: boolean;
}

async function bodies(topic: string, key: string, query: Query = {}): Promise<string[]> {
  const answer = await caller.request(QUERY_MESSAGE, { topic, key, ...query });
  if (answer.code === ResponseCode.QUERY_NOT_FOUND) return [];
  assert.equal(answer.code, 0, answer.remark);
  return decodeMessages(answer.body).map((message) => message.body.toString());
}

test('messages are found by unique key, key and tag', async () => {
  await start();
  await caller.send('T', 'one', { properties: properties({ UNIQ_KEY: 'U1', KEYS: 'k1 k2', TAGS: 'red' }) });
  await caller.send('T', 'two', { properties: properties({ UNIQ_KEY: 'U2', KEYS: 'k2', TAGS: 'blue' }) });
  assert.deepEqual(await bodies('T', 'U1', { uniqueKeyQuery: true, indexType: 'U' }), ['one']);
  assert.deepEqual(await bodies('T', 'k1'), ['one']);
  assert.deepEqual(await bodies('T', 'k2', { indexType: 'K' }), ['one', 'two']);
  assert.deepEqual(await bodies('T', 'blue', { indexType: 'T' }), ['two']);
  assert.deepEqual(await bodies('T', 'blue'), []);
});

test('a delayed message is found in the schedule topic, and in its own when it was delivered', async () => {
  await start();
  await caller.send('T', 'late', { properties: properties({ KEYS: 'k', DELAY: '1' }) });
  assert.deepEqual(await bodies('SCHEDULE_TOPIC_XXXX', 'k'), ['late']);
  assert.deepEqual(await bodies('T', 'k'), []);
  await stage.clock.advance(2500);
  assert.deepEqual(await bodies('T', 'k'), ['late']);
});

test('an answer has at the most maxMsgsNumBatch messages, one by unique key defaultQueryMaxNum: the newest', async () => {
  await start({ maxMsgsNumBatch: '3', defaultQueryMaxNum: '2' });
  for (let i = 0; i < 5; i++) await caller.send('T', `m${i}`, { properties: properties({ KEYS: 'k' }) });
  assert.deepEqual(await bodies('T', 'k', { maxNum: 100 }), ['m2', 'm3', 'm4']);
  assert.deepEqual(await bodies('T', 'k', { maxNum: 1 }), ['m4']);
  assert.deepEqual(await bodies('T', 'k', { maxNum: 100, uniqueKeyQuery: true }), ['m3', 'm4']);
});

test('where nothing is found the answer is QUERY_NOT_FOUND in Apache’s words, also without an index', async () => {
  await start({ messageIndexEnable: 'false' });
  await caller.send('T', 'one', { properties: properties({ KEYS: 'k' }) });
  const answer = await caller.request(QUERY_MESSAGE, { topic: 'T', key: 'k' });
  assert.equal(answer.code, ResponseCode.QUERY_NOT_FOUND);
  assert.equal(answer.remark, 'can not find message, maybe time range not correct');
});

test('what came while there was no index is found after the next start with one, between what came before and after', async () => {
  const put = (body: string) => caller.send('T', body, { properties: properties({ KEYS: 'k' }) });
  const runWith = async (messageIndexEnable: string, body: string): Promise<void> => {
    const broker = await stage.broker({ messageIndexEnable });
    caller = await stage.caller();
    await put(body);
    await stage.clock.advance(100);
    await stage.stop(broker);
  };
  await runWith('true', 'before');
  await runWith('false', 'without');
  await start();
  await put('after');
  assert.deepEqual(await bodies('T', 'k'), ['before', 'without', 'after']);
});
