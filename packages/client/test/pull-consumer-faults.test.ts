import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PullConsumer } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { startCluster } from '@rocketmq-ts/testkit/cluster';

const MESSAGES = 120;

/** Two members with loops, one of which is stopped and started again, while brokers are killed and links are cut. */
async function run(seed: number): Promise<{ readonly sent: string[]; readonly got: string[] }> {
  const random = new SeededRandom(seed * 7919);
  // Acknowledged messages outlive the kills.
  const brokerProperties = { flushDiskType: 'SYNC_FLUSH' };
  const cluster = await startCluster({ seed, brokers: 2, topics: { TopicTest: 4 }, brokerProperties });
  const producer = await cluster.producer({ producerGroup: 'orders', sendTimeoutMs: 20_000, attemptTimeoutMs: 2000 });
  const got: string[] = [];
  const members: PullConsumer[] = [];
  const join = async (name: string): Promise<PullConsumer> => {
    const consumer = new PullConsumer({
      namesrvAddr: cluster.namesrvAddr,
      platform: cluster.environment.machine(name),
      logger: silentLogger,
      consumerGroup: 'billing',
      instanceName: `${name}-${members.length}`,
      consumeFrom: 'FIRST_OFFSET',
      pullBatchSize: 3,
    });
    consumer.subscribe('TopicTest');
    members.push(consumer);
    await cluster.run(consumer.start());
    void (async () => {
      for await (const message of consumer) {
        await new Promise<void>((resolve) => cluster.clock.after(random.below(30), resolve));
        got.push(message.text());
      }
    })();
    return consumer;
  };
  let first = await join('one');
  await join('two');
  const sent: string[] = [];
  const sends: Promise<unknown>[] = [];
  for (let i = 0; i < MESSAGES; i++) {
    const body = `m${i}`;
    const send = producer.send({ topic: 'TopicTest', body });
    sends.push(
      send.then(
        () => sent.push(body),
        () => {},
      ),
    );
    await cluster.advance(100);
    const broker = cluster.broker(`broker-${'ab'[random.below(2)]}`);
    switch (random.below(25)) {
      case 0:
        if (broker.isRunning) broker.kill();
        break;
      case 1:
        cluster.cut(broker.name, ['one', 'two'][random.below(2)]!);
        break;
      case 2:
        await cluster.run(first.stop());
        first = await join('one');
        break;
      default:
        if (!broker.isRunning) await broker.start();
    }
  }
  for (const broker of cluster.brokers) if (!broker.isRunning) await broker.start();
  await cluster.run(Promise.all(sends), 60_000);
  await cluster.advance(60_000);
  for (const consumer of members) await cluster.run(consumer.stop());
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0);
  return { sent, got };
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`seed ${seed}: every acknowledged message gets to a loop while brokers, links and members fail`, async () => {
    const { sent, got } = await run(seed);
    assert.ok(sent.length > MESSAGES / 2);
    const seen = new Set(got);
    assert.deepEqual(
      sent.filter((body) => !seen.has(body)),
      [],
    );
  });
}
