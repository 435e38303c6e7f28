import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type { ProxyRow } from '../src/api/index.ts';
import { consoleOf } from './support/console.ts';

test('proxies are added, asked and chosen; the pages and the old end-points have the same ones', async () => {
  const cluster = await startCluster({ brokers: 2 });
  // A broker answers the question to a proxy as a proxy does: nobody is online in this group.
  const seed = await consoleOf(cluster);
  const [first = '', second = ''] = [...seed.dashboard.registry.list()[0]!.model.brokers.keys()];
  await seed.stop();
  const console = await consoleOf(cluster, { proxies: [first] });
  const path = `/clusters/${console.id}/proxies`;
  const add = async (address: string): Promise<unknown> => (await console.ask('POST', '/proxies', { address })).status;
  const choose = async (address: string): Promise<unknown> =>
    (await console.ask('POST', '/proxies/current', { address })).status;
  const shown = async (): Promise<unknown[]> => {
    const rows = await console.get<ProxyRow[]>(path);
    return rows.map(({ address, isCurrent, latencyMs, hint }) => [address, isCurrent, latencyMs !== undefined, hint]);
  };
  assert.deepEqual(await shown(), [[first, true, true, undefined]]);

  assert.equal(await add(second), 200);
  assert.equal(await add(second), 200, 'one that is there already is no error');
  for (const wrong of ['x', 'a b:1', 'h:0', 'h:65536', 'http://h:1']) assert.equal(await add(wrong), 400, wrong);
  assert.equal(await choose('10.9.9.9:8080'), 404);
  assert.equal(await choose(second), 200);
  assert.deepEqual(await shown(), [
    [first, false, true, undefined],
    [second, true, true, undefined],
  ]);
  const old = await cluster.run(
    Promise.resolve(console.dashboard.http.inject({ method: 'GET', url: '/proxy/homePage.query' })),
  );
  assert.deepEqual(old.json().data, { currentProxyAddr: second, proxyAddrList: [first, second] });

  cluster.partition('console', 'broker-b');
  assert.deepEqual(await shown(), [
    [first, false, true, undefined],
    [second, true, false, 'hangs'],
  ]);
  cluster.heal();
  await console.stop();
  await cluster.stop();
});

test('there are 64 proxies at most', async () => {
  const cluster = await startCluster({});
  const console = await consoleOf(cluster);
  for (let at = 1; at <= 64; at++)
    assert.equal((await console.ask('POST', '/proxies', { address: `10.0.0.${at}:8080` })).status, 200);
  const { status, body } = await console.ask('POST', '/proxies', { address: '10.0.1.1:8080' });
  assert.equal(status, 409);
  assert.match(JSON.stringify(body), /64 proxies at most/);
  await console.stop();
  await cluster.stop();
});
