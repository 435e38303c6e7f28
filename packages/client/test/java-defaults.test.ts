import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type ConsumeFrom,
  type MessageExt,
  Producer,
  type ProducerOptions,
  PushConsumer,
  type PushConsumerOptions,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { LITE_PULL_MESSAGE, PULL_MESSAGE, ResponseCode, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

/** What the best known properties of Apache's client do here, under their names there. */
let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let clients: { stop(): Promise<void> }[];
/** Header fields of the requests that the clients send: code → fields. */
let requests: { readonly code: number; readonly fields: Readonly<Record<string, string>> }[];

beforeEach(async () => {
  environment = new SimulatedEnvironment(37);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 4, TBW102: 8 });
  clients = [];
  requests = [];
});

afterEach(async () => {
  for (const client of clients) await environment.clock.run(client.stop());
  await environment.clock.run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0);
});

const common = () => ({
  namesrvAddr: cluster.namesrvAddr,
  platform: environment.machine('client'),
  logger: silentLogger,
  hooks: [
    (_address: string, code: number, fields: Record<string, string>): void =>
      void requests.push({ code, fields: { ...fields } }),
  ],
});

async function newProducer(changes: Partial<ProducerOptions> = {}): Promise<Producer> {
  const producer = new Producer({ ...common(), producerGroup: 'orders', ...changes });
  clients.push(producer);
  await environment.clock.run(producer.start());
  return producer;
}

async function newConsumer(
  listener: Parameters<PushConsumer['start']>[0],
  changes: Partial<PushConsumerOptions> = {},
): Promise<PushConsumer> {
  const consumer = new PushConsumer({ ...common(), consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', ...changes });
  clients.push(consumer);
  consumer.subscribe('TopicTest');
  await environment.clock.run(consumer.start(listener));
  return consumer;
}

const message = { topic: 'TopicTest', body: 'x' };
const sendsSeen = (): number => cluster.seen.filter((name) => name === SEND_MESSAGE_V2.name).length;
const fieldsOf = (code: number) => requests.filter((request) => request.code === code).map(({ fields }) => fields);
const offsetOf = (queueId: number) => cluster.offsets.get(`TopicTest@billing@${queueId}`);

test('sendMsgTimeout: a send that no broker answers rejects after 3000 ms, retries included', async () => {
  const producer = await newProducer();
  cluster.held.add('TopicTest');
  const startMs = environment.clock.monotonicMs();
  await assert.rejects(environment.clock.run(producer.send(message)), { code: 'SEND_TIMEOUT' });
  const tookMs = environment.clock.monotonicMs() - startMs;
  assert.ok(tookMs >= 3000 && tookMs < 3100, `${tookMs} ms`);
});

test('retryTimesWhenSendFailed, retryTimesWhenSendAsyncFailed: two more attempts, of sends with and without await', async () => {
  const producer = await newProducer();
  for (let i = 0; i < 2; i++) cluster.refuseNext(SEND_MESSAGE_V2.name, ResponseCode.SYSTEM_BUSY);
  assert.equal((await environment.clock.run(producer.send(message))).sendStatus, 'SEND_OK');
  assert.equal(sendsSeen(), 3);
  for (let i = 0; i < 6; i++) cluster.refuseNext(SEND_MESSAGE_V2.name, ResponseCode.SYSTEM_BUSY);
  const both = Promise.allSettled([producer.send(message), producer.send(message)]);
  const outcomes = await environment.clock.run(both);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(sendsSeen(), 9);
  const once = await newProducer({ retryTimesWhenSendFailed: 0, producerGroup: 'once' });
  cluster.refuseNext(SEND_MESSAGE_V2.name, ResponseCode.SYSTEM_BUSY);
  await assert.rejects(environment.clock.run(once.send(message)));
  assert.equal(sendsSeen(), 10);
});

test('retryAnotherBrokerWhenNotStoreOK: a message that is stored but not flushed is sent again only where that is wanted', async () => {
  cluster.sendCode = ResponseCode.FLUSH_DISK_TIMEOUT;
  const producer = await newProducer();
  assert.equal((await environment.clock.run(producer.send(message))).sendStatus, 'FLUSH_DISK_TIMEOUT');
  assert.equal(sendsSeen(), 1);
  const again = await newProducer({ retryAnotherBrokerWhenNotStoreOk: true, producerGroup: 'again' });
  assert.equal((await environment.clock.run(again.send(message))).sendStatus, 'FLUSH_DISK_TIMEOUT');
  assert.equal(sendsSeen(), 4);
});

test('compressMsgBodyOverHowmuch: bodies of 4096 bytes and more are compressed', async () => {
  const producer = await newProducer();
  for (const bytes of [4095, 4096])
    await environment.clock.run(producer.send({ topic: 'TopicTest', body: Buffer.alloc(bytes) }));
  const flags = fieldsOf(SEND_MESSAGE_V2.code).map(({ f }) => Number(f) & 1);
  assert.deepEqual(flags, [0, 1]);
});

test('maxMessageSize: a body of 4 MiB is sent, one byte more is refused before', async () => {
  const producer = await newProducer({ compressOverBytes: 10 });
  const limit = 4 * 1024 * 1024;
  await environment.clock.run(producer.send({ topic: 'TopicTest', body: Buffer.alloc(limit) }));
  const over = producer.send({ topic: 'TopicTest', body: Buffer.alloc(limit + 1) });
  await assert.rejects(environment.clock.run(over), { code: 'MESSAGE_ILLEGAL', message: /4194305 bytes/ });
  assert.equal(sendsSeen(), 1);
});

test('defaultTopicQueueNums, createTopicKey: a topic that brokers make by themselves gets four queues, as TBW102 has them', async () => {
  const producer = await newProducer();
  await environment.clock.run(producer.send({ topic: 'NewTopic', body: 'x' }));
  const [fields] = fieldsOf(SEND_MESSAGE_V2.code);
  assert.equal(fields?.c, 'TBW102');
  assert.equal(fields?.d, '4');
  assert.equal(cluster.topics.get('NewTopic'), 4);
});

test('consumeThreadMin, consumeThreadMax: twenty calls of the listener run at a time', async () => {
  let running = 0;
  let most = 0;
  await newConsumer(async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => environment.clock.after(100, resolve));
    running--;
  });
  for (let i = 0; i < 60; i++) cluster.put('TopicTest', i % 4, 'x');
  await environment.clock.advance(5000);
  assert.equal(most, 20);
});

