import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type ConsumerStatusEvent,
  type MessageListener,
  Producer,
  PullConsumer,
  PushConsumer,
  type PushConsumerOptions,
  type StatusStream,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** What readers of `status()` see, with our own broker behind. */
let cluster: Cluster;
let producer: Producer;
let own: { stop(): Promise<void> }[];

beforeEach(async () => {
  own = [];
  cluster = await startCluster({ seed: 37, brokers: 2, topics: { TopicTest: 4 } });
  producer = newProducer();
  await cluster.run(producer.start());
});

afterEach(async () => {
  for (const client of own) await cluster.run(client.stop());
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped client leaves no timer');
  assert.equal(cluster.environment.network.connectionCount, 0, 'a stopped client leaves no connection');
});

const filled = (machine: string) => ({
  namesrvAddr: cluster.namesrvAddr,
  platform: cluster.environment.machine(machine),
  logger: silentLogger,
});

function newProducer(changes = {}): Producer {
  const made = new Producer({ ...filled('sending'), producerGroup: 'orders', topics: ['TopicTest'], ...changes });
  own.push(made);
  return made;
}

function newConsumer(changes: Partial<PushConsumerOptions> = {}, machine = 'client'): PushConsumer {
  const consumer = new PushConsumer({
    ...filled(machine),
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    ...changes,
  });
  consumer.subscribe('TopicTest');
  own.push(consumer);
  return consumer;
}

async function started(listener: MessageListener, changes: Partial<PushConsumerOptions> = {}, machine = 'client') {
  const consumer = newConsumer(changes, machine);
  await cluster.run(consumer.start(listener));
  return consumer;
}

async function put(count: number): Promise<void> {
  const queue = { topic: 'TopicTest', brokerName: 'broker-a', queueId: 0 };
  for (let i = 0; i < count; i++) await cluster.run(producer.send({ topic: 'TopicTest', body: `m${i}` }, { queue }));
}

/** Reads in the background; the list grows. */
function gathered<Event>(stream: StatusStream<Event>): { readonly events: Event[]; readonly end: Promise<void> } {
  const events: Event[] = [];
  const end = (async () => {
    for await (const event of stream) events.push(event);
  })();
  return { events, end };
}

/** Of a topic, in the last report; the retry topic of a group has queues of its own. */
const assignedOf = (events: readonly ConsumerStatusEvent[], topic = 'TopicTest') =>
  ofType(events, 'rebalanced')
    .at(-1)
    ?.queues.filter((queue) => queue.topic === topic).length;

const typesOf = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
const ofType = <Event extends { readonly type: string }, Type extends Event['type']>(
  events: readonly Event[],
  type: Type,
) => events.filter((event): event is Extract<Event, { readonly type: Type }> => event.type === type);

test('a reader from before the start sees connections, the first queues, and the end at the stop', async () => {
  const consumer = newConsumer();
  const { events, end } = gathered(consumer.status());
  await cluster.run(consumer.start(() => {}));
  await cluster.run(consumer.stop());
  await cluster.run(end);
  const connected = ofType(events, 'connected').map(({ peer, brokerName }) => brokerName ?? peer);
  assert.deepEqual(connected.sort(), ['NAME_SERVER', 'broker-a', 'broker-b']);
  assert.equal(assignedOf(events), 8);
  assert.deepEqual(ofType(events, 'lost'), [], 'what the client closes itself is not lost');
  assert.ok(events.every(({ timeMs, missed }) => timeMs > 0 && missed === 0));
});

test('a reader that begins later first gets what is connected and assigned', async () => {
  const consumer = await started(() => {});
  const { events, end } = gathered(consumer.status());
  await cluster.advance(1);
  assert.deepEqual(typesOf(events).sort(), ['connected', 'connected', 'connected', 'rebalanced']);
  await cluster.run(consumer.stop());
  await cluster.run(end);
});

test('a broker that dies is lost, with its name, and connected again once it is back', async () => {
  const consumer = await started(() => {});
  const { events } = gathered(consumer.status());
  await cluster.advance(1);
  events.splice(0);
  cluster.broker('broker-b').kill();
  await cluster.advance(2000);
  const [lost] = ofType(events, 'lost');
  assert.deepEqual([lost?.peer, lost?.brokerName], ['BROKER', 'broker-b']);
  await cluster.broker('broker-b').start();
  await cluster.advance(40_000);
  assert.ok(ofType(events, 'connected').some(({ address }) => address === lost!.address));
});

