import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  ClientError,
  type ConsumeContext,
  createReplyMessage,
  type MessageExt,
  Producer,
  PushConsumer,
} from '@rocketmq-ts/client';
import {
  decodeTopicConfigSerializeWrapper,
  GET_ALL_TOPIC_CONFIG,
  GET_CONSUMER_LIST_BY_GROUP,
  GET_PRODUCER_CONNECTION_LIST,
  TopicSysFlag,
} from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const namespace = 'MQ_INST_1';
let cluster: Cluster;

beforeEach(async () => {
  cluster = await startCluster({ seed: 5, topics: { 'MQ_INST_1%Orders': 2, Orders: 1 } });
});
afterEach(() => cluster.stop());

const broker = (): string => cluster.broker('broker-a').address;

async function topicNames(): Promise<ReadonlyMap<string, { readonly topicSysFlag: number }>> {
  const answer = await cluster.run(cluster.admin.ask(broker(), GET_ALL_TOPIC_CONFIG, {}));
  return decodeTopicConfigSerializeWrapper(answer!.body).topicConfigTable;
}

test('topics and groups are in the namespace at the broker, and without it for the user', async () => {
  const producer = await cluster.producer({ producerGroup: 'shop', namespace });
  const seen: { readonly message: MessageExt; readonly queueTopic: string }[] = [];
  const consumer = await cluster.consumer(
    { consumerGroup: 'billing', namespace, topics: { Orders: '*' }, consumeFrom: 'FIRST_OFFSET' },
    (message: MessageExt, context: ConsumeContext) => {
      seen.push({ message, queueTopic: context.messageQueue.topic });
      context.delayLevelWhenNextConsume = 1;
      if (message.reconsumeTimes === 0) throw new Error('again');
    },
  );
  const outside: string[] = [];
  await cluster.consumer(
    { consumerGroup: 'outside', topics: { Orders: '*' }, consumeFrom: 'FIRST_OFFSET' },
    (message) => {
      outside.push(message.text());
    },
  );
  const result = await cluster.run(producer.send({ topic: 'Orders', body: 'one' }));
  assert.equal(result.messageQueue.topic, 'Orders');
  const queues = await cluster.run(producer.queues('Orders'));
  assert.deepEqual(
    queues.map(({ topic }) => topic),
    ['Orders', 'Orders'],
  );
  const select = (offered: readonly { readonly topic: string }[]) => {
    assert.ok(offered.every(({ topic }) => topic === 'Orders'));
    return offered[0] as never;
  };
  await cluster.run(producer.send({ topic: 'Orders', body: 'two' }, { select }));
  await cluster.run(producer.send({ topic: 'Orders', body: 'three' }, { queue: queues[1]! }));
  await cluster.run(producer.send([{ topic: 'Orders', body: 'four' }]));
  await cluster.advance(10_000);
  // Each came once and once again, by the retry topic of the group.
  assert.equal(seen.length, 8);
  for (const { message, queueTopic } of seen) {
    assert.equal(message.topic, 'Orders');
    assert.equal(queueTopic, message.reconsumeTimes === 0 ? 'Orders' : '%RETRY%billing');
    if (message.text() !== 'four') assert.equal(message.properties.get('INSTANCE_ID'), namespace);
    if (message.reconsumeTimes > 0) assert.equal(message.properties.get('RETRY_TOPIC'), 'MQ_INST_1%Orders');
  }
  assert.deepEqual(new Set(consumer.queues.map(({ topic }) => topic)), new Set(['Orders', '%RETRY%billing']));
  assert.deepEqual(outside, []);
  assert.ok((await topicNames()).has('%RETRY%MQ_INST_1%billing'));
  const members = { consumerGroup: 'MQ_INST_1%billing' };
  assert.equal((await cluster.run(cluster.admin.ask(broker(), GET_CONSUMER_LIST_BY_GROUP, members)))?.code, 0);
  const producers = { producerGroup: 'MQ_INST_1%shop' };
  assert.equal((await cluster.run(cluster.admin.ask(broker(), GET_PRODUCER_CONNECTION_LIST, producers)))?.code, 0);
});

