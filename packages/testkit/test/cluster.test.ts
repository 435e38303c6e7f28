import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLogLine, startCluster } from '@rocketmq-ts/testkit/cluster';

/** What a small life of a cluster looked like from outside, line by line. */
async function historyOf(seed: number): Promise<string[]> {
  const lines: string[] = [];
  const environment = { network: { maxLatencyMs: 3 }, disk: { maxLatencyMs: 5 } };
  const onLog = (line: Parameters<typeof formatLogLine>[0]): void => void lines.push(formatLogLine(line));
  const cluster = await startCluster({ seed, topics: { TopicTest: 2 }, environment, onLog });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  await cluster.consumer({ consumerGroup: 'billing', topics: { TopicTest: '*' } }, (message) => {
    lines.push(`${cluster.clock.monotonicMs()} got ${message.text()} ${message.msgId}`);
  });
  const result = await cluster.run(producer.send({ topic: 'TopicTest', body: 'hello' }));
  lines.push(`${cluster.clock.monotonicMs()} ${result}`);
  await cluster.advance(1000);
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
  return lines;
}

test('a message passes from a producer through a broker to a consumer, and a seed repeats it to the byte', async () => {
  const first = await historyOf(1);
  assert.ok(
    first.some((line) => /got hello/.test(line)),
    first.join('\n'),
  );
  assert.deepEqual(await historyOf(1), first);
  assert.notDeepEqual(await historyOf(2), first);
});

test('what a killed broker acknowledged is there when it is started again', async () => {
  const cluster = await startCluster({ seed: 3, topics: { TopicTest: 1 } });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  await cluster.run(producer.send({ topic: 'TopicTest', body: 'before' }));
  cluster.broker('broker-a').kill();
  await assert.rejects(cluster.run(producer.send({ topic: 'TopicTest', body: 'meanwhile' })));
  await cluster.broker('broker-a').start();
  const got: string[] = [];
  const options = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { TopicTest: '*' } } as const;
  await cluster.consumer(options, (message) => void got.push(message.text()));
  await cluster.advance(1000);
  assert.deepEqual(got, ['before']);
  await cluster.stop();
});

test('a send to a broker behind a partition is made to another one', async () => {
  const cluster = await startCluster({ seed: 4, brokers: 2, topics: { TopicTest: 1 } });
  const producer = await cluster.producer({ producerGroup: 'orders', machine: 'shop', attemptTimeoutMs: 500 });
  cluster.partition('shop', 'broker-a');
  for (let i = 0; i < 4; i++) {
    const { messageQueue } = await cluster.run(producer.send({ topic: 'TopicTest', body: 'hello' }));
    assert.equal(messageQueue.brokerName, 'broker-b');
  }
  cluster.heal();
  await cluster.advance(1000);
  const brokers = new Set<string>();
  for (let i = 0; i < 4; i++) {
    brokers.add((await cluster.run(producer.send({ topic: 'TopicTest', body: 'hello' }))).messageQueue.brokerName);
  }
  assert.deepEqual([...brokers].sort(), ['broker-a', 'broker-b']);
  await cluster.stop();
});

test('another member takes over the queues of a consumer whose process was killed', async () => {
  const cluster = await startCluster({ seed: 5, topics: { TopicTest: 4 } });
  const options = { consumerGroup: 'billing', topics: { TopicTest: '*' } };
  const first = await cluster.consumer(options, () => {});
  const second = await cluster.consumer(options, () => {});
  await cluster.advance(2000);
  cluster.killClient(first);
  await cluster.advance(5000);
  assert.equal(second.queues.filter(({ topic }) => topic === 'TopicTest').length, 4);
  await cluster.stop();
});

test('a machine that is not there is an error that names those that are', async () => {
  const cluster = await startCluster({ brokers: 2 });
  assert.throws(() => cluster.broker('broker-c'), /no broker-c; there are broker-a, broker-b/);
  await cluster.stop();
});
