import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Producer, PushConsumer } from '@rocketmq-ts/client';
import { runApacheMqadmin } from '@rocketmq-ts/testkit/java';
import { type Cluster, startBroker, startCluster } from '../support/cluster.ts';
import { javaConsume, javaProduce } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';

const TOPIC = 'Static';

suite('a static topic that Apache’s mqadmin makes on our brokers and moves between them', {
  skip: unlessJava(),
}, () => {
  let cluster: Cluster;
  let second: Awaited<ReturnType<typeof startBroker>>;

  before(async () => {
    cluster = await startCluster({ namesrv: 'ours', broker: 'ours' }, { brokerName: 'broker-a' });
    second = await startBroker('ours', join(cluster.home, 'second'), cluster.namesrv, { brokerName: 'broker-b' });
  });
  after(async () => {
    await second?.kill();
    await cluster?.stop();
  });

  async function mqadmin(...args: string[]): Promise<void> {
    const all = [...args, '-n', cluster.namesrv];
    const { code, output } = await runApacheMqadmin(all, { home: join(cluster.home, 'mqadmin') });
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /Exception/);
  }

  test('is written and read by Apache’s client and by ours before and after the move', async () => {
    await mqadmin('updateStaticTopic', '-b', 'broker-a', '-t', TOPIC, '-qn', '2');
    const before = await javaProduce(cluster, { topic: TOPIC, count: 4 });
    assert.deepEqual(new Set(before.map(({ queueId }) => queueId)).size, 2);
    await mqadmin('remappingStaticTopic', '-b', 'broker-b', '-t', TOPIC);
    const producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: 'ours' });
    await producer.start();
    const sent = [];
    for (let i = 0; i < 4; i++) sent.push(await producer.send({ topic: TOPIC, body: `ours ${i}` }));
    await producer.stop();
    assert.ok(sent.every(({ queueOffset }) => queueOffset >= 10_000));
    const received = await javaConsume(cluster, { topic: TOPIC, group: 'java', count: 8 });
    assert.equal(new Set(received.map(({ bodyHash }) => bodyHash)).size, 8);
    const bodies = new Set<string>();
    const consumer = new PushConsumer({
      ...{ namesrvAddr: cluster.namesrv, consumerGroup: 'ts', consumeFrom: 'FIRST_OFFSET' },
    });
    consumer.subscribe(TOPIC);
    await new Promise<void>((resolve, reject) => {
      const listener = (message: { text(): string }) => {
        bodies.add(message.text());
        if (bodies.size === 8) resolve();
      };
      consumer.start(listener).catch(reject);
    });
    await consumer.stop();
  });
});
