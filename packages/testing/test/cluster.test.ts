import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Producer, PullConsumer, PushConsumer, silentLogger } from '@rocketmq-ts/client';
import { type Cluster, startCluster } from '@rocketmq-ts/testing';

const FIRST = { consumeFrom: 'FIRST_OFFSET' } as const;

test('a client that knows only the address sends and receives', async () => {
  await using cluster = await startCluster({ brokers: 2 });
  const { namesrvAddr } = cluster;
  await using producer = new Producer({ namesrvAddr, producerGroup: 'shop', logger: silentLogger });
  await producer.start();
  await producer.send({ topic: 'Orders', tags: 'new', keys: ['k1'], body: 'hello', properties: { colour: 'red' } });
  await using consumer = new PushConsumer({ namesrvAddr, consumerGroup: 'billing', logger: silentLogger, ...FIRST });
  consumer.subscribe('Orders');
  const got: string[] = [];
  await consumer.start((message) => void got.push(message.text()));
  const [received] = await cluster.received('billing', { count: 1 });
  assert.equal(received?.text(), 'hello');
  assert.deepEqual([received.topic, received.tags, received.keys], ['Orders', 'new', ['k1']]);
  assert.equal(received.properties.colour, 'red');
  assert.deepEqual([received.group, received.reconsumeTimes], ['billing', 0]);
  const [sent] = await cluster.sent('Orders');
  assert.equal(sent?.msgId, received.msgId);
  assert.equal(sent?.brokerName, received.brokerName);
});

test('sent has the messages of all queues and brokers, received each delivery, both nothing of what is not there', async () => {
  await using cluster = await startCluster({ brokers: 2, topics: { Orders: 3 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  for (let i = 0; i < 50; i++) await producer.send({ topic: 'Orders', body: `order ${i}` });
  const sent = await cluster.sent('Orders', { count: 50 });
  assert.deepEqual(bodies(sent).sort(), Array.from({ length: 50 }, (_, i) => `order ${i}`).sort());
  assert.deepEqual(new Set(sent.map(({ brokerName }) => brokerName)), new Set(['broker-a', 'broker-b']));
  assert.deepEqual(await cluster.sent('Nothing'), []);
  assert.deepEqual(await cluster.received('nobody'), []);
  await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' }, ...FIRST }, () => {});
  assert.equal((await cluster.received('billing', { count: 50, topic: 'Orders' })).length, 50);
  assert.deepEqual(await cluster.received('billing', { topic: 'Other' }), []);
});

test('what a pull consumer polls is received as well, with the basics of the cluster', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'hello' });
  await using consumer = new PullConsumer({ ...cluster.client, consumerGroup: 'reports', ...FIRST });
  consumer.subscribe('Orders');
  await consumer.start();
  assert.deepEqual(bodies(await cluster.received('reports', { count: 1 })), ['hello']);
});

test('messages that do not come are an error that names those that did', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'hello' });
  await assert.rejects(cluster.sent('Orders', { count: 2, timeout: '30ms' }), {
    code: 'TOO_FEW_MESSAGES',
    message: '2 messages were expected in the topic Orders within 30 ms, and there are 1 (Orders: hello).',
  });
  await assert.rejects(cluster.received('nobody', { count: 1, timeout: 0 }), /for the group nobody .* there are none/);
});