test('a broker that is stopped in order is lost too', async () => {
  const { events } = gathered(producer.status());
  await put(1);
  await cluster.broker('broker-a').stop();
  await producer.send({ topic: 'TopicTest', body: 'x' }).catch(() => {});
  await cluster.advance(5000);
  assert.ok(ofType(events, 'lost').some(({ brokerName }) => brokerName === 'broker-a'));
});

test('each member sees its queues when another one joins and leaves', async () => {
  const first = await started(() => {});
  const { events } = gathered(first.status());
  const second = await started(() => {}, {}, 'other');
  await cluster.advance(5000);
  assert.equal(assignedOf(events), 4);
  await cluster.run(second.stop());
  await cluster.advance(5000);
  assert.equal(assignedOf(events), 8);
});

test('a consumer with several topics reports all its queues, and those that unsubscribe leaves', async () => {
  await cluster.createTopic('Other', 1);
  const consumer = newConsumer();
  consumer.subscribe('Other');
  await cluster.run(consumer.start(() => {}));
  const { events } = gathered(consumer.status());
  await cluster.advance(1);
  assert.equal(assignedOf(events, 'Other'), 2);
  consumer.unsubscribe('Other');
  await cluster.advance(3000);
  assert.equal(assignedOf(events, 'Other'), 0);
  assert.equal(assignedOf(events), 8);
});

test('a full window is reported once in ten seconds, with its queue and what is full', async () => {
  await put(20);
  const consumer = newConsumer({ pullThresholdForQueue: 5, pullBatchSize: 4, consumeThreadMin: 1 });
  const { events } = gathered(consumer.status());
  await cluster.run(
    consumer.start(() => new Promise((resolve) => cluster.clock.after(3000, () => resolve(undefined)))),
  );
  await cluster.advance(25_000);
  const throttled = ofType(events, 'throttled');
  assert.ok(throttled.length >= 2 && throttled.length <= 3, `${throttled.length} times`);
  assert.equal(throttled[0]!.reason, 'COUNT');
  assert.deepEqual(throttled[0]!.queue, { topic: 'TopicTest', brokerName: 'broker-a', queueId: 0 });
  assert.ok(throttled[0]!.count > 5 && throttled[0]!.bytes > 0);
});

test('sends that have to wait are reported once in ten seconds', async () => {
  const small = newProducer({ producerGroup: 'small', maxInFlight: 2 });
  const { events } = gathered(small.status());
  await cluster.run(small.start());
  for (let round = 0; round < 2; round++) {
    const sends = Array.from({ length: 6 }, () => small.send({ topic: 'TopicTest', body: 'x' }));
    await cluster.run(Promise.all(sends));
  }
  const [one, ...more] = ofType(events, 'throttled');
  assert.deepEqual([one?.reason, one?.queue, one?.count, one?.bytes, more.length], ['SENDS', undefined, 2, 2, 0]);
});

for (const [kind, listenerOf] of [
  ['concurrent', (fail: () => never): MessageListener => fail],
  ['ordered', (fail: () => never): MessageListener => ({ orderly: fail })],
] as const) {
  test(`a message that fails for the last time is a dead letter of a ${kind} listener`, async () => {
    await put(1);
    let calls = 0;
    const consumer = newConsumer({ maxReconsumeTimes: 1, suspendCurrentQueueTimeMs: 10 });
    const { events } = gathered(consumer.status());
    const listener = listenerOf(() => {
      calls++;
      throw new Error('no');
    });
    await cluster.run(consumer.start(listener));
    await cluster.advance(60_000);
    const dead = ofType(events, 'deadLettered');
    assert.equal(calls, 2);
    assert.deepEqual(
      dead.map(({ topic, reconsumeTimes }) => [topic, reconsumeTimes]),
      [['TopicTest', 1]],
    );
    const reader = new PullConsumer({ ...filled('tools'), consumerGroup: 'tools', consumeFrom: 'FIRST_OFFSET' });
    own.push(reader);
    const brokers = ['broker-a', 'broker-b'];
    reader.assign(brokers.map((brokerName) => ({ topic: '%DLQ%billing', brokerName, queueId: 0 })));
    await cluster.run(reader.start());
    const messages = await cluster.run(reader.poll());
    assert.deepEqual(
      messages.map(({ msgId }) => msgId),
      [dead[0]!.msgId],
      'and is in the dead letter queue',
    );
  });
}

