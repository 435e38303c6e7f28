import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { openTelemetry } from '@rocketmq-ts/opentelemetry';
import { TelemetryStage } from './telemetry-stage.ts';

let stage: TelemetryStage;
afterEach(() => stage.stop());

const send = {
  'messaging.system': 'rocketmq',
  'messaging.operation.name': 'send',
  'messaging.operation.type': 'send',
  'messaging.destination.name': 'Orders',
};

test('sent messages and the time of sends are counted, failures apart from the rest', async () => {
  stage = await TelemetryStage.start({}, { environment: { network: { minLatencyMs: 2, maxLatencyMs: 4 } } });
  const producer = await stage.producer();
  const message = { topic: 'Orders', body: 'b' };
  await stage.cluster.run(producer.send(message));
  await stage.cluster.run(producer.send([message, message]));
  await assert.rejects(stage.cluster.run(producer.send({ topic: 'Orders', body: '' })));
  const sent = await stage.metric('messaging.client.sent.messages');
  assert.equal(sent.unit, '{message}');
  assert.deepEqual(
    sent.points.map(({ attributes, value }) => [attributes, value]),
    [
      [send, 3],
      [{ ...send, 'error.type': 'MESSAGE_ILLEGAL' }, 1],
    ],
  );
  const duration = await stage.metric('messaging.client.operation.duration');
  assert.equal(duration.unit, 's');
  const histogram = duration.points[0]!.value as Histogram;
  assert.equal(histogram.count, 2);
  assert.ok(histogram.sum! > 0 && histogram.sum! < 1, `seconds, not ms: ${histogram.sum}`);
  assert.equal(histogram.buckets.boundaries[0], 0.005);
});

test('consumed messages, the time of listeners, of polls and of messages that are given back are counted', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  let fails = 1;
  await stage.consumer(async () => {
    if (fails-- > 0) throw new Error('not yet');
  });
  await stage.cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  await stage.cluster.advance(20_000);
  const polling = await stage.pullConsumer();
  await stage.cluster.run(polling.poll());
  const { points } = await stage.metric('messaging.client.consumed.messages');
  const byGroup = points.map(({ attributes, value }) => [
    attributes['messaging.consumer.group.name'],
    attributes['messaging.operation.name'],
    value,
  ]);
  assert.deepEqual(byGroup, [
    ['billing', 'process', 2],
    ['polling', 'receive', 1],
  ]);
  const processed = await stage.metric('messaging.process.duration');
  assert.deepEqual(
    processed.points.map(({ attributes, value }) => [attributes['error.type'], (value as Histogram).count]),
    [
      ['Error', 1],
      [undefined, 1],
    ],
  );
  const operations = await stage.metric('messaging.client.operation.duration');
  const names = operations.points.map(({ attributes }) => attributes['messaging.operation.name']);
  assert.deepEqual(names.sort(), ['receive', 'retry', 'send']);
});

test('without a registered SDK clients work, and messages get no properties', async () => {
  stage = await TelemetryStage.start();
  const bare = openTelemetry();
  const producer = await stage.cluster.producer({ producerGroup: 'bare', instrumentation: bare });
  const seen: (string | undefined)[] = [];
  const options = { consumerGroup: 'bare', consumeFrom: 'FIRST_OFFSET', topics: { Orders: '*' } } as const;
  await stage.cluster.consumer({ ...options, instrumentation: bare }, (message) => {
    seen.push(message.properties.get('traceparent'));
  });
  await stage.cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  await stage.cluster.advance(1000);
  assert.deepEqual(seen, [undefined]);
});
