import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type BrokerStatsItem,
  DELETE_SUBSCRIPTIONGROUP,
  DELETE_TOPIC_IN_BROKER,
  decodeBrokerStatsData,
  decodeKVTable,
  GET_BROKER_RUNTIME_INFO,
  parseOffsetMessageId,
  VIEW_BROKER_STATS_DATA,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, properties, Stage } from './stage.ts';

const CLUSTER = 'DefaultCluster';
let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

type Span = 'statsMinute' | 'statsHour' | 'statsDay';

/** Undefined when the broker answers that there is no such counter. */
async function counter(statsName: string, statsKey: string, span: Span = 'statsMinute') {
  const { code, remark, body } = await caller.request(VIEW_BROKER_STATS_DATA, { statsName, statsKey });
  if (code === 0) return decodeBrokerStatsData(body)[span];
  assert.deepEqual([code, remark], [1, `The stats <${statsName}> <${statsKey}> not exist`]);
  return undefined;
}
const sum = async (name: string, key: string, span?: Span): Promise<number | undefined> =>
  (await counter(name, key, span))?.sum;
const numbers = (item: BrokerStatsItem | undefined): number[] | undefined => item && [item.sum, item.tps, item.avgpt];
const info = async (): Promise<Map<string, string>> =>
  decodeKVTable((await caller.request(GET_BROKER_RUNTIME_INFO, {})).body);
const sendMany = async (count: number, topic = 'T'): Promise<void> => {
  for (let i = 0; i < count; i++) await caller.send(topic, 'x');
};
const MINUTE = 60_000;

test('the first interval counts: 200 sends within ten seconds are 200 in the next minute', async () => {
  caller = await stage.started();
  await sendMany(200);
  assert.equal(await sum('TOPIC_PUT_NUMS', 'T'), 0);
  await stage.clock.advance(10_000);
  assert.deepEqual(numbers(await counter('TOPIC_PUT_NUMS', 'T')), [200, 20, 1]);
  // It stays in the minute for five more snapshots.
  await stage.clock.advance(50_000);
  assert.deepEqual(numbers(await counter('TOPIC_PUT_NUMS', 'T')), [200, 200 / 60, 1]);
  await stage.clock.advance(10_000);
  assert.deepEqual(numbers(await counter('TOPIC_PUT_NUMS', 'T')), [0, 0, 0]);
});

test('the hour counts from its first snapshot on', async () => {
  caller = await stage.started();
  await sendMany(112);
  await stage.clock.advance(10 * MINUTE);
  assert.deepEqual(numbers(await counter('TOPIC_PUT_NUMS', 'T', 'statsHour')), [112, 112 / 600, 1]);
  assert.equal(await sum('TOPIC_PUT_NUMS', 'T', 'statsDay'), 0);
});

test('sizes are those of the stored records; the members of a batch count one by one', async () => {
  caller = await stage.started();
  await sendMany(3);
  assert.equal((await caller.sendBatch('T', [{ body: 'a' }, { body: 'bb' }, { body: 'ccc' }])).code, 0);
  await stage.clock.advance(10_000);
  const stored = (await caller.messages('T')).reduce((bytes, message) => bytes + message.storeSize, 0);
  assert.equal(await sum('TOPIC_PUT_SIZE', 'T'), stored);
  assert.deepEqual(numbers(await counter('TOPIC_PUT_NUMS', 'T')), [6, 0.6, 1.5]);
  const table = await info();
  assert.deepEqual(
    [table.get('putMessageTimesTotal'), table.get('putMessageSizeTotal'), table.get('msgPutTotalTodayNow')],
    ['6', String(stored), '6'],
  );
});

test('what a group got counts in messages, bytes and milliseconds, by queue, and for the broker', async () => {
  caller = await stage.started();
  await sendMany(5);
  const body = (await caller.pull('T')).body.length;
  await caller.pull('T', { queueOffset: 3 });
  await caller.pull('T', { queueOffset: 5 });
  await stage.clock.advance(10_000);
  assert.deepEqual(numbers(await counter('GROUP_GET_NUMS', 'T@G')), [7, 0.7, 3.5]);
  assert.deepEqual(numbers(await counter('GROUP_GET_SIZE', 'T@G')), [(body / 5) * 7, (body / 50) * 7, (body / 10) * 7]);
  assert.deepEqual(numbers(await counter('GROUP_GET_LATENCY', '0@T@G')), [0, 0, 0]);
  // Apache's broker counts no calls there.
  assert.deepEqual(numbers(await counter('BROKER_GET_NUMS', CLUSTER)), [7, 0.7, 0]);
  assert.equal(await sum('BROKER_PUT_NUMS', CLUSTER), 5);
  assert.deepEqual(numbers(await counter('TOPIC_PUT_LATENCY', '0@T')), [0, 0, 0]);
  assert.equal(await counter('TOPIC_PUT_LATENCY', '1@T'), undefined);
  assert.equal((await info()).get('msgGetTotalTodayNow'), '7');
});

