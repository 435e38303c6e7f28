import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ClientError, type Producer, PushConsumer, sql } from '@rocketmq-ts/client';
import { UPDATE_BROKER_CONFIG } from '@rocketmq-ts/protocol';
import { main as sqlFilterProducer } from '../../examples/src/filter/sql-filter-producer.ts';
import { main as tagFilterProducer } from '../../examples/src/filter/tag-filter-producer.ts';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { hashes, hashOf } from '../support/deliveries.ts';
import { javaConsume } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { typescriptConsume, withProducer } from '../support/typescript-clients.ts';

const TIMEOUT_MS = 90_000;
const WANTED = "price > 10 AND region = 'EU' AND note NOT CONTAINS 'x'";
const OF_EXAMPLE = "(TAGS is not null and TAGS in ('TagA','TagB'))and (a is not null and a between 0 and 3)";

/** Sends twenty orders; resolves to the hashes of those that are wanted. */
async function sendOrders(producer: Producer, topic: string): Promise<string[]> {
  const wanted: string[] = [];
  for (let i = 0; i < 20; i++) {
    const body = `${topic} ${i}`;
    const properties = {
      price: i === 17 ? 'dear' : String(i),
      region: i % 2 === 0 ? 'EU' : 'US',
      note: i === 18 ? 'x' : 'ok',
    };
    await producer.send({ topic, body, properties });
    if ([12, 14, 16].includes(i)) wanted.push(hashOf(body));
  }
  // One more, so that a consumer that got too much is noticed.
  const last = `${topic} last`;
  await producer.send({ topic, body: last, properties: { price: '99', region: 'EU', note: 'ok' } });
  return [...wanted, hashOf(last)].sort();
}

suite('SQL92 filters of our broker, asked for by a Java consumer', { skip: unlessJava() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster(
      { namesrv: ours, broker: ours },
      ours === 'apache' ? { enablePropertyFilter: true } : {},
    );
  });
  after(() => cluster?.stop());

  test('it gets what matches', { timeout: TIMEOUT_MS }, async () => {
    const topic = 'SqlForJava';
    const wanted = await withProducer(cluster, (producer) => sendOrders(producer, topic));
    const got = await javaConsume(cluster, { topic, group: 'sql_java', sql: WANTED, count: wanted.length });
    assert.deepEqual(hashes(got), wanted);
  });

  test('its start fails with the place where the expression is wrong', { timeout: TIMEOUT_MS }, async () => {
    const topic = 'SqlForJava';
    const consuming = javaConsume(cluster, { topic, group: 'sql_wrong', sql: 'price > 10 AND (', count: 1 });
    await assert.rejects(consuming, /CODE: 23.*line 1, column 17/s);
  });

  test('both examples of producers send what examples of consumers look for', { timeout: TIMEOUT_MS }, async () => {
    const env = { NAMESRV_ADDR: cluster.namesrv };
    await sqlFilterProducer([], env);
    await tagFilterProducer([], env);
    const [bySql, byTag] = await Promise.all([
      typescriptConsume(cluster, {
        topic: 'SqlFilterTest',
        group: 'example_sql',
        expression: sql(OF_EXAMPLE),
        count: 3,
      }),
      typescriptConsume(cluster, {
        topic: 'TagFilterTest',
        group: 'example_tag',
        expression: 'TagA || TagC',
        count: 40,
      }),
    ]);
    assert.deepEqual(hashes(bySql), ['Hello RocketMQ 0', 'Hello RocketMQ 1', 'Hello RocketMQ 3'].map(hashOf).sort());
    assert.equal(byTag.length, 40);
  });
});

suite("SQL92 filters of Apache's broker, asked for by our consumer", { skip: unlessJava() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ namesrv: ours, broker: 'apache' });
  });
  after(() => cluster?.stop());

  test('while it does not filter by SQL92, its default, the start rejects and names the property', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await withProducer(cluster, (producer) => producer.send({ topic: 'SqlOff', body: 'x' }));
    const consumer = new PushConsumer({ namesrvAddr: cluster.namesrv, consumerGroup: 'sql_off' });
    consumer.subscribe('SqlOff', sql('price > 10'));
    await assert.rejects(
      consumer.start(() => {}),
      /code 1 .*enablePropertyFilter=true/s,
    );
    await consumer.stop();
    const talk = brokerUnderTest(cluster.broker);
    const { code } = await talk.ask(UPDATE_BROKER_CONFIG, {}, Buffer.from('enablePropertyFilter=true'));
    assert.equal(code, 0);
    await talk.stop();
  });

  test('it gets what matches', { timeout: TIMEOUT_MS }, async () => {
    const topic = 'SqlForOurs';
    const wanted = await withProducer(cluster, (producer) => sendOrders(producer, topic));
    const options = { topic, group: 'sql_ours', expression: sql(WANTED), count: wanted.length };
    assert.deepEqual(hashes(await typescriptConsume(cluster, options)), wanted);
  });

  test('its start rejects with code 23 and the place', { timeout: TIMEOUT_MS }, async () => {
    const consumer = new PushConsumer({ namesrvAddr: cluster.namesrv, consumerGroup: 'sql_wrong' });
    consumer.subscribe('SqlForOurs', sql('price > 10 AND'));
    await assert.rejects(
      consumer.start(() => {}),
      (error) =>
        error instanceof ClientError && error.code === 'FILTER_REFUSED' && /code 23 .*column/s.test(error.message),
    );
    await consumer.stop();
  });
});