test('a message that its listener gives up is a dead letter at once', async () => {
  await put(1);
  const consumer = newConsumer();
  const { events } = gathered(consumer.status());
  await cluster.run(consumer.start((message, context) => context.retry(message, -1)));
  await cluster.advance(5000);
  assert.deepEqual(
    ofType(events, 'deadLettered').map(({ reconsumeTimes, queueOffset }) => [reconsumeTimes, queueOffset]),
    [[0, 0]],
  );
});

test('a slow reader loses the oldest events, and the next one says how many', async () => {
  const consumer = await started(() => {});
  const slow = consumer.status();
  const { events } = gathered(consumer.status());
  for (let i = 0; i < 150; i++) {
    cluster.cut('client', 'broker-a');
    await cluster.advance(1200);
  }
  assert.ok(events.length > 300, `${events.length} events`);
  const got: ConsumerStatusEvent[] = [];
  for (let i = 0; i < 256; i++) got.push((await cluster.run(slow.next())).value!);
  assert.equal(got[0]!.missed, events.length - 256);
  assert.ok(got.slice(1).every(({ missed }) => missed === 0));
  assert.deepEqual(typesOf(got), typesOf(events.slice(-256)));
  assert.ok(
    events.every(({ missed }) => missed === 0),
    'the other reader missed nothing',
  );
});

test('a signal, a break and a dispose end one reader, not the others', async () => {
  const consumer = await started(() => {});
  const abort = new AbortController();
  const aborted = gathered(consumer.status({ signal: abort.signal }));
  const left = consumer.status();
  const disposed = consumer.status();
  const other = gathered(consumer.status());
  abort.abort();
  await cluster.run(aborted.end);
  for await (const event of left) if (event.type === 'connected') break;
  assert.deepEqual(await left.next(), { done: true, value: undefined });
  await disposed[Symbol.asyncDispose]();
  assert.deepEqual(await disposed.next(), { done: true, value: undefined });
  const before = other.events.length;
  cluster.cut('client', 'broker-a');
  await cluster.advance(100);
  assert.ok(other.events.length > before);
  assert.deepEqual(await consumer.status({ signal: abort.signal }).next(), { done: true, value: undefined });
});

test('a reader ends when a client is stopped that never ran, and one of a stopped client at once', async () => {
  const consumer = newConsumer();
  const { events, end } = gathered(consumer.status());
  await cluster.run(consumer.stop());
  await cluster.run(end);
  assert.deepEqual(events, []);
  assert.deepEqual(await consumer.status().next(), { done: true, value: undefined });
});

test('a reader stays when a start failed, and sees the next one', async () => {
  const first = await started(() => {}, { instanceName: 'same' });
  const second = newConsumer({ instanceName: 'same' });
  const { events, end } = gathered(second.status());
  await assert.rejects(cluster.run(second.start(() => {})), { code: 'GROUP_TAKEN' });
  await cluster.run(first.stop());
  events.splice(0);
  await cluster.run(second.start(() => {}));
  assert.ok(typesOf(events).includes('rebalanced'));
  await cluster.run(second.stop());
  await cluster.run(end);
});

test('a pull consumer reports assigned queues and the end too', async () => {
  const consumer = new PullConsumer({ ...filled('pulling'), consumerGroup: 'pulling', pullThresholdForAll: 3 });
  own.push(consumer);
  const { events, end } = gathered(consumer.status());
  consumer.assign([{ topic: 'TopicTest', brokerName: 'broker-a', queueId: 0 }]);
  await cluster.run(consumer.start());
  await cluster.run(consumer.seekToBegin(consumer.queues[0]!));
  await put(20);
  await cluster.advance(2000);
  assert.deepEqual(ofType(events, 'rebalanced').at(-1)?.queues, [
    { topic: 'TopicTest', brokerName: 'broker-a', queueId: 0 },
  ]);
  assert.equal(ofType(events, 'throttled')[0]?.reason, 'ALL_QUEUES');
  consumer.assign([]);
  await cluster.advance(2000);
  assert.deepEqual(ofType(events, 'rebalanced').at(-1)?.queues, []);
  await cluster.run(consumer.stop());
  await cluster.run(end);
});
