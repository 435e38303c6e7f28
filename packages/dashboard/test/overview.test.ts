import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type { Overview, Trend } from '../src/api/index.ts';
import { consoleOf } from './support/console.ts';

test('the overview shows brokers, topics and lag, and a broker that is down fails nothing', async () => {
  const cluster = await startCluster({ brokers: 2, topics: { Orders: 2 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  const sendTen = async (): Promise<void> => {
    for (let index = 0; index < 10; index++) await cluster.run(producer.send({ topic: 'Orders', body: `${index}` }));
  };
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/overview`;
  await sendTen();
  // Brokers count by differences: what came before their first look is not in a sum.
  await cluster.advance(60_000);
  await sendTen();
  await cluster.advance(45_000);

  const before = await console.get<Overview>(path);
  assert.deepEqual(before.findings, []);
  assert.deepEqual(
    before.brokers.map(({ brokerName, isUp }) => [brokerName, isUp]),
    [
      ['broker-a', true],
      ['broker-b', true],
    ],
  );
  assert.equal(
    before.brokers.reduce((sum, { putToday }) => sum + putToday, 0),
    20,
  );
  assert.deepEqual(before.topTopics, [{ name: 'Orders', value: 10 }]);

  const trend = await console.get<Trend>(`/clusters/${console.id}/trends/topic/Orders?fromMs=0`);
  assert.ok(trend.atMs.length > 0, 'a minute was sampled');
  assert.deepEqual(await console.get(`/clusters/${console.id}/trends/topic?fromMs=0`), ['Orders']);

  cluster.broker('broker-b').kill();
  await cluster.advance(30_000);
  const after = await console.get<Overview>(path);
  assert.deepEqual(
    after.findings.map((finding) => [finding.kind, 'brokerName' in finding && finding.brokerName]),
    [['brokerDown', 'broker-b']],
  );
  assert.equal(after.failures[0]?.brokerName, 'broker-b');
  assert.equal(after.brokers[0]?.isUp, true);

  await console.stop();
  await cluster.stop();
});

test('what is asked in a wrong way is named, and no such cluster is 404', async () => {
  const cluster = await startCluster();
  const console = await consoleOf(cluster);
  const wrong = await console.ask('GET', `/clusters/${console.id}/trends/topic/Orders?fromMs=soon`);
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(wrong.body), /fromMs must be a whole number from 0, not .*soon/);
  assert.equal((await console.ask('GET', `/clusters/${console.id}/trends/water/x?fromMs=0`)).status, 400);
  assert.equal((await console.ask('GET', '/clusters/other/overview')).status, 404);
  assert.equal((await console.ask('GET', '/nothing')).status, 404);
  await console.stop();
  await cluster.stop();
});
