const { startCluster } = require('@rocketmq-ts/testing');

let cluster;
beforeAll(async () => {
  cluster = await startCluster({ topics: { Orders: 1 } });
});
afterAll(() => cluster.stop());

test('a delayed message comes when time is moved on', async () => {
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'later', delayMs: 600_000 });
  expect(await cluster.sent('Orders')).toEqual([]);
  await cluster.advance('10m');
  const [message] = await cluster.sent('Orders', { count: 1 });
  expect(message.text()).toBe('later');
});
