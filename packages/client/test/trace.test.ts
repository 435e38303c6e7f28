import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type ClientError,
  type MessageListener,
  Producer,
  type ProducerOptions,
  PushConsumer,
  type PushConsumerOptions,
  TransactionProducer,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessage, decodeTraceRecords, type TraceRecord } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';
const message = { topic: 'TopicTest', tags: 'TagA', keys: ['k1', 'k2'], body: 'Hello' };

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
const run = <T>(promise: Promise<T>): Promise<T> => environment.clock.run(promise);
const base = () => ({
  namesrvAddr: cluster.namesrvAddr,
  platform: environment.machine('client'),
  logger: silentLogger,
  enableMsgTrace: true,
});
const newProducer = (changes: Partial<ProducerOptions> = {}): Producer =>
  new Producer({ ...base(), producerGroup: 'orders', ...changes });

async function consuming(listener: MessageListener, changes: Partial<PushConsumerOptions> = {}): Promise<PushConsumer> {
  const consumer = new PushConsumer({ ...base(), consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', ...changes });
  consumer.subscribe('TopicTest');
  await run(consumer.start(listener));
  return consumer;
}

/** Trace messages in the order in which they came. */
const traceMessages = (topic = TRACE_TOPIC) =>
  cluster.log.filter((one) => one.topic === topic).map((one) => decodeMessage(one.record));
const records = (topic = TRACE_TOPIC): TraceRecord[] =>
  traceMessages(topic).flatMap((one) => decodeTraceRecords(one.body.toString()));

beforeEach(async () => {
  environment = new SimulatedEnvironment(41);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 2, [TRACE_TOPIC]: 1, TBW102: 1 });
});

afterEach(async () => {
  environment.network.heal();
  await run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0, 'a stopped client leaves no timer');
  assert.equal(environment.network.connectionCount, 0, 'a stopped client leaves no connection');
});

// Source: SendMessageTraceHookImpl.
test('a send is reported with its keys, found by its id and by them', async () => {
  const producer = newProducer();
  await run(producer.start());
  cluster.sendDelayMs = 40;
  const { msgId, offsetMsgId } = await run(producer.send(message));
  const atMs = environment.clock.now();
  assert.deepEqual(records(), [], 'it waits for others');
  await environment.clock.advance(5100);
  const [record] = records();
  assert.deepEqual(record, {
    type: 'Pub',
    timestamp: atMs - 40,
    regionId: 'DefaultRegion',
    groupName: 'orders',
    topic: 'TopicTest',
    msgId,
    tags: 'TagA',
    keys: 'k1 k2',
    storeHost: cluster.brokerAddr,
    bodyLength: 5,
    costTimeMs: 40,
    messageType: 'Normal_Msg',
    offsetMsgId,
    success: true,
  });
  assert.deepEqual(traceMessages()[0]!.keys, [msgId, 'k1', 'k2']);
  await run(producer.stop());
});

test('reports of a namespace have the names of its users, and are sent to the trace topic outside it', async () => {
  const producer = newProducer({ namespace: 'ns' });
  await run(producer.start());
  await run(producer.send(message));
  await environment.clock.advance(5100);
  const [record] = records();
  assert.ok(record?.type === 'Pub');
  assert.deepEqual([record.topic, record.groupName], ['TopicTest', 'orders']);
  assert.ok(cluster.topics.has('ns%TopicTest') && !cluster.topics.has(`ns%${TRACE_TOPIC}`));
  await run(producer.stop());
});

test('kinds of messages have their types, and a send that was not flushed is a failed one', async () => {
  const producer = newProducer({ traceMsgBatchNum: 1 });
  await run(producer.start());
  await run(producer.send({ topic: 'TopicTest', body: 'x', delayLevel: 1 }));
  await run(producer.send({ topic: 'TopicTest', body: 'x', delayMs: 1 }));
  cluster.sendCode = 10;
  await run(producer.send({ topic: 'TopicTest', body: 'x' }));
  cluster.sendCode = 0;
  await run(producer.stop());
  assert.deepEqual(
    records().map((one) => one.type === 'Pub' && [one.messageType, one.success, one.tags, one.keys]),
    [
      ['Delay_Msg', true, undefined, undefined],
      ['Delay_Msg', true, undefined, undefined],
      ['Normal_Msg', false, undefined, undefined],
    ],
  );
});

test('each message of a batch is found by its own id', async () => {
  const producer = newProducer();
  await run(producer.start());
  const { msgId } = await run(producer.send([message, message, message]));
  await run(producer.stop());
  assert.deepEqual(
    records().map((one) => one.msgId),
    msgId.split(','),
  );
});

