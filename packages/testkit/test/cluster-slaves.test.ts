import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeClusterInfo, GET_BROKER_CLUSTER_INFO } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** Brokers as a name server knows them: name and id of each member. */
async function membersAt(cluster: Cluster, nameServer = cluster.nameServers[0]!): Promise<string[]> {
  const answer = await cluster.run(cluster.admin.ask(nameServer.address, GET_BROKER_CLUSTER_INFO, {}));
  assert.ok(answer);
  return [...decodeClusterInfo(answer.body).brokerAddrTable.values()]
    .flatMap(({ brokerName, brokerAddrs }) => [...brokerAddrs.keys()].map((id) => `${brokerName} ${id}`))
    .sort();
}

test('slaves register beside their masters, with their own ids', async () => {
  const cluster = await startCluster({ seed: 21, nameServers: 2, brokers: 2, slaves: 2 });
  const members = ['broker-a 0', 'broker-a 1', 'broker-a 2', 'broker-b 0', 'broker-b 1', 'broker-b 2'];
  for (const nameServer of cluster.nameServers) assert.deepEqual(await membersAt(cluster, nameServer), members);
  await cluster.broker('broker-a-s1').stop();
  cluster.broker('broker-b').kill();
  await cluster.advance(1000);
  assert.deepEqual(
    await membersAt(cluster),
    members.filter((line) => !/broker-a 1|broker-b 0/.test(line)),
  );
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0);
});
