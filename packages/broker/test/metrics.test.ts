import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { type ExposedMetric, exposition, javaDouble } from '@rocketmq-ts/kernel';
import { DELETE_TOPIC_IN_BROKER, UPDATE_BROKER_CONFIG } from '@rocketmq-ts/protocol';
import { metricValue, readMetrics } from '@rocketmq-ts/testkit';
import { apacheBrokerMetrics, type Broker, ownBrokerMetrics } from '../src/index.ts';
import { consumer, subscription } from './consumers.ts';
import { type Caller, properties, Stage } from './stage.ts';

const MEASURED = { metricsExporterType: 'PROM' };
const OWN_LABELS = ['cluster', 'node_id', 'node_type', 'otel_scope_name', 'region', 'stage'];

test('names, types, texts, labels and bounds are those that a 5.4.0 broker showed; those of pop are not served', () => {
  const recorded = readFileSync(join(import.meta.dirname, 'fixtures/metrics-5.4.0.txt'), 'utf8')
    .trim()
    .split('\n');
  const expected = recorded.filter((line) => !/^(rocketmq_pop_|target_info)/.test(line));
  const shape = ([name, { type, help, labels, bounds }]: [string, ExposedMetric]): string => {
    const all = [...OWN_LABELS, ...labels, ...(bounds === undefined ? [] : ['le'])].sort();
    const ends = bounds === undefined ? [] : [...bounds.map(javaDouble), '+Inf'];
    return [name, type, JSON.stringify(help), ...all, ...ends].join(' ');
  };
  assert.deepEqual(Object.entries(apacheBrokerMetrics).map(shape).sort(), expected);
});

test('our own names have a prefix of their own', () => {
  assert.deepEqual(
    Object.keys(ownBrokerMetrics).filter((name) => !name.startsWith('rocketmq_ts_')),
    [],
  );
});

