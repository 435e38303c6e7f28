import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeClusterInfo,
  decodeKVTable,
  GET_BROKER_CLUSTER_INFO,
  GET_BROKER_RUNTIME_INFO,
  GET_TOPIC_CONFIG,
  ResponseCode,
} from '@rocketmq-ts/protocol';
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

const READ = { slaveReadEnable: 'true' };
const FAST = { network: { maxLatencyMs: 3 }, disk: { maxLatencyMs: 3 } };
const TOPIC = 'TopicTest';

/** A master with its slave, a producer, and a consumer that started at the first message. */
async function pair(seed: number, options: Parameters<typeof startCluster>[0] = {}) {
  const topics = { [TOPIC]: 2 };
  const cluster = await startCluster({
    seed,
    slaves: 1,
    topics,
    brokerProperties: READ,
    environment: FAST,
    ...options,
  });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  const got: string[] = [];
  const group = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;
  const consumer = await cluster.consumer(group, (message) => void got.push(message.text()));
  const send = async (...bodies: string[]): Promise<void> => {
    for (const body of bodies) await cluster.run(producer.send({ topic: TOPIC, body }));
  };
  return { cluster, send, got, consumer, group };
}

test('consumers continue at the slave when the master dies, and return to the master without a step back', async () => {
  const { cluster, send, got, consumer, group } = await pair(31);
  await cluster.advance(15_000);
  await send('1', '2', '3', '4');
  await cluster.advance(10_000);
  assert.deepEqual(got.toSorted(), ['1', '2', '3', '4']);
  // They are on the slave, and no consumer has them.
  await cluster.stopClient(consumer);
  await send('5', '6', '7', '8');
  await cluster.advance(5_000);
  cluster.broker('broker-a').kill();
  await cluster.advance(1_000);
  const later: string[] = [];
  const second = await cluster.consumer(group, (message) => void later.push(message.text()));
  await cluster.advance(60_000);
  assert.deepEqual(later.toSorted(), ['5', '6', '7', '8'], 'only what was not consumed, from the slave');
  await cluster.stopClient(second);
  await cluster.broker('broker-a').start();
  await cluster.advance(15_000);
  // The master has the progress that was made at the slave.
  const last: string[] = [];
  await cluster.consumer(group, (message) => void last.push(message.text()));
  await cluster.advance(40_000);
  assert.deepEqual(last, []);
  await send('9');
  await cluster.advance(5_000);
  assert.deepEqual(last, ['9']);
  await cluster.stop();
});

test('progress of a group that came up at the slave is the master’s as well when it is back', async () => {
  const { cluster, send, group } = await pair(36);
  await send('1', '2', '3');
  await cluster.advance(10_000);
  cluster.broker('broker-a').kill();
  await cluster.advance(1_000);
  const options = { ...group, consumerGroup: 'newcomers' };
  const there: string[] = [];
  const consumer = await cluster.consumer(options, (message) => void there.push(message.text()));
  await cluster.advance(20_000);
  await cluster.stopClient(consumer);
  await cluster.broker('broker-a').start();
  await cluster.advance(15_000);
  const here: string[] = [];
  await cluster.consumer(options, (message) => void here.push(message.text()));
  await cluster.advance(20_000);
  assert.deepEqual([there.toSorted(), here], [['1', '2', '3'], []]);
  await cluster.stop();
});

test('a slave that is started again has what the master got meanwhile', async () => {
  const { cluster, send, group } = await pair(32);
  await cluster.advance(10_000);
  await send('1');
  await cluster.advance(5_000);
  cluster.broker('broker-a-s1').kill();
  await send('2', '3');
  await cluster.createTopic('Later', 1);
  await cluster.broker('broker-a-s1').start();
  await cluster.advance(20_000);
  cluster.broker('broker-a').powerOff();
  const got: string[] = [];
  await cluster.consumer({ ...group, consumerGroup: 'audit' }, (message) => void got.push(message.text()));
  await cluster.advance(60_000);
  assert.deepEqual(got.toSorted(), ['1', '2', '3']);
  await cluster.stop();
});

test('a queue is read in order from the master, from its slave and from the master again', async () => {
  const { cluster, send, got } = await pair(33, { topics: { [TOPIC]: 1 } });
  await cluster.advance(10_000);
  let sent = 0;
  const sendSome = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await send(String(sent++).padStart(3, '0'));
  };
  await sendSome();
  await cluster.advance(6_000);
  cluster.broker('broker-a').kill();
  await cluster.advance(45_000);
  await cluster.broker('broker-a').start();
  await cluster.advance(45_000);
  await sendSome();
  await cluster.advance(10_000);
  const first = [...new Set(got)];
  assert.deepEqual(
    first,
    Array.from({ length: 40 }, (_, index) => String(index).padStart(3, '0')),
  );
  await cluster.stop();
});

test('a slave finds its master again after all name servers were started anew', async () => {
  const { cluster, send, got } = await pair(34, { nameServers: 2 });
  await send('0');
  await cluster.advance(5_000);
  for (const nameServer of cluster.nameServers) nameServer.kill();
  await send('1');
  await cluster.advance(10_000);
  cluster.broker('broker-a-s1').kill();
  await cluster.broker('broker-a-s1').start();
  for (const nameServer of cluster.nameServers) await nameServer.start();
  await cluster.advance(15_000);
  for (const nameServer of cluster.nameServers)
    assert.deepEqual(await membersAt(cluster, nameServer), ['broker-a 0', 'broker-a 1']);
  await send('2');
  await cluster.advance(10_000);
  assert.deepEqual(got.toSorted(), ['0', '1', '2']);
  assert.equal(await endOf(cluster, 'broker-a'), await endOf(cluster, 'broker-a-s1'));
  await cluster.stop();
});

for (const oneWay of [false, true]) {
  test(`after a ${oneWay ? 'one-way ' : ''}partition between them a slave has what the master took meanwhile`, async () => {
    const { cluster, send } = await pair(35);
    await cluster.advance(10_000);
    const { network } = cluster.environment;
    if (oneWay) network.partitionOneWay('broker-a', 'broker-a-s1');
    else cluster.partition('broker-a', 'broker-a-s1');
    await send('1', '2', '3');
    await cluster.createTopic('Meanwhile', 1);
    await cluster.advance(60_000);
    assert.notEqual(await endOf(cluster, 'broker-a'), await endOf(cluster, 'broker-a-s1'));
    cluster.heal();
    await cluster.advance(40_000);
    assert.equal(await endOf(cluster, 'broker-a'), await endOf(cluster, 'broker-a-s1'));
    const header = { topic: 'Meanwhile' };
    const answer = await cluster.run(
      cluster.admin.ask(cluster.broker('broker-a-s1').address, GET_TOPIC_CONFIG, header),
    );
    assert.equal(answer?.code, ResponseCode.SUCCESS);
    await cluster.stop();
  });
}

/** Where a broker's log ends. */
async function endOf(cluster: Cluster, name: string): Promise<string | undefined> {
  const answer = await cluster.run(cluster.admin.ask(cluster.broker(name).address, GET_BROKER_RUNTIME_INFO, {}));
  assert.ok(answer);
  return decodeKVTable(answer.body).get('commitLogMaxOffset');
}
