import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PushConsumer } from '@rocketmq-ts/client';
import { type Make, ours, startCluster } from '../support/cluster.ts';
import { bodyOf } from '../support/deliveries.ts';
import { unlessJava } from '../support/needs.ts';
import { consumerStatus, type Statistics, statisticsOf } from '../support/statistics.ts';
import { withProducer } from '../support/typescript-clients.ts';

const TEST_MS = 180_000;

suite('what brokers of two makes report of the same load', { skip: unlessJava() }, () => {
  test('counters, runtime information and progress are the same', { timeout: TEST_MS }, async () => {
    const [theirs, mine] = [await afterLoad('apache'), await afterLoad(ours)];
    assert.deepEqual(mine, theirs);
  });

  test('either broker shows what a consumer of ours holds', { timeout: TEST_MS }, async () => {
    const [theirs, mine] = [await heldByConsumer('apache'), await heldByConsumer(ours)];
    assert.deepEqual(mine, theirs);
    assert.deepEqual(mine, ['0 2', '1 2', '2 2', '3 2']);
  });
});

/** `queue offset` of each queue that a consumer of ours holds, as its broker shows it. */
async function heldByConsumer(make: Make): Promise<string[]> {
  const cluster = await startCluster({ namesrv: ours, broker: make });
  const topic = 'StatusTopic';
  const consumerGroup = 'status_group';
  const consumer = new PushConsumer({ namesrvAddr: cluster.namesrv, consumerGroup, consumeFrom: 'FIRST_OFFSET' });
  try {
    await withProducer(cluster, async (producer) => {
      for (let i = 0; i < 8; i++) await producer.send({ topic, body: bodyOf('status', i, 32) });
    });
    const all = Promise.withResolvers<void>();
    let received = 0;
    consumer.subscribe(topic);
    await consumer.start(() => {
      received += 1;
      if (received === 8) all.resolve();
      return 'CONSUME_SUCCESS';
    });
    await all.promise;
    return await consumerStatus(cluster.broker, topic, consumerGroup);
  } finally {
    await consumer.stop();
    await cluster.stop();
  }
}

async function afterLoad(make: Make): Promise<Statistics> {
  const cluster = await startCluster({ namesrv: ours, broker: make });
  try {
    return await statisticsOf(cluster.broker);
  } finally {
    await cluster.stop();
  }
}
