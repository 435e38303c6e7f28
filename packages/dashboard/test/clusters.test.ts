import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type { ClusterRow } from '../src/api/index.ts';
import { consoleOf } from './support/console.ts';

test('a cluster that is added is there after the next start of the console, and can be removed', async () => {
  const cluster = await startCluster();
  const dataPath = '/console';
  const first = await consoleOf(cluster, { dataPath, keepsHistory: false });
  const body = { namesrvAddr: 'other-1:9876; other-2:9876', name: 'Stage / 测试' };
  const added = await first.ask('POST', '/clusters', body);
  assert.equal(added.status, 200, JSON.stringify(added.body));
  const { id } = added.body as { id: string };
  assert.match(id, /^[\w.-]+$/);
  for (const [wrong, status] of [
    [{ namesrvAddr: 'other-2:9876;other-1:9876' }, 409],
    [{ namesrvAddr: 'no port' }, 400],
    [{ namesrvAddr: ' ; ' }, 400],
    [{ namesrvAddr: 'a:1', nane: 'x' }, 400],
    [{}, 400],
  ] as const) {
    assert.equal((await first.ask('POST', '/clusters', wrong)).status, status, JSON.stringify(wrong));
  }
  await first.stop();

  const second = await consoleOf(cluster, { dataPath, keepsHistory: false });
  const rows = await second.get<ClusterRow[]>('/clusters');
  assert.deepEqual(
    rows.map(({ name, isAdded }) => [name, isAdded]),
    [
      [cluster.namesrvAddr, false],
      ['Stage / 测试', true],
    ],
  );
  assert.equal(rows[1]?.id, id, 'links go on working');
  assert.equal((await second.ask('DELETE', `/clusters/${rows[0]!.id}`)).status, 409);
  assert.equal((await second.ask('DELETE', `/clusters/${id}`)).status, 200);
  assert.equal((await second.ask('DELETE', `/clusters/${id}`)).status, 404);
  await second.stop();
  await cluster.stop();
});

test('a disk that is full refuses the new cluster in words and changes nothing', async () => {
  const cluster = await startCluster();
  const console = await consoleOf(cluster, { dataPath: '/console', keepsHistory: false });
  const { disk } = cluster.environment.machine('console');
  disk.faults.add({ operation: 'open', path: 'clusters.json', code: 'ENOSPC' });
  const answer = await console.ask('POST', '/clusters', { namesrvAddr: 'a:1' });
  assert.equal(answer.status, 507, JSON.stringify(answer.body));
  assert.equal((await console.get<ClusterRow[]>('/clusters')).length, 1);
  await console.stop();
  await cluster.stop();
});
