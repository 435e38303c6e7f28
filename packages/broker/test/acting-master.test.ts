import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { decodeTopicRouteData, GET_ROUTEINFO_BY_TOPIC } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';

let cluster: Cluster;
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
});

const ACTING = { enableSlaveActingMaster: 'true' };

async function start(options: Parameters<typeof startCluster>[0] = {}): Promise<void> {
  cluster = await startCluster({
    ...{ seed: 21, slaves: 2, topics: { [TOPIC]: 2 } },
    ...options,
    brokerProperties: { ...ACTING, ...options.brokerProperties },
    nameServerProperties: { supportActingMaster: 'true', notifyMinBrokerIdChanged: 'true' },
  });
  await cluster.advance(3000);
}

/** Addresses of broker-a in the route of the topic, by id, as machine names; and whether it may be written to. */
async function route(namesrv = 'namesrv-1') {
  const { address } = cluster.nameServer(namesrv);
  const response = await cluster.run(cluster.admin.ask(address, GET_ROUTEINFO_BY_TOPIC, { topic: TOPIC }));
  const { brokerDatas, queueDatas } = decodeTopicRouteData(response!.body);
  const own = brokerDatas.find(({ brokerName }) => brokerName === 'broker-a');
  const perm = queueDatas.find(({ brokerName }) => brokerName === 'broker-a')?.perm;
  const machineOf = (address: string): string =>
    [...cluster.brokers, ...cluster.slaves].find(
      ({ name }) => address === `${cluster.environment.network.addressOf(name)}:10911`,
    )?.name ?? address;
  return { perm, ids: [...(own?.brokerAddrs ?? [])].sort().map(([id, address]) => `${id} ${machineOf(address)}`) };
}

test('the smallest slave is shown as master for reading within the time-out of heartbeats, then the next one, then the master again', async () => {
  await start();
  assert.deepEqual(await route(), { perm: 6, ids: ['0 broker-a', '1 broker-a-s1', '2 broker-a-s2'] });
  cluster.broker('broker-a').kill();
  await cluster.advance(500);
  assert.deepEqual(await route(), { perm: 4, ids: ['0 broker-a-s1', '2 broker-a-s2'] });
  cluster.broker('broker-a-s1').kill();
  await cluster.advance(500);
  assert.deepEqual(await route(), { perm: 4, ids: ['0 broker-a-s2'] });
  await cluster.broker('broker-a').start();
  await cluster.advance(3000);
  assert.deepEqual(await route(), { perm: 6, ids: ['0 broker-a', '2 broker-a-s2'] });
  await cluster.broker('broker-a-s1').start();
  await cluster.advance(3000);
  assert.deepEqual(await route(), { perm: 6, ids: ['0 broker-a', '1 broker-a-s1', '2 broker-a-s2'] });
});

test('a silent master is dropped after brokerNotActiveTimeoutMillis', async () => {
  await start();
  cluster.partition('broker-a', 'namesrv-1');
  await cluster.advance(9000);
  assert.deepEqual((await route()).ids[0], '0 broker-a');
  await cluster.advance(8000);
  assert.deepEqual((await route()).ids[0], '0 broker-a-s1');
  cluster.heal();
  await cluster.advance(15_000);
  assert.deepEqual((await route()).ids[0], '0 broker-a');
});
