import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type { BrokerEpochs, ClusterRow, Controllers } from '../src/api/index.ts';
import { consoleOf } from './support/console.ts';

test('controllers, groups and epochs are shown, and another replica is made master', async () => {
  const cluster = await startCluster({ controllers: 3, slaves: 1 });
  const console = await consoleOf(cluster);
  await cluster.advance(5000);
  const [row] = await console.get<ClusterRow[]>('/clusters');
  assert.equal(row?.hasControllers, true);
  const before = await console.get<Controllers>(`/clusters/${console.id}/controllers`);
  assert.equal(before.controllers.length, 3);
  assert.equal(before.controllers.filter(({ isLeader }) => isLeader).length, 1);
  const [group] = before.groups;
  assert.equal(group?.brokerName, 'broker-a');
  assert.equal(group?.replicas.length, 2);
  assert.ok(group?.replicas.every(({ isInSync }) => isInSync));

  const other = group!.replicas.find(({ isMaster }) => !isMaster)!;
  const body = { brokerName: 'broker-a', brokerId: other.brokerId };
  const elected = await console.ask('POST', `/clusters/${console.id}/controllers/elect`, body);
  assert.equal(elected.status, 200, JSON.stringify(elected.body));
  assert.equal((elected.body as { masterAddress: string }).masterAddress, other.address);
  await cluster.advance(15_000);
  const after = await console.get<Controllers>(`/clusters/${console.id}/controllers`);
  assert.equal(after.groups[0]?.masterAddress, other.address);
  assert.equal(after.groups[0]?.masterEpoch, group!.masterEpoch + 1);
  const epochs = await console.get<BrokerEpochs>(
    `/clusters/${console.id}/brokers/${encodeURIComponent(other.address)}/epochs`,
  );
  assert.equal(epochs.epochs.at(-1)?.endOffset, undefined);
  await console.stop();
  await cluster.stop();
});
