import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROLLER_GET_METADATA_INFO, CONTROLLER_GET_REPLICA_INFO, decodeSyncStateSet } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** Address of the controller that leads. */
async function leader(cluster: Cluster): Promise<string> {
  for (const { address, isRunning } of cluster.controllers) {
    if (!isRunning) continue;
    const answer = await cluster.run(cluster.admin.ask(address, CONTROLLER_GET_METADATA_INFO, {}));
    if (answer?.header.isLeader) return address;
  }
  return assert.fail('no controller leads');
}

/** Master and in-sync set of a group: `broker-a:10911 of 1,2,3`. */
async function group(cluster: Cluster, brokerName: string): Promise<string> {
  const at = await leader(cluster);
  const answer = await cluster.run(cluster.admin.ask(at, CONTROLLER_GET_REPLICA_INFO, { brokerName }));
  assert.ok(answer !== undefined, 'the leader answers');
  const { header, body } = answer;
  return `${header.masterAddress} of ${[...decodeSyncStateSet(body).syncStateSet].sort().join()}`;
}

test('the leader of the controllers and the master die at once: sends continue, nothing acknowledged is lost, and the old master comes back', async () => {
  const cluster = await startCluster({
    seed: 3,
    controllers: 3,
    slaves: 2,
    topics: { T: 2 },
    brokerProperties: { inSyncReplicas: '2', minInSyncReplicas: '2', allAckInSyncStateSet: 'true' },
  });
  await cluster.advance(10_000);
  const before = await group(cluster, 'broker-a');
  assert.match(before, / of 1,2,3$/);
  const producer = await cluster.producer({ producerGroup: 'P', sendTimeoutMs: 20_000 });
  const sent: string[] = [];
  const send = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const keys = `m${sent.length}`;
      const { sendStatus } = await cluster.run(producer.send({ topic: 'T', body: 'x', keys }));
      assert.equal(sendStatus, 'SEND_OK');
      sent.push(keys);
    }
  };
  await send(20);
  const master = [...cluster.brokers, ...cluster.slaves].find(({ name }) =>
    before.startsWith(`${cluster.environment.network.addressOf(name)}:`),
  )!;
  const lead = await leader(cluster);
  cluster.controllers.find(({ address }) => address === lead)!.kill();
  master.kill();
  await cluster.advance(10_000);
  const after = await group(cluster, 'broker-a');
  assert.notEqual(after.split(' ')[0], before.split(' ')[0]);
  await send(20);
  await master.start();
  await cluster.advance(20_000);
  assert.equal(await group(cluster, 'broker-a'), `${after.split(' ')[0]} of 1,2,3`);
  const received = new Set<string>();
  await cluster.consumer({ consumerGroup: 'C', consumeFrom: 'FIRST_OFFSET', topics: { T: '*' } }, (message) => {
    received.add(message.keys.join());
  });
  await cluster.advance(20_000);
  assert.deepEqual(
    sent.filter((keys) => !received.has(keys)),
    [],
  );
  await cluster.stop();
});