test('a half message and the outcome of its transaction are reported', async () => {
  const producer = new TransactionProducer({ ...base(), producerGroup: 'orders', check: async () => 'ROLLBACK' });
  await run(producer.start());
  const { msgId } = await run(producer.sendInTransaction(message, async () => 'UNKNOWN'));
  await environment.clock.advance(10);
  cluster.askForTransaction('orders', cluster.log[0]!);
  await environment.clock.advance(10);
  await run(producer.stop());
  const [pub, first, second] = records();
  assert.equal(pub?.type === 'Pub' && pub.messageType, 'Trans_Msg_Half');
  const common = {
    type: 'EndTransaction',
    msgId,
    transactionId: msgId,
    topic: 'TopicTest',
    tags: 'TagA',
    keys: 'k1 k2',
  };
  assert.partialDeepStrictEqual(first, { ...common, state: 'UNKNOW', fromTransactionCheck: false });
  assert.partialDeepStrictEqual(second, { ...common, state: 'ROLLBACK_MESSAGE', fromTransactionCheck: true });
});

// Source: ConsumeMessageTraceHookImpl.
test("a listener's call is reported at its begin and at its end", async () => {
  const traced = { MSG_REGION: 'r1', TRACE_ON: 'true', UNIQ_KEY: 'AC01', KEYS: 'k' };
  cluster.put('TopicTest', 0, 'a', traced);
  cluster.put('TopicTest', 0, 'b', { ...traced, UNIQ_KEY: 'AC02', TRACE_ON: 'false' });
  cluster.put('TopicTest', 0, 'c', { ...traced, UNIQ_KEY: 'AC03' }, 2);
  const consumer = await consuming(async (one) => {
    await new Promise<void>((resolve) => environment.clock.after(30, resolve));
    if (one.text() === 'c') throw new Error('refused');
  });
  await environment.clock.advance(100);
  await run(consumer.stop());
  const [a, c] = ['AC01', 'AC03'].map((msgId) => records().filter((one) => one.msgId === msgId));
  const before = { type: 'SubBefore', regionId: 'r1', groupName: 'billing', keys: 'k', retryTimes: 0 };
  assert.partialDeepStrictEqual(a![0], before);
  assert.partialDeepStrictEqual(a![1], { type: 'SubAfter', success: true, returnType: 'SUCCESS', costTimeMs: 30 });
  assert.partialDeepStrictEqual(a![1], { groupName: 'billing', keys: 'k' });
  assert.partialDeepStrictEqual(c![0], { ...before, retryTimes: 2 });
  assert.partialDeepStrictEqual(c![1], { type: 'SubAfter', success: false, returnType: 'EXCEPTION' });
  for (const [first, second] of [a!, c!]) {
    assert.equal(first?.type === 'SubBefore' && first.requestId, second?.type === 'SubAfter' && second.requestId);
  }
  assert.deepEqual(
    records().filter((one) => one.msgId === 'AC02'),
    [],
    'its broker switched the trace off',
  );
});

test('of a batch in part acknowledged, and of an ordered queue that pauses, each message has its own end', async () => {
  const traced = { MSG_REGION: 'r1' };
  for (const id of ['AC01', 'AC02', 'AC03']) cluster.put('TopicTest', 0, id, { ...traced, UNIQ_KEY: id });
  const batches: MessageListener = {
    concurrently: async (_messages, context) => {
      context.ackIndex = 0;
    },
  };
  const consumer = await consuming(batches, { consumeMessageBatchMaxSize: 3 });
  await environment.clock.advance(100);
  await run(consumer.stop());
  const ends = (): unknown[] =>
    records().flatMap((one) => (one.type === 'SubAfter' ? [[one.msgId, one.success, one.returnType]] : []));
  assert.deepEqual(ends().slice(0, 3), [
    ['AC01', true, 'SUCCESS'],
    ['AC02', false, 'FAILED'],
    ['AC03', false, 'FAILED'],
  ]);
  cluster.log.length = 0;
  cluster.put('TopicTest', 1, 'x', { ...traced, UNIQ_KEY: 'AC09' });
  let calls = 0;
  const ordered: MessageListener = {
    orderly: async () => (calls++ === 0 ? 'SUSPEND_CURRENT_QUEUE_A_MOMENT' : 'SUCCESS'),
  };
  const second = await consuming(ordered, { consumerGroup: 'ordered', suspendCurrentQueueTimeMs: 100 });
  await environment.clock.advance(2000);
  await run(second.stop());
  assert.deepEqual(ends(), [
    ['AC09', false, 'FAILED'],
    ['AC09', true, 'SUCCESS'],
  ]);
});

test('in a cloud the region of the message names the topic, and the end of a call has no group', async () => {
  cluster.topics.set('rmq_sys_TRACE_DATA_r1', 1).set('rmq_sys_TRACE_DATA_DefaultRegion', 1);
  cluster.put('TopicTest', 0, 'a', { MSG_REGION: 'r1', UNIQ_KEY: 'AC01' });
  const producer = newProducer({ accessChannel: 'CLOUD' });
  await run(producer.start());
  await run(producer.send(message));
  await run(producer.stop());
  const consumer = await consuming(() => {}, { accessChannel: 'CLOUD' });
  await environment.clock.advance(100);
  await run(consumer.stop());
  assert.equal(records('rmq_sys_TRACE_DATA_DefaultRegion')[0]?.type, 'Pub');
  const after = records('rmq_sys_TRACE_DATA_r1').find((one) => one.type === 'SubAfter');
  assert.equal(after?.timestamp, undefined);
  assert.equal(after?.groupName, undefined);
});

