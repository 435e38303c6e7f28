import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKVTable, GET_BROKER_RUNTIME_INFO } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';

async function endOf(cluster: Cluster, name: string): Promise<number> {
  const answer = await cluster.run(cluster.admin.ask(cluster.broker(name).address, GET_BROKER_RUNTIME_INFO, {}));
  return Number(decodeKVTable(answer!.body).get('commitLogMaxOffset'));
}

for (const [kind, path, seed] of [
  ['the files of the log', 'commitlog', 51],
  ['everything', '/', 52],
] as const) {
  test(`no room for ${kind} at a slave: sends that wait for it are FLUSH_SLAVE_TIMEOUT, and it follows by itself when there is room`, async () => {
    const cluster = await startCluster({
      ...{ seed, slaves: 1, topics: { [TOPIC]: 2 } },
      brokerProperties: {
        brokerRole: 'SYNC_MASTER',
        inSyncReplicas: '2',
        slaveTimeout: '500',
        slaveReadEnable: 'true',
      },
    });
    await cluster.advance(10_000);
    const producer = await cluster.producer({ producerGroup: 'orders' });
    const sent: string[] = [];
    const send = async (): Promise<string> => {
      const body = `message ${sent.length} ${'x'.repeat(2000)}`;
      sent.push(body);
      return (await cluster.run(producer.send({ topic: TOPIC, body }))).sendStatus;
    };
    for (let i = 0; i < 20; i++) assert.equal(await send(), 'SEND_OK');
    const { faults } = cluster.broker('broker-a-s1').platform.disk;
    faults.add({ operation: 'write', path, code: 'ENOSPC', times: Number.MAX_SAFE_INTEGER });
    const full: string[] = [];
    for (let i = 0; i < 40; i++) full.push(await send());
    assert.deepEqual(new Set(full), new Set(['FLUSH_SLAVE_TIMEOUT']));
    await cluster.advance(30_000);
    assert.equal(await send(), 'FLUSH_SLAVE_TIMEOUT');
    const behind = await endOf(cluster, 'broker-a-s1');
    assert.ok(behind < (await endOf(cluster, 'broker-a')), 'the slave can not have it');
    faults.clear();
    await cluster.advance(30_000);
    assert.equal(await endOf(cluster, 'broker-a-s1'), await endOf(cluster, 'broker-a'));
    assert.equal(await send(), 'SEND_OK');
    // All of it is read from the slave alone, also what was answered while it was full.
    await cluster.advance(5_000);
    cluster.broker('broker-a').kill();
    const got = new Set<string>();
    await cluster.consumer(
      { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } },
      (message) => void got.add(message.text()),
    );
    await cluster.advance(60_000);
    assert.deepEqual([...got].sort(), sent.toSorted());
    await cluster.stop();
  });
}