suite('a broker whose metrics are collected', () => {
  let stage: Stage;
  let broker: Broker;
  let caller: Caller;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.dispose());

  const start = async (given: Record<string, string> = {}): Promise<void> => {
    broker = await stage.broker({ ...MEASURED, ...given });
    caller = await stage.caller();
  };
  const text = async (): Promise<string> => {
    let all = '';
    const read = async (): Promise<void> => {
      for await (const piece of exposition([broker.metrics!], stage.clock, (_, error) => assert.fail(String(error))))
        all += piece.toString();
    };
    await stage.clock.run(read(), 60_000);
    return all;
  };
  const metrics = async () => readMetrics(await text());
  const lag = { consumer_group: 'G', topic: 'T', is_retry: 'false' };

  test('counts messages by topic and type, as they are stored', async () => {
    await start();
    for (let i = 0; i < 3; i++) await caller.send('T', 'x');
    await caller.send('T', 'x'.repeat(2000));
    await caller.send('T', 'x', { properties: properties({ __SHARDINGKEY: 'k' }) });
    await caller.send('T', 'x', { properties: properties({ DELAY: '1' }) });
    await caller.sendBatch('T', [{ body: 'a' }, { body: 'b' }]);
    const now = await metrics();
    const count = (labels: Record<string, string>) => metricValue(now, 'rocketmq_messages_in_total', labels);
    assert.equal(count({ topic: 'T', message_type: 'normal', is_system: 'false' }), 6);
    assert.equal(count({ topic: 'T', message_type: 'fifo' }), 1);
    assert.equal(count({ topic: 'SCHEDULE_TOPIC_XXXX', message_type: 'delay', is_system: 'true' }), 1);
    const bytes = (await caller.messages('T')).reduce((sum, { storeSize }) => sum + storeSize, 0);
    const fifo = metricValue(now, 'rocketmq_throughput_in_total', { message_type: 'fifo' })!;
    assert.equal(
      metricValue(now, 'rocketmq_throughput_in_total', { topic: 'T', message_type: 'normal' }),
      bytes - fifo,
    );
    const sizes = now.get('rocketmq_message_size')!.samples;
    const bucket = (le: string) =>
      sizes.find(({ labels }) => labels.topic === 'T' && labels.message_type === 'normal' && labels.le === le)?.value;
    // The batch counts once, with the average of its messages.
    assert.deepEqual([bucket('1024.0'), bucket('4096.0'), bucket('+Inf')], [4, 5, 5]);
    // Once it is delivered the delayed one came into its topic.
    await stage.clock.advance(2_000);
    assert.equal(metricValue(await metrics(), 'rocketmq_messages_in_total', { topic: 'T', message_type: 'delay' }), 1);
  });

  test('shows how far a group with members is behind, and since when', async () => {
    await start();
    await caller.heartbeat({ consumers: [consumer('G', [subscription('T')])] });
    for (let i = 0; i < 5; i++) await caller.send('T', 'x');
    await caller.pull('T', { consumerGroup: 'G', maxMsgNums: 3 });
    await caller.commit('G', 'T', 2);
    await stage.clock.advance(4_000);
    const now = await metrics();
    assert.equal(metricValue(now, 'rocketmq_consumer_lag_messages', lag), 3);
    assert.equal(metricValue(now, 'rocketmq_consumer_inflight_messages', lag), 1);
    assert.equal(metricValue(now, 'rocketmq_consumer_ready_messages', lag), 2);
    for (const name of ['lag', 'queueing'])
      assert.ok(metricValue(now, `rocketmq_consumer_${name}_latency_milliseconds`, lag)! >= 4_000, name);
    await caller.commit('G', 'T', 5);
    await caller.pull('T', { consumerGroup: 'G', queueOffset: 3 });
    const after = await metrics();
    assert.equal(metricValue(after, 'rocketmq_consumer_lag_latency_milliseconds', lag), 0);
    assert.equal(metricValue(after, 'rocketmq_consumer_queueing_latency_milliseconds', lag), 0);
    assert.equal(metricValue(after, 'rocketmq_messages_out_total', { topic: 'T', consumer_group: 'G' }), 5);
  });

  test('a group that wants some tags is behind by their messages alone, unless all shall count', async () => {
    await start();
    await caller.heartbeat({ consumers: [consumer('G', [subscription('T', 'a||b')])] });
    const send = (tag: string) => caller.send('T', 'x', { properties: properties({ TAGS: tag }) });
    const shown = async () => {
      const now = await metrics();
      return ['lag', 'ready', 'inflight'].map((name) => metricValue(now, `rocketmq_consumer_${name}_messages`, lag));
    };
    for (const tag of ['a', 'c', 'b', 'c', 'c', 'a']) await send(tag);
    await caller.commit('G', 'T', 0);
    await caller.pull('T', { consumerGroup: 'G', maxMsgNums: 1 });
    assert.deepEqual(await shown(), [3, 2, 1]);
    await caller.commit('G', 'T', 1);
    assert.deepEqual(await shown(), [2, 2, 0]);
    await send('b');
    await send('c');
    assert.deepEqual(await shown(), [3, 3, 0]);
    await caller.request(UPDATE_BROKER_CONFIG, {}, { body: Buffer.from('estimateAccumulation=false') });
    assert.deepEqual(await shown(), [7, 7, 0]);
  });

  test('counts dead letters, connections, requests by their codes, and topics that were made', async () => {
    await start();
    await caller.putTopic('T', 1);
    await caller.heartbeat({ producerGroups: ['P'], consumers: [consumer('G', [subscription('T')])] });
    await caller.send('T', 'x');
    const message = await caller.last('T');
    await caller.sendBack(message, { delayLevel: -1, originTopic: 'T' });
    await caller.send('missing topic', 'x');
    const now = await metrics();
    const value = (name: string, labels: Record<string, string> = {}) => metricValue(now, name, labels);
    assert.equal(value('rocketmq_send_to_dlq_messages_total', { consumer_group: 'G', topic: 'T' }), 1);
    assert.equal(value('rocketmq_consumer_connections', { consumer_group: 'G', consume_mode: 'push' }), 1);
    assert.equal(value('rocketmq_producer_connections', { version: 'v5_4_0' }), 1);
    assert.equal(value('rocketmq_broker_permission'), 6);
    const sends = { request_code: 'send_message_v2', is_long_polling: 'false', result: 'success', le: '+Inf' };
    assert.equal(value('rocketmq_rpc_latency_milliseconds', { ...sends, response_code: 'success' }), 1);
    assert.equal(value('rocketmq_rpc_latency_milliseconds', sends), 2);
    const created = { invocation_status: 'success', is_system: 'false', le: '+Inf' };
    assert.equal(value('rocketmq_topic_create_execution_time_milliseconds', created), 1);
    assert.equal(value('rocketmq_ts_store_put_messages_total'), 2);
    assert.equal(value('rocketmq_ts_store_writable'), 1);
  });

  test('a held pull counts as long polling, with its wait', async () => {
    await start();
    await caller.send('T', 'x');
    const held = caller.askPull('T', { queueOffset: 1, sysFlag: 6, suspendTimeoutMillis: 5_000 });
    await stage.clock.advance(100);
    assert.equal(metricValue(await metrics(), 'rocketmq_ts_held_requests'), 1);
    await caller.send('T', 'y');
    await stage.clock.run(held, 1_000);
    const labels = { request_code: 'pull_message', is_long_polling: 'true' };
    const took = (await metrics()).get('rocketmq_rpc_latency_milliseconds')!.samples;
    const sum = took.find(
      ({ name, labels: own }) => name.endsWith('_sum') && Object.entries(labels).every(([key, is]) => own[key] === is),
    );
    assert.ok(sum !== undefined && sum.value >= 100, JSON.stringify(sum));
  });

  test('labels, switches and the limit of samples are those of the configuration', async () => {
    await start({
      ...{ metricsLabel: 'region:eu', metricsInDelta: 'true', metricsOtelCardinalityLimit: '3' },
      ...{ enableConnectionMetrics: 'false' },
    });
    for (const topic of ['A', 'B', 'C', 'D']) await caller.send(topic, 'x');
    const now = await metrics();
    const labels = { region: 'eu', aggregation: 'delta', node_type: 'broker', cluster: 'DefaultCluster' };
    assert.equal(metricValue(now, 'rocketmq_broker_permission', labels), 6);
    assert.equal(metricValue(now, 'rocketmq_messages_in_total', { otel_metric_overflow: 'true' }), 2);
    assert.equal(now.get('rocketmq_producer_connections'), undefined);
    await caller.configure('enableStatsMetrics=false');
    assert.equal((await metrics()).get('rocketmq_broker_permission'), undefined);
  });

  test('a topic that is deleted is shown no more', async () => {
    await start();
    await caller.putTopic('T', 1);
    await caller.send('T', 'x');
    assert.match(await text(), /topic="T"/);
    await caller.request(DELETE_TOPIC_IN_BROKER, { topic: 'T' });
    assert.doesNotMatch(await text(), /rocketmq_messages_in_total\{[^}]*topic="T"/);
  });

  test('shows nothing, and counts nothing for it, where nobody collects', async () => {
    broker = await stage.broker();
    assert.equal(broker.metrics, undefined);
  });
});