test('ten reports of one topic make one message, others wait five seconds', async () => {
  cluster.topics.set('Other', 1);
  const producer = newProducer({ customizedTraceTopic: 'MyTraces' });
  cluster.topics.set('MyTraces', 1);
  await run(producer.start());
  for (let i = 0; i < 7; i++) await run(producer.send(message));
  for (let i = 0; i < 5; i++) await run(producer.send({ ...message, topic: 'Other' }));
  await environment.clock.advance(50);
  const counts = (): number[] => traceMessages('MyTraces').map((one) => decodeTraceRecords(one.body.toString()).length);
  assert.deepEqual(counts(), [7, 3]);
  await environment.clock.advance(5100);
  assert.deepEqual(counts(), [7, 3, 2]);
  await run(producer.send(message));
  await environment.clock.advance(4900);
  assert.equal(counts().length, 3);
  await environment.clock.advance(200);
  assert.deepEqual(counts(), [7, 3, 2, 1]);
  await run(producer.stop());
});

test('long keys are spread over messages that fit', async () => {
  const producer = newProducer();
  await run(producer.start());
  for (let i = 0; i < 10; i++) {
    const keys = Array.from({ length: 100 }, (_, at) => `${'标'.repeat(90)}-${i}-${at}`);
    await run(producer.send({ ...message, keys }));
  }
  await run(producer.stop());
  assert.equal(records().length, 10);
  for (const one of traceMessages()) assert.ok(one.body.length <= 128_000);
});

test('traces of traces are not made', async () => {
  const producer = newProducer({ traceMsgBatchNum: 1 });
  await run(producer.start());
  await run(producer.send({ topic: TRACE_TOPIC, body: 'x' }));
  cluster.put(TRACE_TOPIC, 0, 'y', { MSG_REGION: 'r1', UNIQ_KEY: 'AC01' });
  const consumer = new PushConsumer({ ...base(), consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET' });
  consumer.subscribe(TRACE_TOPIC);
  await run(consumer.start(() => {}));
  await environment.clock.advance(10_000);
  await run(Promise.all([producer.stop(), consumer.stop()]));
  assert.equal(traceMessages().length, 2);
});

test('nothing is reported without the option, of one-way sends and of refused ones', async () => {
  for (const enableMsgTrace of [false, undefined]) {
    const producer = newProducer({ enableMsgTrace });
    await run(producer.start());
    await run(producer.send(message));
    await run(producer.stop());
  }
  const producer = newProducer({ retryTimesWhenSendFailed: 0 });
  await run(producer.start());
  await run(producer.sendOneway(message));
  cluster.refuseNext('SEND_MESSAGE_V2', 14);
  await assert.rejects(run(producer.send(message)));
  await run(producer.stop());
  assert.deepEqual(records(), []);
});

test('a trace topic that refuses everything costs the sends nothing', async () => {
  const producer = newProducer({ traceMsgBatchNum: 1 });
  await run(producer.start());
  cluster.topics.delete(TRACE_TOPIC);
  cluster.topics.delete('TBW102');
  for (let i = 0; i < 50; i++) {
    const beganMs = environment.clock.monotonicMs();
    await run(producer.send(message));
    assert.ok(environment.clock.monotonicMs() - beganMs < 10);
  }
  await environment.clock.advance(20_000);
  await run(producer.stop());
});

test('while trace messages are not answered, reports are kept up to a bound, and stop does not wait for long', async () => {
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text), named: () => logger };
  const producer = newProducer({ traceMsgBatchNum: 1, logger });
  await run(producer.start());
  await run(producer.send(message));
  await environment.clock.advance(100);
  // The broker takes sends of the producer, but not those of the client of the traces, which are held.
  cluster.held.add(TRACE_TOPIC);
  for (let i = 0; i < 2500; i++) await run(producer.send(message));
  assert.ok(warnings.some((text) => text.includes('later ones are dropped')));
  const beganMs = environment.clock.monotonicMs();
  warnings.length = 0;
  await run(producer.stop());
  assert.ok(environment.clock.monotonicMs() - beganMs <= 5100, 'five seconds at most');
  await environment.clock.advance(1000);
  assert.ok(warnings.length <= 40, `${warnings.length} warnings`);
});

test('options that cannot work are refused', () => {
  const make = (change: object) => () => newProducer(change);
  const bad = [{ traceMsgBatchNum: 0 }, { traceMsgBatchNum: 21 }, { accessChannel: 'MOON' }];
  for (const change of bad) assert.throws(make(change), (error) => (error as ClientError).code === 'OPTION_ILLEGAL');
  assert.throws(make({ customizedTraceTopic: 'a b' }), (error) => (error as ClientError).code === 'NAME_ILLEGAL');
  assert.doesNotThrow(make({ customizedTraceTopic: '' }));
});
