import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ClientError, type MessageExt, sql, tag } from '@rocketmq-ts/client';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';

let cluster: Cluster;
let received: MessageExt[] = [];

async function start(brokerProperties: Record<string, string> = {}): Promise<void> {
  cluster = await startCluster({ seed: 5, brokers: 2, topics: { [TOPIC]: 2 }, brokerProperties });
  received = [];
}
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
});

const group = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET' } as const;
const bodies = (): string[] => received.map((message) => message.text()).sort();

async function send(count: number): Promise<void> {
  const producer = await cluster.producer({ producerGroup: 'orders' });
  for (let i = 0; i < count; i++) {
    const properties = { price: String(i), region: i % 2 === 0 ? 'EU' : 'US' };
    const sent = producer.send({ topic: TOPIC, body: `order ${i}`, tags: `Tag${i % 3}`, properties });
    assert.equal((await cluster.run(sent)).sendStatus, 'SEND_OK');
  }
}

test('a consumer gets the messages whose properties match its SQL92 expression, from all brokers', async () => {
  await start();
  const topics = { [TOPIC]: sql("price > 10 AND region = 'EU'") };
  await cluster.consumer({ ...group, topics }, (message) => void received.push(message));
  await send(20);
  await cluster.advance(5000);
  assert.deepEqual(bodies(), ['order 12', 'order 14', 'order 16', 'order 18']);
});

test('a message that failed comes again although the retry topic knows no expression', async () => {
  await start();
  let failures = 0;
  await cluster.consumer({ ...group, topics: { [TOPIC]: sql('price = 3') } }, (message) => {
    received.push(message);
    if (failures++ === 0) throw new Error('not now');
  });
  await send(5);
  await cluster.advance(30_000);
  assert.deepEqual(bodies(), ['order 3', 'order 3']);
});

test('tags may be given as a selector', async () => {
  await start();
  await cluster.consumer(
    { ...group, topics: { [TOPIC]: tag('Tag1 || Tag2') } },
    (message) => void received.push(message),
  );
  await send(6);
  await cluster.advance(5000);
  assert.deepEqual(bodies(), ['order 1', 'order 2', 'order 4', 'order 5']);
});

test('a start with an expression that brokers refuse rejects with code 23 and the place', async () => {
  await start();
  const consumer = cluster.consumer({ ...group, topics: { [TOPIC]: sql('price > 10 AND') } }, () => {});
  await assert.rejects(
    consumer,
    (error) =>
      error instanceof ClientError &&
      error.code === 'FILTER_REFUSED' &&
      error.facts.responseCode === 23 &&
      /line 1, column 15 /.test(error.message),
  );
});

test('where brokers do not filter by SQL92, the start rejects and names the property', async () => {
  await start({ enablePropertyFilter: 'false' });
  await assert.rejects(
    cluster.consumer({ ...group, topics: { [TOPIC]: sql('price > 10') } }, () => {}),
    /enablePropertyFilter/,
  );
});

test('an expression that is no text is refused at once', async () => {
  await start();
  for (const expression of ['', ' ', undefined as unknown as string]) {
    assert.throws(
      () => sql(expression),
      (error) => error instanceof ClientError && error.code === 'OPTION_ILLEGAL',
    );
  }
});