test('pullInterval, pullBatchSize: pulls follow at once and ask for 32 messages; both can be changed', async () => {
  const first = await newConsumer(() => {});
  assert.ok(fieldsOf(PULL_MESSAGE.code).length > 0);
  for (const { maxMsgNums } of fieldsOf(PULL_MESSAGE.code)) assert.equal(maxMsgNums, '32');
  await environment.clock.run(first.stop());
  requests = [];
  for (let i = 0; i < 6; i++) cluster.put('TopicTest', 0, 'x');
  const startMs = environment.clock.monotonicMs();
  const times: number[] = [];
  await newConsumer(() => void times.push(environment.clock.monotonicMs() - startMs), {
    pullIntervalMs: 1000,
    pullBatchSize: 2,
    consumerGroup: 'slow',
  });
  await environment.clock.advance(5000);
  assert.equal(fieldsOf(PULL_MESSAGE.code)[0]?.maxMsgNums, '2');
  assert.equal(times.length, 6);
  assert.ok(times[5]! - times[0]! >= 2000 && times[5]! - times[0]! < 2500);
  assert.equal(fieldsOf(LITE_PULL_MESSAGE.code).length, 0);
});

const failOnce = (message: MessageExt) => (message.reconsumeTimes === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS');

test('maxReconsumeTimes: brokers are asked to give up after 16, or after as many as are set', async () => {
  const limits = (): (string | undefined)[] => fieldsOf(36).map(({ maxReconsumeTimes }) => maxReconsumeTimes);
  await newConsumer(failOnce);
  cluster.put('TopicTest', 0, 'x');
  await environment.clock.advance(200);
  assert.equal(limits()[0], '16');
  requests = [];
  await newConsumer(failOnce, { consumerGroup: 'few', maxReconsumeTimes: 3 });
  await environment.clock.advance(200);
  assert.ok(fieldsOf(36).some(({ group, maxReconsumeTimes }) => group === 'few' && maxReconsumeTimes === '3'));
});

test('consumeTimeout: a message that is longer than 15 minutes in the listener is given back', async () => {
  await newConsumer(() => new Promise(() => {}), { awaitTerminationMs: 0 });
  cluster.put('TopicTest', 0, 'x');
  await environment.clock.advance(15 * 60_000 - 1000);
  assert.equal(cluster.givenBack.length, 0);
  await environment.clock.advance(15 * 60_000 + 2000);
  assert.deepEqual(
    cluster.givenBack.map(({ delayLevel }) => delayLevel),
    [3],
  );
});

test('consumeFromWhere: a new group starts at the end, or at the beginning where that is wanted', async () => {
  for (let i = 0; i < 3; i++) cluster.put('TopicTest', 0, 'x');
  const starts: Record<string, string | undefined> = {};
  for (const consumeFrom of [undefined, 'FIRST_OFFSET'] as (ConsumeFrom | undefined)[]) {
    requests = [];
    const consumerGroup = `from_${consumeFrom}`;
    const consumer = await newConsumer(() => {}, { consumeFrom, consumerGroup });
    await environment.clock.advance(1000);
    const pulls = fieldsOf(PULL_MESSAGE.code).filter(({ topic, queueId }) => topic === 'TopicTest' && queueId === '0');
    starts[String(consumeFrom)] = pulls[0]?.queueOffset;
    await environment.clock.run(consumer.stop());
  }
  assert.equal(starts.undefined, '3');
  assert.equal(starts.FIRST_OFFSET, '0');
});

test('messageModel: one member of a clustering group gets a message, each of a broadcasting one', async () => {
  for (const [model, expected] of [
    [undefined, 4],
    ['BROADCASTING', 8],
  ] as const) {
    let count = 0;
    const consumerGroup = `model_${model}`;
    for (const machine of ['one', 'two'])
      await newConsumer(() => void count++, { model, consumerGroup, platform: environment.machine(machine) });
    await environment.clock.advance(3000);
    for (let i = 0; i < 4; i++) cluster.put('TopicTest', i, 'x');
    await environment.clock.advance(3000);
    assert.equal(count, expected, String(model));
    for (const client of clients.splice(0)) await environment.clock.run(client.stop());
    cluster.log.length = 0;
  }
});

test('persistConsumerOffsetInterval: progress is written every five seconds', async () => {
  await newConsumer(() => {});
  cluster.put('TopicTest', 0, 'x');
  await environment.clock.advance(9000);
  assert.equal(offsetOf(0) ?? 0, 0);
  await environment.clock.advance(7000);
  assert.equal(offsetOf(0), 1);
});
