import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELETE_TOPIC_IN_BROKER, decodeTopicConfigSerializeWrapper, GET_ALL_TOPIC_CONFIG } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';
const MASTER = { brokerRole: 'ASYNC_MASTER', brokerId: '0' };
const SLAVE = { brokerRole: 'SLAVE', brokerId: '1' };
const group = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;

/** A master and its slave, in which something of each kind waits, and what a consumer got so far. */
async function begun(seed: number) {
  const cluster = await startCluster({
    ...{ seed, slaves: 1, topics: { [TOPIC]: 2 } },
    brokerProperties: {
      ...{ slaveReadEnable: 'true', transactionTimeOut: '3000', transactionCheckInterval: '5000' },
      messageDelayLevel: '1s 30s 2m',
    },
    environment: { network: { maxLatencyMs: 3 }, disk: { maxLatencyMs: 3 } },
  });
  await cluster.advance(10_000);
  const got: string[] = [];
  await cluster.consumer(group, (message) => void got.push(message.text()));
  const producer = await cluster.producer({ producerGroup: 'orders' });
  for (let i = 0; i < 10; i++) await cluster.run(producer.send({ topic: TOPIC, body: `plain ${i}` }));
  await cluster.run(producer.send({ topic: TOPIC, body: 'soon', delayLevel: 1 }));
  await cluster.run(producer.send({ topic: TOPIC, body: 'level 2m', delayLevel: 3 }));
  await cluster.run(producer.send({ topic: TOPIC, body: 'timer soon', delayMs: 2000 }));
  await cluster.run(producer.send({ topic: TOPIC, body: 'timer 2m', delayMs: 120_000 }));
  let isDecided = false;
  const open = await cluster.transactionProducer({
    producerGroup: 'payments',
    check: async () => (isDecided ? 'COMMIT' : 'UNKNOWN'),
  });
  await cluster.run(open.sendInTransaction({ topic: TOPIC, body: 'payment' }, async () => 'UNKNOWN'));
  await cluster.advance(12_000);
  assert.equal(got.length, 12, got.join());
  const decide = (): void => {
    isDecided = true;
  };
  return { cluster, got, producer, decide };
}

/** Bodies that came more than once. */
function twice(bodies: readonly string[]): string[] {
  return bodies.filter((body, index) => bodies.indexOf(body) !== index);
}

async function exchangeRoles(cluster: Cluster, master: string, slave: string): Promise<void> {
  await cluster.broker(slave).stop();
  await cluster.broker(slave).start(MASTER);
  await cluster.broker(master).start(SLAVE);
  await cluster.advance(40_000);
}

for (const end of ['stop', 'kill'] as const) {
  test(`a slave that is started as the master after the ${end} of the old one continues all that waited, and the old one follows it`, async () => {
    const { cluster, got, producer, decide } = await begun(41);
    if (end === 'stop') await cluster.broker('broker-a').stop();
    else cluster.broker('broker-a').kill();
    await exchangeRoles(cluster, 'broker-a', 'broker-a-s1');
    decide();
    await cluster.run(producer.send({ topic: TOPIC, body: 'after' }));
    await cluster.advance(120_000);
    const wanted = ['level 2m', 'timer 2m', 'payment', 'after'];
    assert.deepEqual(
      wanted.filter((body) => !got.includes(body)),
      [],
    );
    assert.deepEqual(twice(got), []);
    // And back, so that the first master continues from what the second one did.
    await cluster.broker('broker-a-s1').stop();
    await exchangeRoles(cluster, 'broker-a-s1', 'broker-a');
    await cluster.run(producer.send({ topic: TOPIC, body: 'back' }));
    await cluster.advance(30_000);
    assert.equal(got.at(-1), 'back');
    assert.deepEqual(twice(got), []);
    await cluster.stop();
  });
}

test('a slave that is started as the master has the topics of all its messages, also those that it never heard of from the old one', async () => {
  const cluster = await startCluster({ seed: 43, slaves: 1, topics: { [TOPIC]: 1, Deleted: 1 } });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  await cluster.run(producer.send({ topic: 'Deleted', body: 'gone' }));
  await cluster.advance(70_000);
  await cluster.run(
    cluster.admin.ask(cluster.broker('broker-a').address, DELETE_TOPIC_IN_BROKER, { topic: 'Deleted' }),
  );
  await cluster.advance(70_000);
  // Made by its first message, and the master is gone before its slave asks for topics again.
  await cluster.run(producer.send({ topic: 'MadeBySend', body: 'kept' }));
  cluster.broker('broker-a').kill();
  await cluster.broker('broker-a-s1').stop();
  await cluster.broker('broker-a-s1').start(MASTER);
  await cluster.advance(1000);
  const got: string[] = [];
  const topics = { MadeBySend: '*' };
  await cluster.consumer({ consumerGroup: 'late', consumeFrom: 'FIRST_OFFSET', topics }, (message) => {
    got.push(message.text());
  });
  await cluster.advance(30_000);
  assert.deepEqual(got, ['kept']);
  const answer = await cluster.run(cluster.admin.ask(cluster.broker('broker-a-s1').address, GET_ALL_TOPIC_CONFIG, {}));
  assert.ok(answer);
  const names = [...decodeTopicConfigSerializeWrapper(answer.body).topicConfigTable.keys()];
  assert.deepEqual(
    names.filter((name) => name === 'Deleted' || name === 'MadeBySend'),
    ['MadeBySend'],
  );
  await cluster.stop();
});