// The numbers of a 5.4.0 broker after the same requests.
test('delayed, delivered, returned and dead messages count where Apache’s broker counts them', async () => {
  caller = await stage.started();
  const { header } = await caller.send('T', 'x');
  await caller.send('T', 'later', { properties: properties({ DELAY: '1' }) });
  const message = parseOffsetMessageId(header.msgId);
  await caller.sendBack(message, { originTopic: 'T', delayLevel: 1 });
  await caller.sendBack(message, { originTopic: 'T', delayLevel: -1 });
  await caller.send('%RETRY%G', 'dead', { reconsumeTimes: 20, maxReconsumeTimes: 3 });
  await stage.clock.advance(10_000);
  const of = (name: string, ...keys: string[]) => Promise.all(keys.map((key) => sum(name, key)));
  const topics = ['T', 'SCHEDULE_TOPIC_XXXX', '%RETRY%G', '%DLQ%G'];
  assert.deepEqual(await of('TOPIC_PUT_NUMS', ...topics), [2, 2, 1, 1]);
  assert.deepEqual(await of('QUEUE_PUT_NUMS', 'SCHEDULE_TOPIC_XXXX@0', 'T@0'), [2, undefined]);
  assert.deepEqual(await of('QUEUE_GET_NUMS', 'SCHEDULE_TOPIC_XXXX@0@SCHEDULE_CONSUMER'), [2]);
  assert.deepEqual(await of('GROUP_GET_NUMS', 'SCHEDULE_TOPIC_XXXX@SCHEDULE_CONSUMER'), [2]);
  assert.deepEqual(await of('SNDBCK_PUT_NUMS', 'T@G', '%RETRY%G@G'), [2, undefined]);
  assert.deepEqual(await of('SNDBCK2DLQ_TIMES', 'null@T@G@SEND_BACK_TO_DLQ'), [1]);
  assert.deepEqual(await of('BROKER_PUT_NUMS', CLUSTER), [5]);
  assert.deepEqual(await of('BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC', CLUSTER), [4]);
  const size = await sum('TOPIC_PUT_SIZE', 'SCHEDULE_TOPIC_XXXX');
  assert.equal(await sum('QUEUE_PUT_SIZE', 'SCHEDULE_TOPIC_XXXX@0'), size);
  const table = await info();
  assert.deepEqual(
    [table.get('putMessageTimesTotal'), table.get('msgPutTotalTodayNow'), table.get('scheduleMessageOffset_1')],
    ['7', '4', '2,2'],
  );
});

test('deliveries are not counted where enableScheduleMessageStats is off', async () => {
  caller = await stage.started({ enableScheduleMessageStats: 'false' });
  await caller.send('T', 'later', { properties: properties({ DELAY: '1' }) });
  await stage.clock.advance(10_000);
  assert.equal(await counter('TOPIC_PUT_NUMS', 'T'), undefined);
});

test('system topics are left out of the totals of the day', async () => {
  caller = await stage.started();
  await caller.send('RMQ_SYS_TRACE_TOPIC', 'trace');
  await sendMany(2);
  await caller.pull('RMQ_SYS_TRACE_TOPIC');
  const table = await info();
  assert.deepEqual([table.get('msgPutTotalTodayNow'), table.get('msgGetTotalTodayNow')], ['2', '0']);
  assert.equal(table.get('putMessageTimesTotal'), '3');
});

test('rates appear window by window; reads that found nothing count as missed', async () => {
  caller = await stage.started();
  const rates = async (): Promise<(string | undefined)[]> => {
    const table = await info();
    return ['putTps', 'getFoundTps', 'getMissTps', 'getTotalTps', 'getTransferredTps'].map((key) => table.get(key));
  };
  assert.deepEqual(await rates(), ['  ', '  ', '  ', '0.0 0.0 0.0', '  ']);
  await stage.clock.advance(1500);
  await sendMany(20);
  await caller.pull('T');
  for (let i = 0; i < 3; i++) await caller.pull('T', { queueOffset: 20 });
  await stage.clock.advance(10_000);
  assert.deepEqual(await rates(), ['2.0  ', '0.1  ', '0.3  ', '0.4 0.0 0.0', '2.0  ']);
  await stage.clock.advance(50_000);
  assert.match((await rates())[0] ?? '', /^0\.0 0\.3\d+ $/);
});

