import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testing';

const FIRST = { consumeFrom: 'FIRST_OFFSET' } as const;

for (const clock of ['real', 'virtual'] as const) {
  test(`${clock} clock: a delay ends when time is moved on, and not before`, async () => {
    await using cluster = await startCluster({ clock, topics: { Orders: 1 } });
    const producer = await cluster.producer({ producerGroup: 'shop' });
    await producer.send({ topic: 'Orders', body: 'in ten minutes', delayMs: 600_000 });
    await producer.send({ topic: 'Orders', body: 'level 3', delayLevel: 3 });
    assert.deepEqual(await cluster.sent('Orders'), []);
    await cluster.advance('10s');
    assert.deepEqual(bodies(await cluster.sent('Orders', { count: 1 })), ['level 3']);
    await cluster.advance('9m');
    assert.equal((await cluster.sent('Orders')).length, 1);
    await cluster.advance('1m');
    assert.deepEqual(bodies(await cluster.sent('Orders', { count: 2 })), ['level 3', 'in ten minutes']);
  });

  test(`${clock} clock: a message that fails is delivered again until it is among the dead letters`, async () => {
    await using cluster = await startCluster({ clock, topics: { Orders: 1 } });
    const producer = await cluster.producer({ producerGroup: 'shop' });
    const options = { consumerGroup: 'billing', topics: { Orders: '*' }, maxReconsumeTimes: 3, ...FIRST };
    const attempts: number[] = [];
    await cluster.consumer(options, (message) => {
      attempts.push(message.reconsumeTimes);
      throw new Error('always');
    });
    await producer.send({ topic: 'Orders', body: 'bad' });
    await cluster.received('billing', { count: 1 });
    for (let i = 0; i < 4; i++) await cluster.advance('2m');
    const received = await cluster.received('billing', { count: 4 });
    assert.deepEqual(
      received.map(({ topic, reconsumeTimes }) => `${topic} ${reconsumeTimes}`),
      ['Orders 0', 'Orders 1', 'Orders 2', 'Orders 3'],
    );
    assert.deepEqual(attempts, [0, 1, 2, 3]);
    assert.deepEqual(bodies(await cluster.sent('%DLQ%billing', { count: 1 })), ['bad']);
  });
}

test('a broker asks for the outcome of a transaction when its time has come', async () => {
  await using cluster = await startCluster({ topics: { Orders: 1 } });
  let asked = 0;
  const check = async (): Promise<'COMMIT'> => {
    asked++;
    return 'COMMIT';
  };
  const producer = await cluster.transactionProducer({ producerGroup: 'shop', check });
  await producer.sendInTransaction({ topic: 'Orders', body: 'in doubt' }, async () => 'UNKNOWN');
  assert.deepEqual(await cluster.sent('Orders'), []);
  await cluster.advance('2m');
  assert.deepEqual(bodies(await cluster.sent('Orders', { count: 1 })), ['in doubt']);
  assert.ok(asked >= 1);
});

test('a virtual clock stands still, moves by exactly what it is given, and things happen in their order', async () => {
  await using cluster = await startCluster({ clock: 'virtual', topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  const startMs = cluster.now();
  await producer.send({ topic: 'Orders', body: 'third', delayMs: 30_000 });
  await producer.send({ topic: 'Orders', body: 'first', delayMs: 10_000 });
  await producer.send({ topic: 'Orders', body: 'second', delayMs: 20_000 });
  assert.equal(cluster.now(), startMs);
  await cluster.advance('10m');
  assert.equal(cluster.now(), startMs + 600_000);
  const sent = await cluster.sent('Orders');
  assert.deepEqual(bodies(sent), ['first', 'second', 'third']);
  const [first, second, third] = sent.map(({ storeTimestamp }) => storeTimestamp - startMs);
  for (const [at, due] of [
    [first, 10_000],
    [second, 20_000],
    [third, 30_000],
  ]) {
    assert.ok(at! >= due! && at! < due! + 2000, `stored ${at} ms after the start, due at ${due}`);
  }
});

test('time that passes does no harm: groups, routes and connections are still there', async () => {
  await using cluster = await startCluster({ brokers: 2, topics: { Orders: 1 } });
  const handled = new Promise<string>((resolve) => {
    const options = { consumerGroup: 'billing', topics: { Orders: '*' } };
    void cluster.consumer(options, (message) => resolve(message.text()));
  });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await cluster.advance('10m');
  await producer.send({ topic: 'Orders', body: 'later' });
  assert.equal(await handled, 'later');
});

test('times are milliseconds or texts with units, and nothing else', async () => {
  await using cluster = await startCluster({ clock: 'virtual' });
  const startMs = cluster.now();
  for (const time of [0, 1, '5ms', '1s', '1m30s', '0.5s', '0h', '0d']) await cluster.advance(time);
  assert.equal(cluster.now() - startMs, 1 + 5 + 1000 + 90_000 + 500);
  for (const time of [
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '10',
    '10 m',
    '-1s',
    '1w',
    '400d',
    null as unknown as string,
  ]) {
    await assert.rejects(cluster.advance(time), { code: 'DURATION_ILLEGAL' });
  }
});

function bodies(messages: readonly { text(): string }[]): string[] {
  return messages.map((message) => message.text());
}
