import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { runMqadmin } from '../src/index.ts';

/** What scripts for Apache's tool depend on, where it was found to differ from Apache's 5.4.0 on the same cluster. */
describe('scripts for Apache’s tool', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ brokers: 3, topics: { Orders: 2 } });
    const producer = await cluster.producer({ producerGroup: 'sellers' });
    for (const consumerGroup of ['billing', 'failing', 'casters', 'gone'])
      await cluster.consumer({ consumerGroup, topics: { Orders: '*' } }, () => {});
    await cluster.run(producer.send({ topic: 'Orders', body: 'hello', keys: 'order-1' }));
    await cluster.advance(40_000);
  });
  after(() => cluster.stop());

  async function run(...argv: string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
    let stdout = '';
    let stderr = '';
    const exitCode = await cluster.run(
      runMqadmin(argv, {
        ...{ platform: cluster.environment.machine('tools'), env: { NAMESRV_ADDR: cluster.namesrvAddr } },
        stdout: (text) => (stdout += text),
        stderr: (text) => (stderr += text),
      }),
    );
    return { stdout, stderr, exitCode };
  }

  test('what is done on each broker of a cluster is reported in the order of a Java HashSet of addresses', async () => {
    const { stdout } = await run('updateTopic', '-c', 'DefaultCluster', '-t', 'Made');
    const addresses = [...stdout.matchAll(/^create topic to (\S+) success\.$/gm)].map(([, address]) => address!);
    const { stdout: list } = await run('clusterList', '--json');
    const { brokers } = JSON.parse(list) as { brokers: { address: string }[] };
    assert.deepEqual(addresses, bucketOrder(brokers.map(({ address }) => address)));
    const config = await run('getBrokerConfig', '-c', 'DefaultCluster');
    const masters = [...config.stdout.matchAll(/^=+Master: (\S+?)=+$/gm)].map(([, address]) => address!);
    assert.deepEqual(
      masters,
      bucketOrder(
        brokers.map(({ address }) => address),
        4,
      ),
    );
  });

  test('settings of a group and what became of a message come in the order of Java’s sets', async () => {
    const config = await run('getConsumerConfig', '-g', 'billing');
    const brokers = [...config.stdout.matchAll(/^=+DefaultCluster:([\w-]+)=+$/gm)].map(([, name]) => name);
    assert.deepEqual(brokers, ['broker-b', 'broker-c', 'broker-a']);
    const { stdout } = await run('queryMsgByKey', '-t', 'Orders', '-k', 'order-1');
    const [msgId] = /\b[0-9A-F]{32}\b/.exec(stdout)!;
    const found = await run('queryMsgByUniqueKey', '-t', 'Orders', '-i', msgId);
    const groups = [...found.stdout.matchAll(/consumerGroup=(\w+)/g)].map(([, group]) => group!);
    assert.deepEqual(groups, bucketOrder(['billing', 'casters', 'failing', 'gone']));
  });

  test('an empty group, as of a variable that is not set, is no wish for all groups', async () => {
    const { stdout, stderr, exitCode } = await run('consumerProgress', '-g', '');
    assert.equal(stdout, '');
    assert.match(stderr, /^ConsumerProgressSubCommand command failed: CODE: 17 {2}DESC: .*%RETRY%/);
    assert.equal(exitCode, 2);
  });

  test('a name server may be written as http://host:port', async () => {
    const { stdout } = await run('topicClusterList', '-t', 'Orders', '-n', `http://${cluster.namesrvAddr}`);
    assert.equal(stdout, 'DefaultCluster\n');
  });

  test('a message without a body is refused as Apache’s producer refuses it, and nothing is sent', async () => {
    const { stdout, stderr, exitCode } = await run('sendMessage', '-t', 'Orders', '-p', '');
    assert.equal(stdout, '');
    assert.match(stderr, /^SendMessageCommand command failed: CODE: 13 {2}DESC: the message body length is zero/);
    assert.equal(exitCode, 2);
  });

  test('an offset below 0 is refused', async () => {
    const { stderr, exitCode } = await run('queryMsgByOffset', '-t', 'Orders', '-b', 'broker-a', '-i', '0', '-o', '-1');
    assert.match(stderr, /-o: "-1" .*less than 0/);
    assert.equal(exitCode, 2);
  });

  test('a member without a name gets no queues; commas at the end of the list count nothing', async () => {
    const holes = await run('allocateMQ', '-t', 'Orders', '-i', 'a,,b');
    assert.match(holes.stderr, /currentCID is empty/);
    assert.deepEqual([holes.stdout, holes.exitCode], ['', 2]);
    assert.equal((await run('allocateMQ', '-t', 'Orders', '-i', '')).exitCode, 2);
    const plain = await run('allocateMQ', '-t', 'Orders', '-i', 'a,b');
    assert.deepEqual(await run('allocateMQ', '-t', 'Orders', '-i', 'a,b,,'), plain);
    assert.deepEqual(Object.keys(JSON.parse(plain.stdout).result), ['a', 'b']);
  });
});

/** By the lowest bits of Java's spread hash, for a table that need not grow. */
function bucketOrder(texts: readonly string[], buckets = 16): string[] {
  const bucket = (text: string): number => {
    const hash = [...text].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) | 0, 0);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return texts.toSorted((a, b) => bucket(a) - bucket(b));
}
