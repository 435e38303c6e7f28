import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeMessages,
  GET_COLD_DATA_FLOW_CTR_INFO,
  type PULL_MESSAGE,
  parseJson,
  REMOVE_COLD_DATA_FLOW_CTR_CONFIG,
  ResponseCode,
  SET_COMMITLOG_READ_MODE,
  UPDATE_COLD_DATA_FLOW_CTR_CONFIG,
} from '@rocketmq-ts/protocol';
import type { Response } from '@rocketmq-ts/remoting';
import { PidStrategy, SimpleStrategy } from '../src/cold-data/strategy.ts';
import { Thresholds } from '../src/cold-data/thresholds.ts';
import { consumer, subscription } from './consumers.ts';
import { type Caller, Stage } from './stage.ts';

// Source: ColdDataCgCtrService, PullMessageProcessor, ColdDataPullRequestHoldService.

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  // With a share of 0 of the memory every stored message is old.
  await stage.broker({
    coldDataFlowControlEnable: 'true',
    accessMessageInMemoryHotRatio: '0',
    cgColdReadThreshold: '2000',
  });
  caller = await stage.caller();
  await caller.putTopic('T');
  for (let i = 0; i < 20; i++) await caller.send('T', 'x'.repeat(400));
});
afterEach(() => stage.dispose());

interface Info {
  readonly runtimeTable: Record<string, { coldAcc: number; createTimeMills: number; lastColdReadTimeMills: number }>;
  readonly configTable: Record<string, number>;
  readonly globalAcc: number;
  readonly cgColdReadThreshold: number;
  readonly globalColdReadThreshold: number;
}

async function info(): Promise<Info> {
  return parseJson((await caller.request(GET_COLD_DATA_FLOW_CTR_INFO, {})).body) as unknown as Info;
}

const setThreshold = (text: string) =>
  caller.request(UPDATE_COLD_DATA_FLOW_CTR_CONFIG, {}, { body: Buffer.from(text) });

const countOf = ({ body }: Response<typeof PULL_MESSAGE>): number => decodeMessages(body, { inflate: false }).length;

async function pushConsumer(group: string): Promise<void> {
  await caller.heartbeat({ clientID: group, consumers: [consumer(group, [subscription('T')])] });
}

test('a push consumer that has read its share of old messages is refused until the next round', async () => {
  await pushConsumer('G');
  const first = await caller.pull('T', { maxMsgNums: 8 });
  assert.equal(countOf(first), 8);
  const refused = await caller.pull('T', { queueOffset: 8 });
  assert.deepEqual(
    [refused.code, refused.remark],
    [ResponseCode.SYSTEM_BUSY, 'This consumer group is reading cold data. It has been flow control'],
  );
  const { runtimeTable, globalAcc } = await info();
  assert.ok(runtimeTable.G!.coldAcc >= 2000, String(runtimeTable.G!.coldAcc));
  assert.equal(globalAcc, first.body.length);
  await stage.clock.advance(5000);
  assert.equal((await caller.pull('T', { queueOffset: 8 })).code, ResponseCode.SUCCESS);
});

test('a consumer that pulls at its own pace waits three seconds and gets one message then', async () => {
  await caller.pull('T', { maxMsgNums: 8 });
  const startMs = stage.clock.monotonicMs();
  const waiting = caller.askPull('T', { queueOffset: 8, maxMsgNums: 8 });
  await stage.clock.advance(1000);
  await caller.send('T', 'new');
  const answer = await stage.clock.run(waiting, 10_000);
  assert.equal(countOf(answer), 1);
  const waitedMs = stage.clock.monotonicMs() - startMs;
  assert.ok(waitedMs >= 3000 && waitedMs < 3500, String(waitedMs));
});

test('a pull for new messages is not held, and other groups read on', async () => {
  await caller.configure('accessMessageInMemoryHotRatio=100');
  await caller.pull('T', { maxMsgNums: 20 });
  assert.deepEqual((await info()).runtimeTable, {});
  await caller.configure('accessMessageInMemoryHotRatio=0');
  await pushConsumer('G');
  await caller.pull('T', { maxMsgNums: 8 });
  assert.equal((await caller.pull('T', { queueOffset: 8 })).code, ResponseCode.SYSTEM_BUSY);
  assert.equal((await caller.pull('T', { consumerGroup: 'Other', queueOffset: 8 })).code, ResponseCode.SUCCESS);
  // At the end nothing is old.
  assert.equal((await caller.pull('T', { queueOffset: 20 })).code, ResponseCode.PULL_NOT_FOUND);
});

