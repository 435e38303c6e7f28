import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type MessageExt, type MessageListener, PushConsumer, type PushConsumerOptions } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import * as protocol from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** What push consumers do with our own broker behind them; what needs a peer that does odd things has a scripted one. */
let cluster: Cluster;
let producer: Awaited<ReturnType<Cluster['producer']>>;
let own: PushConsumer[];

beforeEach(async () => {
  cluster = await startCluster({ seed: 23, topics: { TopicTest: 4 } });
  producer = await cluster.producer({ producerGroup: 'orders' });
  own = [];
});

afterEach(async () => {
  for (const consumer of own) await cluster.run(consumer.stop());
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped consumer leaves no timer');
  assert.equal(cluster.environment.network.connectionCount, 0, 'a stopped consumer leaves no connection');
});

const BILLING = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET' } as const;

/** A consumer whose start the caller waits for, or not. */
function newConsumer(changes: Partial<PushConsumerOptions> = {}, machine = 'client'): PushConsumer {
  const { namesrvAddr, environment } = cluster;
  const platform = environment.machine(machine);
  const consumer = new PushConsumer({ namesrvAddr, platform, logger: silentLogger, ...BILLING, ...changes });
  own.push(consumer);
  return consumer;
}

async function started(
  listener: MessageListener,
  changes: Partial<PushConsumerOptions> = {},
  expression = '*',
  machine = 'client',
): Promise<PushConsumer> {
  const consumer = newConsumer(changes, machine);
  consumer.subscribe('TopicTest', expression);
  await cluster.run(consumer.start(listener));
  return consumer;
}

async function put(topic: string, queueId: number, body: string, tags?: string): Promise<void> {
  const queue = { topic, brokerName: 'broker-a', queueId };
  await cluster.run(producer.send({ topic, body, tags }, { queue }));
}

async function putRound(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await put('TopicTest', i % 4, `m${i}`);
}

/** What the broker has of the group; undefined when it has nothing. */
async function offsetOf(queueId: number): Promise<number | undefined> {
  const header = { consumerGroup: 'billing', topic: 'TopicTest', queueId, setZeroIfNotFound: false };
  const { address } = cluster.broker('broker-a');
  const answer = await cluster.run(cluster.admin.ask(address, protocol.QUERY_CONSUMER_OFFSET, header));
  return answer?.code === protocol.ResponseCode.SUCCESS ? answer.header.offset : undefined;
}

const bodies = (messages: readonly MessageExt[]) => messages.map((message) => message.text()).sort();

test('a consumer alone in its group begins without waiting for other members', async () => {
  await putRound(4);
  const startMs = cluster.clock.monotonicMs();
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await cluster.advance(20);
  assert.equal(got.length, 4);
  assert.ok(cluster.clock.monotonicMs() - startMs < 300);
});

test('only the tags of the expression are delivered, and the offset moves past the others', async () => {
  await put('TopicTest', 0, 'a', 'Aa');
  // The same tags code as Aa: a broker cannot tell them apart.
  await put('TopicTest', 0, 'b', 'BB');
  await put('TopicTest', 0, 'c', 'TagC');
  await put('TopicTest', 1, 'd');
  const got: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message), {}, 'Aa || TagC');
  await cluster.advance(2000);
  assert.deepEqual(bodies(got), ['a', 'c']);
  await cluster.run(consumer.stop());
  assert.equal(await offsetOf(0), 3);
  assert.equal(await offsetOf(1), 1);
});

test('messages that do not match never move the offset past one that is still being handled', async () => {
  await put('TopicTest', 0, 'a', 'TagA');
  const consumer = await started(() => new Promise<void>(() => {}), { awaitTerminationMs: 0 }, 'TagA');
  await cluster.advance(100);
  for (let i = 0; i < 5; i++) await put('TopicTest', 0, 'b', 'TagB');
  await cluster.advance(10_000);
  await cluster.run(consumer.stop());
  assert.equal((await offsetOf(0)) ?? 0, 0);
});

test('two members share the queues without delivering twice, and the rest takes over when one leaves', async () => {
  await putRound(8);
  const got: Record<string, string[]> = { one: [], two: [] };
  const one = await started((message) => void got.one!.push(message.text()), {}, '*', 'one');
  // The first member may share queues again only 300 ms after the second joins, and has not written its offsets yet.
  await cluster.advance(700);
  const two = await started((message) => void got.two!.push(message.text()), {}, '*', 'two');
  await cluster.advance(3000);
  assert.deepEqual(
    [one.queues, two.queues].map((queues) => queues.filter((queue) => queue.topic === 'TopicTest').length),
    [2, 2],
  );
  await putRound(8);
  await cluster.advance(1000);
  assert.equal(got.one!.length + got.two!.length, 16, 'nothing was delivered twice');
  assert.equal(got.two!.length, 4);
  await cluster.run(one.stop());
  await cluster.advance(3000);
  assert.equal(two.queues.filter((queue) => queue.topic === 'TopicTest').length, 4);
  await putRound(4);
  await cluster.advance(1000);
  assert.equal(got.two!.length, 8);
});

test('members that start at nearly the same time while messages flow deliver none twice', async () => {
  const got: string[] = [];
  const starts: Promise<unknown>[] = [];
  // Newcomers read the offsets of their queues within this time, and the former owners get new messages all along.
  let count = 0;
  for (; count < 200; count++) {
    const machine = { 0: 'one', 8: 'two', 20: 'three' }[count];
    if (machine !== undefined) {
      const consumer = newConsumer({}, machine);
      consumer.subscribe('TopicTest');
      starts.push(consumer.start((message) => void got.push(message.text())));
    }
    const queue = { topic: 'TopicTest', brokerName: 'broker-a', queueId: count % 4 };
    starts.push(producer.send({ topic: 'TopicTest', body: `m${count}` }, { queue }));
    await cluster.advance(10);
  }
  await cluster.run(Promise.all(starts));
  await cluster.advance(1000);
  assert.equal(new Set(got).size, count);
  assert.equal(got.length, count, 'nothing was delivered twice');
});

test('a topic can be added and removed while running', async () => {
  await cluster.createTopic('Other', 1);
  const got: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message));
  consumer.subscribe('Other');
  await cluster.advance(3000);
  await put('Other', 0, 'other');
  await cluster.advance(1000);
  assert.deepEqual(bodies(got), ['other']);
  consumer.unsubscribe('Other');
  await cluster.advance(3000);
  await put('Other', 0, 'unseen');
  await cluster.advance(3000);
  assert.equal(got.length, 1);
});

test('ordered: a failure pauses its queue and is redelivered first', async () => {
  for (let i = 0; i < 3; i++) await put('TopicTest', 0, `m${i}`);
  const calls: string[] = [];
  const times: number[] = [];
  await started({
    orderly([message], context) {
      calls.push(message!.text());
      times.push(cluster.clock.monotonicMs());
      if (calls.length === 2) {
        context.suspendCurrentQueueTimeMs = 2000;
        return 'SUSPEND_CURRENT_QUEUE_A_MOMENT';
      }
      return 'SUCCESS';
    },
  });
  await cluster.advance(5000);
  assert.deepEqual(calls, ['m0', 'm1', 'm1', 'm2']);
  assert.ok(times[2]! - times[1]! >= 2000);
});

test('a consumer that starts before any broker delivers once there is one', async () => {
  await cluster.broker('broker-a').stop();
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await cluster.advance(5000);
  await cluster.broker('broker-a').start();
  await putRound(4);
  await cluster.advance(40_000);
  assert.equal(got.length, 4);
});
