import { setTimeout as pause } from 'node:timers/promises';
import { createAdmin, createSubscriptionGroupConfig, createTopicConfig } from '@rocketmq-ts/admin';
import { type Message, Producer, PushConsumer, TransactionProducer } from '@rocketmq-ts/client';
import type { Cluster } from './cluster.ts';

/** Broker properties of the scenario. */
export const measured = (port: number) => ({
  ...{ metricsExporterType: 'PROM', metricsPromExporterHost: '127.0.0.1', metricsPromExporterPort: port },
  ...{ metricsLabel: 'region:eu,stage:test', brokerName: 'broker-a', brokerClusterName: 'DefaultCluster' },
});

/** Topic of its messages. */
export const MEASURED_TOPIC = 'MeasuredTopic';
const GROUP = 'measured_group';
/** Topic of a group that wants some of its messages. */
export const TAGGED_TOPIC = 'TaggedTopic';
const TAGGED_GROUP = 'tagged_group';

/**
 * Something of every kind that a broker has a metric for: messages of each type, a batch, transactions, a consumer that fails
 * once and one whose message is given up, topics and groups. Resolves to what is seen then, while the clients are still there.
 */
export async function measuredLoad<Seen>(
  cluster: Pick<Cluster, 'namesrv' | 'broker'>,
  look: () => Promise<Seen>,
): Promise<Seen> {
  const { namesrv: namesrvAddr } = cluster;
  const admin = createAdmin({ namesrvAddresses: [namesrvAddr] });
  await admin.start();
  const producer = new Producer({ namesrvAddr, producerGroup: 'measured_producers' });
  const transactions = new TransactionProducer({
    ...{ namesrvAddr, producerGroup: 'measured_transactions' },
    check: async () => 'UNKNOWN',
  });
  const consumer = new PushConsumer({
    ...{ namesrvAddr, consumerGroup: GROUP, consumeFrom: 'FIRST_OFFSET', maxReconsumeTimes: 0 },
  });
  const tagged = new PushConsumer({
    ...{ namesrvAddr, consumerGroup: TAGGED_GROUP, consumeFrom: 'FIRST_OFFSET', persistOffsetIntervalMs: 500 },
  });
  const release = Promise.withResolvers<void>();
  try {
    await admin.createTopic(cluster.broker, createTopicConfig(MEASURED_TOPIC, { readQueueNums: 4, writeQueueNums: 4 }));
    await admin.createTopic(cluster.broker, createTopicConfig(TAGGED_TOPIC, { readQueueNums: 1, writeQueueNums: 1 }));
    await admin.createSubscriptionGroup(cluster.broker, createSubscriptionGroupConfig(TAGGED_GROUP));
    await admin.createSubscriptionGroup(cluster.broker, createSubscriptionGroupConfig(GROUP));
    await producer.start();
    await transactions.start();
    const send = (message: Partial<Message>) =>
      producer.send({ topic: MEASURED_TOPIC, body: 'x'.repeat(100), ...message });
    for (let i = 0; i < 5; i++) await send({});
    await send({ body: 'x'.repeat(5000) });
    await send({ delayLevel: 1 });
    await send({ delayMs: 3600_000 });
    await send({ delayMs: 1500 });
    await producer.send([
      { topic: MEASURED_TOPIC, body: 'one of a batch' },
      { topic: MEASURED_TOPIC, body: 'two of a batch' },
    ]);
    await transactions.sendInTransaction({ topic: MEASURED_TOPIC, body: 'committed' }, async () => 'COMMIT');
    await transactions.sendInTransaction({ topic: MEASURED_TOPIC, body: 'rolled back' }, async () => 'ROLLBACK');
    await transactions.sendInTransaction({ topic: MEASURED_TOPIC, body: 'open' }, async () => 'UNKNOWN');
    const failed = Promise.withResolvers<void>();
    let received = 0;
    consumer.subscribe(MEASURED_TOPIC);
    await consumer.start(() => {
      received += 1;
      if (received > 1) return 'CONSUME_SUCCESS';
      failed.resolve();
      return 'RECONSUME_LATER';
    });
    await failed.promise;
    for (let tries = 0; tries < 200 && received < 12; tries++) await pause(50);
    await taggedLag(producer, tagged, release.promise);
    await pause(3000);
    return await look();
  } finally {
    release.resolve();
    await Promise.all([tagged.stop(), consumer.stop(), producer.stop(), transactions.stop(), admin.stop()]);
  }
}

/**
 * A consumer of one tag handles a message and waits with the next one, while messages of its tag and of another one lie behind
 * it.
 */
async function taggedLag(producer: Producer, consumer: PushConsumer, release: Promise<void>): Promise<void> {
  const first = Promise.withResolvers<void>();
  let calls = 0;
  consumer.subscribe(TAGGED_TOPIC, 'wanted');
  await consumer.start(async () => {
    calls += 1;
    if (calls === 1) first.resolve();
    else await release;
  });
  const send = (tags: string) => producer.send({ topic: TAGGED_TOPIC, body: 'x', tags });
  await send('wanted');
  await first.promise;
  await pause(1500);
  for (const tags of ['wanted', 'other', 'other', 'wanted', 'other']) await send(tags);
}