test('requests and replies work in a namespace without a reply topic of its own', async () => {
  const producer = await cluster.producer({ producerGroup: 'shop', namespace });
  const topics = { Orders: '*' };
  await cluster.consumer({ consumerGroup: 'desk', namespace, topics, consumeFrom: 'FIRST_OFFSET' }, async (message) => {
    await producer.send(createReplyMessage(message, `re: ${message.text()}`));
  });
  const reply = await cluster.run(producer.request({ topic: 'Orders', body: 'ask' }));
  assert.equal(reply.text(), 're: ask');
  assert.ok(![...(await topicNames()).keys()].some((name) => name.startsWith('MQ_INST_1%DefaultCluster')));
});

test('a consumer leaves a topic of its namespace, and an admin hands it a message by its own name', async () => {
  const topics = { Orders: '*' };
  const consumer = await cluster.consumer({ consumerGroup: 'billing', namespace, topics }, () => {});
  await cluster.advance(1000);
  assert.ok(consumer.queues.some(({ topic }) => topic === 'Orders'));
  consumer.unsubscribe('Orders');
  await cluster.advance(5000);
  assert.ok(!consumer.queues.some(({ topic }) => topic === 'Orders'));
});

test('a namespace is part of names, so what no name can hold is refused, as are names that are too long with it', () => {
  const illegal = (code: string) => (error: unknown) => error instanceof ClientError && error.code === code;
  const base = { namesrvAddr: cluster.namesrvAddr };
  for (const bad of ['a%b', 'a b', 'ä', '/']) {
    assert.throws(() => new Producer({ ...base, producerGroup: 'p', namespace: bad }), illegal('OPTION_ILLEGAL'));
    assert.throws(() => new Producer({ ...base, producerGroup: 'p', namespaceV2: bad }), illegal('OPTION_ILLEGAL'));
  }
  const long = 'n'.repeat(100);
  assert.throws(
    () => new Producer({ ...base, producerGroup: 'p'.repeat(30), namespace: long }),
    illegal('NAME_ILLEGAL'),
  );
  const consumer = new PushConsumer({ ...base, consumerGroup: 'c', namespace: long });
  assert.throws(() => consumer.subscribe('t'.repeat(40)), illegal('NAME_ILLEGAL'));
  consumer.unsubscribe('t'.repeat(40));
});

test('the namespace of the second kind is sent with every request, and names stay as they are', async () => {
  const seen: Record<string, string>[] = [];
  const hook = (_address: string, _code: number, fields: Record<string, string>): void => void seen.push({ ...fields });
  const producer = await cluster.producer({ producerGroup: 'shop', namespaceV2: 'tenant-a', hooks: [hook] });
  const result = await cluster.run(producer.send({ topic: 'Orders', body: 'one' }));
  assert.equal(result.messageQueue.topic, 'Orders');
  assert.ok(seen.length >= 2);
  // The hooks of the user come behind, so that they sign it.
  for (const fields of seen) assert.deepEqual([fields.ns, fields.nsd], ['tenant-a', 'true']);
});

test('clients of a unit have its name in their id, and brokers mark the topics that they make for them', async () => {
  const unit = { unitMode: true, unitName: 'hz' };
  const producer = await cluster.producer({ producerGroup: 'shop', ...unit });
  assert.match(producer.clientId ?? '', /@hz$/);
  await cluster.run(producer.send({ topic: 'MadeInUnit', body: 'one' }));
  await cluster.consumer({ consumerGroup: 'billing', topics: { MadeInUnit: '*' }, ...unit }, () => {});
  await cluster.advance(2000);
  const topics = await topicNames();
  assert.equal(topics.get('MadeInUnit')?.topicSysFlag, TopicSysFlag.UNIT);
  assert.equal(topics.get('%RETRY%billing')?.topicSysFlag, TopicSysFlag.UNIT_SUB);
});
