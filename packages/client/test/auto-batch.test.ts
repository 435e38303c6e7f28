import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Producer, type ProducerOptions, selectByHash } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessage } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let producer: Producer;

beforeEach(async () => {
  environment = new SimulatedEnvironment(5);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 4, Other: 1 });
  producer = await startedProducer();
});

afterEach(async () => {
  await environment.clock.run(producer.stop());
  await environment.clock.run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0);
});

async function startedProducer(options: Partial<ProducerOptions> = {}): Promise<Producer> {
  const made = new Producer({
    namesrvAddr: cluster.namesrvAddr,
    producerGroup: `group-${Object.keys(options).join('-')}`,
    platform: environment.machine('client'),
    logger: silentLogger,
    autoBatch: true,
    topics: ['TopicTest', 'Other'],
    ...options,
  });
  await environment.clock.run(made.start());
  return made;
}

async function restart(options: Partial<ProducerOptions>): Promise<void> {
  await environment.clock.run(producer.stop());
  producer = await startedProducer(options);
}

const batches = (): number => cluster.seen.filter((name) => name === 'SEND_BATCH_MESSAGE').length;
const singles = (): number => cluster.seen.filter((name) => name === 'SEND_MESSAGE_V2').length;
const bodies = (): string[] => cluster.log.map(({ record }) => decodeMessage(record).body.toString());
const of = (body: string, more: object = {}) => ({ topic: 'TopicTest', body, ...more });

test('sends of one moment travel as one batch, and each has its own place and ids', async () => {
  const sends = ['a', 'b', 'c'].map((body) => producer.send(of(body)));
  const results = await environment.clock.run(Promise.all(sends));
  assert.equal(batches(), 1);
  assert.equal(singles(), 0);
  for (const [index, result] of results.entries()) {
    const stored = decodeMessage(cluster.log[index]!.record);
    assert.equal(result.msgId, stored.uniqueKey);
    assert.equal(result.offsetMsgId, stored.offsetMsgId);
    assert.equal(result.queueOffset, stored.queueOffset);
    assert.equal(result.messageQueue.queueId, stored.queueId);
    assert.equal(result.sendStatus, 'SEND_OK');
  }
  assert.deepEqual(bodies(), ['a', 'b', 'c']);
});

test('a batch is sent ten milliseconds after its first message, and a message that stays alone is sent as it is', async () => {
  const alone = producer.send(of('alone'));
  await environment.clock.advance(9);
  assert.equal(singles() + batches(), 0);
  assert.deepEqual(producer.pendingSends, { inFlight: 0, waiting: 1 });
  await environment.clock.advance(1);
  assert.equal(producer.pendingSends.waiting, 0);
  await environment.clock.run(alone);
  assert.equal(singles(), 1);
  assert.equal(batches(), 0);
});

test('a later message of another batch waits its own ten milliseconds, with one timer for all', async () => {
  const before = environment.clock.pendingTimers;
  const first = producer.send(of('first'));
  await environment.clock.advance(6);
  const others = ['x', 'y', 'z'].map((tags) => producer.send(of(tags, { tags })));
  assert.equal(environment.clock.pendingTimers, before + 1);
  await environment.clock.advance(4);
  assert.equal(producer.pendingSends.waiting, 3);
  await environment.clock.advance(6);
  assert.equal(producer.pendingSends.waiting, 0);
  await environment.clock.run(Promise.all([first, ...others]));
});

// Source: ProduceAccumulator.AggregateKey.
test('a batch has one topic, one tag, one waitStoreOk and one chosen queue', async () => {
  const queue = { topic: 'TopicTest', brokerName: 'broker-a', queueId: 3 };
  const twice = [0, 1];
  const sends = twice.flatMap(() => [
    producer.send(of('plain')),
    producer.send(of('tagged', { tags: 'TagA' })),
    producer.send(of('unwaited', { waitStoreOk: false })),
    producer.send({ topic: 'Other', body: 'other' }),
    producer.send(of('third'), { queue }),
    producer.send(of('selected'), { select: selectByHash(3) }),
    producer.send(of('hashed'), { select: selectByHash(1) }),
  ]);
  await environment.clock.run(Promise.all(sends));
  const kinds = 'plain plain tagged tagged unwaited unwaited other other third selected third selected hashed hashed';
  assert.deepEqual(bodies(), kinds.split(' '));
  assert.equal(batches(), 6);
  assert.deepEqual([...new Set(cluster.log.slice(8, 12).map(({ queueId }) => queueId))], [3]);
});

