import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type { Page, ProducerRow } from '../src/api/index.ts';
import { consoleOf } from './support/console.ts';

test('producers are listed for the cluster, a broker, and a group at the brokers of a topic', async () => {
  const cluster = await startCluster({ brokers: 2, topics: { T: 2 } });
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/producers`;
  const list = async (query: string): Promise<Page<ProducerRow>> => console.get<Page<ProducerRow>>(`${path}?${query}`);
  for (const [producerGroup, machine] of [
    ['shop', 'one'],
    ['shop', 'two'],
    ['bank|1%', 'three'],
  ] as const) {
    const producer = await cluster.producer({ producerGroup, machine });
    for (let count = 0; count < 4; count++) await cluster.run(producer.send({ topic: 'T', body: 'x' }));
  }
  await cluster.advance(40_000);
  const own = ({ group }: ProducerRow): boolean => !group.includes('INNER');
  const all = (await list('')).rows.filter(own);
  assert.deepEqual(
    all.map(({ group, brokers }) => [group, brokers]),
    [
      ['bank|1%', ['broker-a', 'broker-b']],
      ['shop', ['broker-a', 'broker-b']],
      ['shop', ['broker-a', 'broker-b']],
    ],
  );
  assert.ok(all.every(({ lastSeenMs, address }) => (lastSeenMs ?? 0) > 0 && /^[\d.]+:\d+$/.test(address)));
  assert.ok((await list('broker=broker-b')).rows.every(({ brokers }) => brokers.join() === 'broker-b'));
  assert.equal((await list('topic=T&group=shop')).total, 2);
  assert.equal((await list('topic=T&group=nobody')).total, 0);
  assert.equal((await list(`topic=T&group=${encodeURIComponent('bank|1%')}`)).total, 1);
  assert.equal((await list('filter=BANK')).total, 1);
  assert.equal((await console.ask('GET', `${path}?broker=nobody`)).status, 400);
  assert.equal((await console.ask('GET', `${path}?topic=None&group=g`)).status, 404);
  cluster.partition('console', 'broker-a');
  assert.equal((await list('')).failures[0]?.brokerName, 'broker-a');
  await console.stop();
  await cluster.stop();
});
