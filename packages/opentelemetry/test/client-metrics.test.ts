import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { clientMetrics, openTelemetry } from '@rocketmq-ts/opentelemetry';
import { metricsShape, metricValue, readMetrics } from '@rocketmq-ts/testkit';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster({ topics: { Orders: 1 } });
});
afterEach(() => cluster.stop());

const consumerOf = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { Orders: '*' } } as const;
const success = { topic: 'Orders', invocation_status: 'success' };
const failure = { topic: 'Orders', invocation_status: 'failure' };

test('names, labels and bounds are those of the clients of RocketMQ 5', async () => {
  const metrics = clientMetrics();
  assert.equal(metrics.text(), '');
  const producer = await cluster.producer({ producerGroup: 'shop', instrumentation: metrics });
  await cluster.consumer({ ...consumerOf, instrumentation: metrics }, async () => {});
  await cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  await cluster.advance(1000);
  const shape = metricsShape(metrics.text()).map((line) => line.replace(/ "[^"]*"/, ''));
  const ofConsumer = 'client_id consumer_group';
  assert.deepEqual(shape, [
    `rocketmq_await_time histogram ${ofConsumer} le topic 1.0 5.0 20.0 100.0 1000.0 5000.0 10000.0 +Inf`,
    `rocketmq_consumer_cached_bytes gauge ${ofConsumer} topic`,
    `rocketmq_consumer_cached_messages gauge ${ofConsumer} topic`,
    `rocketmq_delivery_latency histogram ${ofConsumer} le topic 1.0 5.0 10.0 20.0 50.0 200.0 500.0 +Inf`,
    `rocketmq_process_time histogram ${ofConsumer} invocation_status le topic 1.0 5.0 10.0 100.0 1000.0 10000.0 60000.0 +Inf`,
    'rocketmq_send_cost_time histogram client_id invocation_status le topic 1.0 5.0 10.0 20.0 50.0 200.0 500.0 +Inf',
  ]);
});

test('each message of a send and of a listener call counts, failed ones apart, with the time of the whole call', async () => {
  const metrics = clientMetrics();
  const producer = await cluster.producer({ producerGroup: 'shop', instrumentation: metrics });
  const message = { topic: 'Orders', body: 'b' };
  await cluster.run(producer.send([message, message]));
  await assert.rejects(cluster.run(producer.send({ topic: 'Orders', body: '' })));
  let calls = 0;
  await cluster.consumer({ ...consumerOf, instrumentation: metrics }, async () => {
    calls += 1;
    const call = calls;
    await new Promise<void>((done) => cluster.clock.after(30, done));
    if (call === 1) throw new Error('not yet');
  });
  await cluster.advance(1000);
  const read = readMetrics(metrics.text());
  const count = (name: string, labels: Record<string, string>): number | undefined => {
    const samples = read.get(name)?.samples.filter((sample) => sample.name === `${name}_count`) ?? [];
    return metricValue(new Map([[name, { ...read.get(name)!, samples }]]), name, labels);
  };
  assert.equal(count('rocketmq_send_cost_time', success), 2);
  assert.equal(count('rocketmq_send_cost_time', failure), 1);
  assert.equal(count('rocketmq_process_time', success), 1);
  assert.equal(count('rocketmq_process_time', failure), 1);
  assert.equal(count('rocketmq_await_time', { consumer_group: 'billing' }), 2);
  assert.equal(count('rocketmq_delivery_latency', { consumer_group: 'billing' }), 2);
  const below = (le: string) => metricValue(read, 'rocketmq_process_time', { ...success, le });
  assert.deepEqual([below('10.0'), below('100.0')], [0, 1]);
});

test('what a consumer has pulled and not finished is shown, and nothing of one that has stopped', async () => {
  const metrics = clientMetrics();
  const producer = await cluster.producer({ producerGroup: 'shop' });
  const held = Promise.withResolvers<void>();
  const consumer = await cluster.consumer({ ...consumerOf, instrumentation: metrics }, () => held.promise);
  for (let i = 0; i < 3; i++) await cluster.run(producer.send({ topic: 'Orders', body: 'x'.repeat(10) }));
  await cluster.advance(1000);
  const cached = (of: string) =>
    metricValue(readMetrics(metrics.text()), `rocketmq_consumer_cached_${of}`, { topic: 'Orders' });
  assert.deepEqual([cached('messages'), cached('bytes')], [3, 30]);
  held.resolve();
  await cluster.advance(1000);
  assert.deepEqual([cached('messages'), cached('bytes')], [0, 0]);
  await cluster.run(consumer.stop());
  assert.deepEqual([cached('messages'), cached('bytes')], [undefined, undefined]);
});

test('messages wait for a listener that is busy, and another instrumentation beside it sees all', async () => {
  const seen: string[] = [];
  const beside = {
    ...openTelemetry(),
    sending: () => ({ properties: { mark: 'of the other' }, ended: () => seen.push('sent') }),
    processing: () => ({ run: <T>(listener: () => T): T => listener(), ended: () => seen.push('processed') }),
    consuming: () => () => seen.push('stopped'),
  };
  const metrics = clientMetrics({ beside });
  const producer = await cluster.producer({ producerGroup: 'shop', instrumentation: metrics });
  for (let i = 0; i < 2; i++) await cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  const options = { ...consumerOf, instrumentation: metrics, consumeThreadMin: 1 };
  const consumer = await cluster.consumer(options, async (message) => {
    seen.push(message.properties.get('mark') ?? '');
    await new Promise<void>((done) => cluster.clock.after(150, done));
  });
  await cluster.advance(2000);
  await cluster.run(consumer.stop());
  assert.deepEqual([...seen].sort(), [
    'of the other',
    'of the other',
    'processed',
    'processed',
    'sent',
    'sent',
    'stopped',
  ]);
  const below = (le: string) => metricValue(readMetrics(metrics.text()), 'rocketmq_await_time', { le });
  assert.deepEqual([below('100.0'), below('1000.0')], [1, 2]);
});