test('a topic is made on all brokers, and known when createTopic resolves', async () => {
  await using cluster = await startCluster({ brokers: 2, brokerProperties: { autoCreateTopicEnable: 'false' } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await assert.rejects(producer.send({ topic: 'Orders', body: 'early' }));
  await cluster.createTopic('Orders', { queues: 2 });
  const queues = new Set<string>();
  for (let i = 0; i < 8; i++) {
    const { messageQueue } = await producer.send({ topic: 'Orders', body: 'hello' });
    queues.add(`${messageQueue.brokerName} ${messageQueue.queueId}`);
  }
  assert.equal(queues.size, 4);
  await assert.rejects(cluster.createTopic('bad topic!'), { code: 'TOPIC_REFUSED' });
});

test('clusters run side by side and know nothing of each other', async () => {
  const clusters = await Promise.all(Array.from({ length: 4 }, () => startCluster({ topics: { Orders: 1 } })));
  try {
    await Promise.all(
      clusters.map(async (cluster, index) => {
        const producer = await cluster.producer({ producerGroup: 'shop' });
        await producer.send({ topic: 'Orders', body: `of ${index}` });
        await cluster.advance(`${index}m`);
      }),
    );
    for (const [index, cluster] of clusters.entries()) {
      assert.deepEqual(bodies(await cluster.sent('Orders')), [`of ${index}`]);
    }
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
});

test('with a folder messages outlive a broker that is killed, and nothing is left behind the stop', async () => {
  await using cluster = await startCluster({ store: 'folder', topics: { Orders: 1 } });
  await keepsMessages(cluster);
});

test('in memory messages outlive a broker that is killed', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  await keepsMessages(cluster);
});

test('options are checked, and a mistyped one is refused with the nearest name', async () => {
  const misspelled = { broker: 2 } as object;
  await assert.rejects(startCluster(misspelled), { message: 'There is no option broker. Did you mean brokers?' });
  await assert.rejects(startCluster({ brokers: 0 }), { code: 'OPTION_ILLEGAL' });
  await assert.rejects(startCluster({ brokers: 27 }), { code: 'OPTION_ILLEGAL' });
  await assert.rejects(startCluster({ topics: { Orders: 0 } }), { code: 'OPTION_ILLEGAL' });
  await assert.rejects(startCluster({ clock: 'fast' as 'real' }), /clock is "fast", but must be real or virtual/);
  await assert.rejects(startCluster({ brokerProperties: { listenPort: 'x' } }), { code: 'CONFIG_INVALID' });
  const message = 'There is no option brokerProperties.flushDiskTyp. Did you mean flushDiskType?';
  await assert.rejects(startCluster({ brokerProperties: { flushDiskTyp: 'SYNC_FLUSH' } }), { message });
  const noText = { maxMessageSize: 4_194_304 } as object as Record<string, string>;
  await assert.rejects(startCluster({ brokerProperties: noText }), /must be a text, as in the file/);
  for (const value of [null, 'Orders', ['Orders']])
    await assert.rejects(startCluster({ topics: value } as object), /topics is .*, but must be an object/);
  await assert.rejects(startCluster(null as unknown as object), /The options are null, but must be an object/);
});

test('a name server gets the port that is asked for, and a port in use is an error that leaves nothing', async () => {
  await using first = await startCluster();
  const namesrvPort = Number(first.namesrvAddr.split(':')[1]);
  await assert.rejects(startCluster({ namesrvPort }), { code: 'EADDRINUSE' });
  await first.stop();
  await using second = await startCluster({ namesrvPort });
  assert.equal(second.namesrvAddr, first.namesrvAddr);
});

test('a stopped cluster says so, and may be stopped again', async () => {
  const cluster = await startCluster();
  await Promise.all([cluster.stop(), cluster.stop()]);
  await assert.rejects(cluster.createTopic('Orders'), { code: 'CLUSTER_STOPPED' });
  await assert.rejects(cluster.sent('Orders'), { code: 'CLUSTER_STOPPED' });
  await assert.rejects(cluster.advance('1s'), { code: 'CLUSTER_STOPPED' });
});

async function keepsMessages(cluster: Cluster): Promise<void> {
  const producer = await cluster.producer({ producerGroup: 'shop' });
  for (let i = 0; i < 20; i++) await producer.send({ topic: 'Orders', body: `order ${i}` });
  const before = bodies(await cluster.sent('Orders', { count: 20 }));
  const [broker] = cluster.brokers;
  broker?.kill();
  assert.equal(broker?.isRunning, false);
  await assert.rejects(producer.send({ topic: 'Orders', body: 'meanwhile' }, { timeoutMs: 200 }));
  await broker.start();
  assert.deepEqual(bodies(await cluster.sent('Orders')), before);
  await producer.send({ topic: 'Orders', body: 'after' });
  await cluster.sent('Orders', { count: 21 });
}

function bodies(messages: readonly { text(): string }[]): string[] {
  return messages.map((message) => message.text());
}