test('counters go with their topic and their group', async () => {
  caller = await stage.started();
  const names: [string, string][] = [
    ['TOPIC_PUT_NUMS', 'T'],
    ['TOPIC_PUT_SIZE', 'T'],
    ['TOPIC_PUT_LATENCY', '0@T'],
    ['GROUP_GET_NUMS', 'T@G'],
    ['GROUP_GET_SIZE', 'T@G'],
    ['GROUP_GET_LATENCY', '0@T@G'],
  ];
  const known = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const [name, key] of names) if ((await counter(name, key)) !== undefined) found.push(name);
    return found;
  };
  await sendMany(1);
  await caller.pull('T');
  await caller.request(DELETE_SUBSCRIPTIONGROUP, { groupName: 'G' });
  assert.deepEqual(await known(), ['TOPIC_PUT_NUMS', 'TOPIC_PUT_SIZE', 'TOPIC_PUT_LATENCY']);
  await caller.pull('T');
  await caller.request(DELETE_TOPIC_IN_BROKER, { topic: 'T' });
  assert.deepEqual(await known(), []);
  await sendMany(3);
  await stage.clock.advance(10_000);
  assert.equal(await sum('TOPIC_PUT_NUMS', 'T'), 3);
});

test('counters that rest are dropped after maxStatsIdleTimeInMinutes', async () => {
  caller = await stage.started({ maxStatsIdleTimeInMinutes: '5' });
  await sendMany(1);
  await stage.clock.advance(25 * MINUTE);
  assert.notEqual(await counter('TOPIC_PUT_NUMS', 'T'), undefined);
  await sendMany(1, 'Busy');
  await stage.clock.advance(16 * MINUTE);
  assert.equal(await counter('TOPIC_PUT_NUMS', 'T'), undefined);
  assert.equal(await sum('TOPIC_PUT_NUMS', 'Busy', 'statsHour'), 1);
  await sendMany(4);
  await stage.clock.advance(10_000);
  assert.equal(await sum('TOPIC_PUT_NUMS', 'T'), 4);
});

test('heartbeats and connections are counted', async () => {
  caller = await stage.started();
  await caller.heartbeat({ producerGroups: ['P'], consumers: [consumer('G', [subscription('T')])] });
  assert.notEqual(await counter('CONSUMER_REGISTER_TIME', CLUSTER), undefined);
  assert.notEqual(await counter('PRODUCER_REGISTER_TIME', CLUSTER), undefined);
  await stage.clock.advance(10_000);
  assert.equal(await sum('CHANNEL_ACTIVITY', 'CONNECT'), 1);
});

// Source: ClientHousekeepingService#onChannelIdle, #onChannelException.
test('a connection that is silent for too long counts as idle and as closed', async () => {
  caller = await stage.started();
  const silent = await stage.caller();
  await silent.heartbeat({ producerGroups: ['P'] });
  for (let minutes = 0; minutes < 21; minutes++) {
    await caller.heartbeat({ producerGroups: ['P'] });
    await stage.clock.advance(MINUTE);
  }
  assert.equal(await sum('CHANNEL_ACTIVITY', 'CONNECT', 'statsHour'), 2);
  assert.equal(await sum('CHANNEL_ACTIVITY', 'IDLE', 'statsHour'), 1);
  assert.equal(await sum('CHANNEL_ACTIVITY', 'CLOSE', 'statsHour'), 1);
});

// Source: DefaultMessageStore#asyncPutMessage.
test('sends that took long are logged once, and then their number each minute', async () => {
  caller = await stage.started({ flushDiskType: 'SYNC_FLUSH' });
  await sendMany(1);
  const told = () => stage.log.with('putMessage cost more than 500 ms').map(({ fields }) => fields);
  assert.deepEqual(told(), []);
  const { faults } = stage.machine('broker').disk;
  faults.add({ operation: 'sync', path: '/commitlog/', delayMs: 700, times: 3 });
  for (let i = 0; i < 3; i++) await sendMany(1);
  assert.equal(told().length, 1);
  assert.equal(told()[0]?.topic, 'T');
  assert.ok(Number(told()[0]?.costMs) >= 700);
  await stage.clock.advance(2 * MINUTE);
  assert.equal(told().length, 2);
});