test('an operator’s threshold counts for its group, at once and until it is removed', async () => {
  await pushConsumer('G');
  assert.equal((await setThreshold('G=1000000\nOther=5')).code, 0);
  assert.deepEqual((await info()).configTable, { G: 1_000_000, Other: 5 });
  await caller.pull('T', { maxMsgNums: 8 });
  assert.equal((await caller.pull('T', { queueOffset: 8 })).code, ResponseCode.SUCCESS);
  const removed = await caller.request(REMOVE_COLD_DATA_FLOW_CTR_CONFIG, {}, { body: Buffer.from('G') });
  assert.equal(removed.code, 0);
  assert.deepEqual((await info()).configTable, { Other: 5 });
  assert.equal((await caller.pull('T', { queueOffset: 9 })).code, ResponseCode.SYSTEM_BUSY);
});

test('a threshold that is no whole number is refused, and none of the request is taken', async () => {
  const refused = await setThreshold('A=5\nG=3 MB');
  assert.deepEqual(
    [refused.code, refused.remark],
    [
      ResponseCode.INVALID_PARAMETER,
      'the threshold "3 MB" of group G is not a whole number of bytes; nothing was changed',
    ],
  );
  assert.deepEqual((await info()).configTable, {});
});

test('the sum of all groups has a limit of its own, which tools and the system do not share', async () => {
  await caller.configure('globalColdReadThreshold=1\ncgColdReadThreshold=100000000');
  await pushConsumer('G');
  await pushConsumer('CID_RMQ_SYS_X');
  await caller.pull('T', { maxMsgNums: 1 });
  assert.equal((await caller.pull('T', { queueOffset: 1 })).code, ResponseCode.SYSTEM_BUSY);
  for (const queueOffset of [0, 1]) {
    const pulled = await caller.pull('T', { consumerGroup: 'CID_RMQ_SYS_X', queueOffset });
    assert.equal(pulled.code, ResponseCode.SUCCESS);
  }
  assert.deepEqual(Object.keys((await info()).runtimeTable), ['G']);
});

test('switched off nothing is counted and nothing refused; a group that reads nothing for a minute is not shown', async () => {
  await pushConsumer('G');
  await caller.pull('T', { maxMsgNums: 8 });
  await caller.configure('coldDataFlowControlEnable=false');
  assert.equal((await caller.pull('T', { queueOffset: 8 })).code, ResponseCode.SUCCESS);
  await stage.clock.advance(5000);
  const { runtimeTable, globalAcc } = await info();
  assert.deepEqual([runtimeTable.G?.coldAcc, globalAcc], [0, 0]);
  await stage.clock.advance(60_000);
  assert.deepEqual((await info()).runtimeTable, {});
});

test('the mode of reading ahead is answered in Apache’s words and kept as a property', async () => {
  const set = (readAheadMode: string) => caller.request(SET_COMMITLOG_READ_MODE, { readAheadMode });
  assert.match((await set('1')).remark ?? '', /^set commitlog readahead mode success, mode: 1 \(/);
  const wrong = await set('2');
  assert.deepEqual(
    [wrong.code, wrong.remark],
    [ResponseCode.INVALID_PARAMETER, 'set commitlog readahead mode param value error'],
  );
  const noNumber = await set('fast');
  assert.deepEqual([noNumber.code, noNumber.remark], [1, 'set commitlog readahead mode failed']);
});

test('the simple strategy raises a threshold that is reached and lowers it while all together read too much', () => {
  const thresholds = new Thresholds(() => 1000);
  const strategy = new SimpleStrategy();
  strategy.promote(thresholds, 'G');
  assert.deepEqual([thresholds.of('G', true), thresholds.of('G', false)], [1500, 1000]);
  assert.deepEqual([...thresholds.table], [['G||adaptive', 1500]]);
  thresholds.decelerate(strategy, false);
  assert.equal(thresholds.of('G', true), 1500);
  thresholds.decelerate(strategy, true);
  assert.equal(thresholds.of('G', true), 1200);
  thresholds.decelerate(strategy, true);
  thresholds.decelerate(strategy, true);
  assert.equal(thresholds.of('G', true), 1000);
  thresholds.set('G', 7);
  assert.equal(thresholds.of('G', true), 7);
});

test('the other strategy waits for ten rounds, and follows how far the sum is from its aim', () => {
  const thresholds = new Thresholds(() => 1000);
  const strategy = new PidStrategy();
  for (let round = 0; round < 9; round++) strategy.collect(0, 100);
  strategy.promote(thresholds, 'G');
  assert.equal(thresholds.of('G', true), 1000);
  strategy.collect(0, 100);
  strategy.promote(thresholds, 'G');
  assert.equal(thresholds.of('G', true), 1500);
  for (let round = 0; round < 10; round++) strategy.collect(1000, 100);
  strategy.decelerate(thresholds, 'G');
  assert.equal(thresholds.of('G', true), 1200);
  strategy.promote(thresholds, 'G');
  assert.equal(thresholds.of('G', true), 1200);
});