// Source: DefaultMQProducer#canBatch.
test('delayed messages, large ones, lists, one-way sends and those with a time or signal of their own are not gathered', async () => {
  const sends = [
    producer.send(of('delayed', { delayLevel: 1 })),
    producer.send(of('x'.repeat(32 * 1024))),
    producer.send(of('timed'), { timeoutMs: 1000 }),
    producer.send(of('signal'), { signal: new AbortController().signal }),
    producer.sendOneway(of('one-way')),
  ];
  const list = producer.send([of('list'), of('list')]);
  assert.equal(producer.pendingSends.waiting, 0);
  await environment.clock.run(Promise.all([...sends, list]));
  assert.equal(batches(), 1);
});

test('a batch that is full is sent at once, and never has more bytes than allowed', async () => {
  await restart({ batchMaxBytes: 100, batchMaxDelayMs: 30_000 });
  const sends = [60, 60, 40, 50].map((bytes) => producer.send(of('x'.repeat(bytes))));
  await environment.clock.advance(1);
  assert.equal(singles(), 1, 'the first, since the second had no room beside it');
  assert.equal(batches(), 1, 'the second and third fill a batch');
  assert.equal(producer.pendingSends.waiting, 1);
  await environment.clock.run(Promise.all(sends));
});

test('a batch has no more bytes on the wire than a message may have', async () => {
  await restart({ maxMessageBytes: 300, batchMaxDelayMs: 20 });
  const sends = Array.from({ length: 20 }, () => producer.send(of('b', { tags: 'T' })));
  await environment.clock.run(Promise.all(sends));
  assert.equal(cluster.log.length, 20);
  assert.ok(batches() >= 7, `${batches()} batches`);
});

test('a message that has no room among those that are gathered is sent by itself', async () => {
  await restart({ totalBatchMaxBytes: 10, batchMaxDelayMs: 30_000 });
  const gathered = [producer.send(of('12345')), producer.send(of('12345'))];
  await environment.clock.run(producer.send(of('6')));
  assert.deepEqual(bodies(), ['6']);
  assert.equal(producer.pendingSends.waiting, 2);
  await environment.clock.run(Promise.all(gathered));
  await environment.clock.run(Promise.resolve(producer.setAutoBatch(false)));
  await environment.clock.run(producer.send(of('7')));
  assert.equal(singles(), 2);
});

test('every send of a batch fails as the batch does, and the room is free again', async () => {
  await restart({ totalBatchMaxBytes: 2, batchMaxDelayMs: 30_000 });
  cluster.refuseNext('SEND_BATCH_MESSAGE', 13, 'not this one');
  const sends = [producer.send(of('a')), producer.send(of('b'))];
  const outcomes = environment.clock.run(Promise.allSettled(sends));
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, 'rejected');
    assert.match(String(outcome.status === 'rejected' && outcome.reason), /not this one/);
  }
  const again = producer.send(of('c'));
  assert.equal(producer.pendingSends.waiting, 1);
  await environment.clock.run(again);
});

test('a stop sends what was gathered and waits for the answers', async () => {
  await restart({ batchMaxDelayMs: 30_000 });
  const sends = ['a', 'b'].map((body) => producer.send(of(body)));
  await environment.clock.run(producer.stop());
  assert.deepEqual(
    (await Promise.all(sends)).map(({ queueOffset }) => queueOffset),
    [0, 1],
  );
});

test('setAutoBatch(false) sends what was gathered, and later messages one by one', async () => {
  await restart({ batchMaxDelayMs: 30_000 });
  const gathered = ['a', 'b'].map((body) => producer.send(of(body)));
  producer.setAutoBatch(false);
  assert.equal(producer.autoBatch, false);
  await environment.clock.run(Promise.all(gathered));
  assert.equal(batches(), 1);
  await environment.clock.run(Promise.all(['c', 'd'].map((body) => producer.send(of(body)))));
  assert.equal(singles(), 2);
});

test('a producer whose topic has no route yet sends by itself until it knows the queues of a selector', async () => {
  await restart({ topics: [] });
  const sends = ['a', 'b'].map((body) => producer.send(of(body), { select: selectByHash(2) }));
  await environment.clock.run(Promise.all(sends));
  assert.equal(singles(), 2);
  await environment.clock.run(
    Promise.all(['c', 'd'].map((body) => producer.send(of(body), { select: selectByHash(2) }))),
  );
  assert.equal(batches(), 1);
  assert.deepEqual(bodies(), ['a', 'b', 'c', 'd']);
});

test('limits outside their range are refused', () => {
  for (const wrong of [
    { batchMaxDelayMs: 0 },
    { batchMaxDelayMs: 30_001 },
    { batchMaxBytes: 2 * 1024 * 1024 + 1 },
    { totalBatchMaxBytes: 0 },
  ]) {
    assert.throws(() => new Producer({ namesrvAddr: 'a:1', producerGroup: 'g', ...wrong }), /OPTION|option/);
  }
});
