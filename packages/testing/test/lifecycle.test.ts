import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testing';

test('a hundred clusters, one after the other, leave nothing', async () => {
  const live = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name));
  await startAndStop();
  const before = live();
  for (let i = 0; i < 99; i++) await startAndStop();
  assert.deepEqual(live(), before);
});

test('a stopped cluster listens nowhere, and its clients are stopped', async () => {
  const cluster = await startCluster({ brokers: 2, topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => {});
  const addresses = [cluster.nameServer, ...cluster.brokers].map(({ address }) => address);
  await cluster.stop();
  for (const address of addresses) await assert.rejects(connected(address), { code: 'ECONNREFUSED' });
  await assert.rejects(producer.send({ topic: 'Orders', body: 'late' }), { code: 'WRONG_STATE' });
});

test('the folder of a cluster is removed', async () => {
  const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('rocketmq-ts-'));
  const before = new Set(folders());
  const cluster = await startCluster({ store: 'folder', topics: { Orders: 1 } });
  const own = folders().filter((name) => !before.has(name));
  assert.ok(own.length >= 1);
  await cluster.stop();
  assert.ok(own.some((name) => !folders().includes(name)));
});

test('a cluster stops whatever is wrong with it: partitions, a killed broker, a slow and a full disk', async () => {
  const cluster = await startCluster({ brokers: 3, topics: { Orders: 1 } });
  await cluster.producer({ producerGroup: 'shop' });
  const [first, second, third] = cluster.brokers;
  first?.kill();
  second?.slowDisk('50ms');
  third?.fillDisk();
  cluster.partition('broker-b', 'namesrv');
  cluster.partition('broker-c', 'clients');
  await cluster.stop();
  assert.deepEqual(
    cluster.brokers.map(({ isRunning }) => isRunning),
    [false, false, false],
  );
});

test('a broker may be killed and started at any time', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const broker = cluster.broker('broker-a');
  const producer = await cluster.producer({ producerGroup: 'shop' });
  for (let i = 0; i < 10; i++) {
    const sending = producer.send({ topic: 'Orders', body: `order ${i}` }).catch(() => undefined);
    if (i % 2 === 0) await sending;
    broker.kill();
    broker.kill();
    await broker.start();
    await broker.start();
    await sending;
  }
  const sent = await cluster.sent('Orders', { count: 5 });
  const bodies = new Set(sent.map((message) => message.text()));
  for (const i of [0, 2, 4, 6, 8]) assert.ok(bodies.has(`order ${i}`), `order ${i} was acknowledged`);
});

test('a broker that is killed while it starts or stops leaves nobody waiting', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const broker = cluster.broker('broker-a');
  await broker.stop();
  const starts = [broker.start(), broker.start()];
  broker.kill();
  for (const start of starts) await assert.rejects(start, { code: 'SERVER_KILLED' });
  await broker.start();
  const stopping = broker.stop();
  broker.kill();
  await stopping;
  await broker.start();
  await cluster.createTopic('Other');
});

test('a broker starts again with other properties, and with none that are wrong', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const broker = cluster.broker('broker-a');
  const { address } = broker;
  await broker.stop();
  await assert.rejects(broker.start({ maxMessageSize: 'big' }), { code: 'CONFIG_INVALID' });
  assert.equal(broker.isRunning, false);
  await broker.start({ maxMessageSize: '4194304', brokerPermission: '6' });
  assert.equal(broker.address, address);
});

test('a refused property is forgotten: the next start has those of the last one', async () => {
  await using cluster = await startCluster();
  const broker = cluster.broker('broker-a');
  await broker.stop();
  await assert.rejects(broker.start({ maxMessageSize: 'big' }), { code: 'CONFIG_INVALID' });
  await assert.rejects(broker.start({ brokerRole: 'SLAVE' }), { code: 'BROKER_ROLE_INVALID' });
  await broker.start();
  assert.equal(broker.isRunning, true);
});

test('a start while a broker stops follows its stop', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const broker = cluster.broker('broker-a');
  await Promise.all([broker.stop(), broker.start(), broker.start()]);
  assert.equal(broker.isRunning, true);
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'after' });
});

test('nothing can be started in a stopped cluster', async () => {
  const cluster = await startCluster({ store: 'folder' });
  const starts = [
    () => cluster.broker('broker-a').start(),
    () => cluster.nameServer.start(),
    () => cluster.producer({ producerGroup: 'shop' }),
    () => cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => {}),
  ];
  const stopping = cluster.stop();
  for (const start of starts) await assert.rejects(start, { code: 'CLUSTER_STOPPED' });
  await stopping;
  for (const start of starts) await assert.rejects(start, { code: 'CLUSTER_STOPPED' });
  assert.equal(cluster.broker('broker-a').isRunning, false);
});

test('what waits for a cluster ends with its stop', async () => {
  const cluster = await startCluster({ topics: { Orders: 1 } });
  const waits = [
    cluster.received('billing', { count: 1, timeout: '1h' }),
    cluster.sent('Orders', { count: 1, timeout: '1h' }),
    cluster.createTopic('Other'),
    cluster.producer({ producerGroup: 'shop' }),
  ].map((wait) => assert.rejects(wait, { code: 'CLUSTER_STOPPED' }));
  await cluster.stop();
  await Promise.all(waits);
});

async function startAndStop(): Promise<void> {
  const cluster = await startCluster({ topics: { Orders: 1 } });
  await cluster.stop();
}

function connected(address: string): Promise<void> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host!, port: Number(port) }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
