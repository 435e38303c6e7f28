import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Producer, silentLogger } from '@rocketmq-ts/client';
import { type Cluster, startCluster } from '@rocketmq-ts/testing';

test('sends go to the other broker while one is stopped, and to both after its start', async () => {
  await using cluster = await startCluster({ brokers: 2, topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await cluster.broker('broker-a').stop();
  assert.deepEqual(await brokersOfSends(producer), ['broker-b']);
  await cluster.broker('broker-a').start();
  await cluster.advance('30s');
  assert.deepEqual(await brokersOfSends(producer), ['broker-a', 'broker-b']);
});

test('behind a partition nothing arrives, and what was written passes when it is healed', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'before' });
  cluster.partition('broker-a', 'clients');
  const waiting = producer.send({ topic: 'Orders', body: 'held back' }, { timeoutMs: 60_000 });
  await cluster.advance('2s');
  assert.equal((await cluster.sent('Orders')).length, 1, 'the cluster itself looks past partitions');
  cluster.heal('broker-a', 'clients');
  assert.equal((await waiting).sendStatus, 'SEND_OK');
  assert.equal((await cluster.sent('Orders')).length, 2);
});

test('time passes as fast as ever while answers are held back, and a consumer goes on after the healing', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const consumers = { consumerGroup: 'billing', topics: { Orders: '*' } };
  const handled = new Promise<string>((resolve) => {
    void cluster
      .consumer(consumers, (message) => resolve(message.text()))
      .then(async () => {
        cluster.partition('broker-a', 'clients');
        await cluster.advance('1m');
        cluster.heal();
        await cluster.advance('1m');
        const producer = await cluster.producer({ producerGroup: 'shop' });
        await producer.send({ topic: 'Orders', body: 'after' });
      });
  });
  assert.equal(await handled, 'after');
});

test('a client with only the address is behind the partition of clients too', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const { namesrvAddr } = cluster;
  await using producer = new Producer({ namesrvAddr, producerGroup: 'shop', logger: silentLogger });
  await producer.start();
  await producer.send({ topic: 'Orders', body: 'before' });
  cluster.partition('clients', 'broker-a');
  await assert.rejects(producer.send({ topic: 'Orders', body: 'meanwhile' }, { timeoutMs: 100 }));
  cluster.heal();
  await producer.send({ topic: 'Orders', body: 'after' });
});

test('a name server that loses a broker behind a partition forgets it, and has it again after the healing', async () => {
  await using cluster = await startCluster({ brokers: 2, topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  cluster.partition('broker-a', 'namesrv');
  await cluster.advance('3m');
  assert.deepEqual(await brokersOfSends(producer), ['broker-b']);
  cluster.heal();
  await cluster.advance('90s');
  assert.deepEqual(await brokersOfSends(producer), ['broker-a', 'broker-b']);
});

test('connections that are cut are made again', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'before' });
  cluster.cut('broker-a', 'clients');
  await producer.send({ topic: 'Orders', body: 'after' });
  cluster.cut('broker-a', 'namesrv');
  await cluster.advance('1m');
  await producer.send({ topic: 'Orders', body: 'later' });
});

test('a full disk refuses messages, and takes them again when it has room', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop', retryTimesWhenSendFailed: 0 });
  await producer.send({ topic: 'Orders', body: 'before' });
  cluster.broker('broker-a').fillDisk();
  await refused(cluster, producer);
  cluster.broker('broker-a').mendDisk();
  await cluster.advance('1m');
  await producer.send({ topic: 'Orders', body: 'after' });
  const sent = await cluster.sent('Orders', { count: 2 });
  assert.ok(!sent.some((message) => message.text() === 'refused'));
});

test('a slow disk delays the answers by as much', async () => {
  await using cluster = await startCluster({ clock: 'virtual', topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  cluster.broker('broker-a').slowDisk('2s');
  let isAnswered = false;
  const sending = producer.send({ topic: 'Orders', body: 'hello' }, { timeoutMs: 10_000 }).then(() => {
    isAnswered = true;
  });
  await cluster.advance('1900ms');
  assert.equal(isAnswered, false);
  await cluster.advance('200ms');
  await sending;
  cluster.broker('broker-a').mendDisk();
  await producer.send({ topic: 'Orders', body: 'fast' });
});

test('servers that there are not are named as such', async () => {
  await using cluster = await startCluster({ brokers: 2 });
  const expected = { message: 'The cluster has no broker-c; there are namesrv, broker-a, broker-b.' };
  assert.throws(() => cluster.broker('broker-c'), expected);
  assert.throws(() => cluster.partition('broker-c', 'clients'), expected);
  assert.throws(() => cluster.cut('broker-a', 'broker-c'), expected);
});

async function brokersOfSends(producer: Producer): Promise<string[]> {
  const names = new Set<string>();
  for (let i = 0; i < 8; i++) {
    names.add((await producer.send({ topic: 'Orders', body: 'hello' })).messageQueue.brokerName);
  }
  return [...names].sort();
}

async function refused(cluster: Cluster, producer: Producer): Promise<void> {
  const sending = producer.send({ topic: 'Orders', body: 'refused' }, { timeoutMs: 2000 });
  const outcome = assert.rejects(sending, (error: Error) => /disk|space|ENOSPC|full|writable/i.test(error.message));
  await cluster.advance('3s');
  await outcome;
}

test('one name heals all links of a server, and a wrong one is an error', async () => {
  await using cluster = await startCluster({ brokers: 2, topics: { Orders: 1 } });
  cluster.partition('broker-a', 'clients');
  cluster.partition('broker-a', 'namesrv');
  cluster.partition('broker-b', 'clients');
  const producer = await cluster.producer({ producerGroup: 'shop' });
  assert.throws(() => cluster.heal('broker-z'), { code: 'NO_SUCH_SERVER' });
  assert.throws(() => cluster.partition('broker-a', 'broker-a'), /There is no link from broker-a to itself/);
  cluster.heal('broker-a');
  const queues = await producer.queues('Orders');
  const send = async (name: string): Promise<unknown> => {
    const queue = queues.find(({ brokerName }) => brokerName === name)!;
    return await producer.send({ topic: 'Orders', body: name }, { queue, timeoutMs: 300 });
  };
  await send('broker-a');
  await assert.rejects(send('broker-b'), { code: 'REQUEST_TIMEOUT' });
});
