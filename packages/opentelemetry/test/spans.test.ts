import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { createReplyMessage, type MessageExt } from '@rocketmq-ts/client';
import { TelemetryStage } from './telemetry-stage.ts';

let stage: TelemetryStage;
afterEach(() => stage.stop());

test('a send is a producer span, whose context is in the message', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  const received: MessageExt[] = [];
  await stage.consumer((message) => void received.push(message));
  const message = { topic: 'Orders', tags: 'created', keys: ['7', '8'], body: 'order', delayLevel: 1 };
  const { msgId } = await stage.cluster.run(producer.send({ ...message, properties: { own: 'kept' } }));
  await stage.cluster.advance(3000);
  const [span, ...others] = stage.spans('send Orders');
  assert.deepEqual(others, []);
  assert.equal(span!.kind, SpanKind.PRODUCER);
  assert.deepEqual(span!.attributes, {
    'messaging.system': 'rocketmq',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'Orders',
    'messaging.destination.partition.id': '0',
    'messaging.client.id': producer.clientId,
    'messaging.message.id': msgId,
    'messaging.message.body.size': 5,
    'messaging.rocketmq.client_group': 'shop',
    'messaging.rocketmq.namespace': '',
    'messaging.rocketmq.message.type': 'delay',
    'messaging.rocketmq.message.delay_time_level': 1,
    'messaging.rocketmq.message.tag': 'created',
    'messaging.rocketmq.message.keys': ['7', '8'],
    'messaging.rocketmq.broker_name': 'broker-a',
  });
  const { traceId, spanId } = span!.spanContext();
  assert.equal(received[0]!.properties.get('traceparent'), `00-${traceId}-${spanId}-01`);
  assert.equal(received[0]!.properties.get('own'), 'kept');
});

test('a send inside of a span of the application is its child', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  const parent = stage.tracerProvider.getTracer('application').startSpan('checkout');
  await context.with(trace.setSpan(context.active(), parent), () =>
    stage.cluster.run(producer.send({ topic: 'Orders', body: 'b' })),
  );
  assert.equal(stage.spans('send Orders')[0]!.parentSpanContext?.spanId, parent.spanContext().spanId);
});

test('a batch is one span, with the count of its messages', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  const message = { topic: 'Orders', body: 'b' };
  await stage.cluster.run(producer.send([message, message, message]));
  assert.equal(stage.spans('send Orders')[0]!.attributes['messaging.batch.message_count'], 3);
});

test('a listener call is a consumer span of its own trace, linked to the sender, and active while the listener runs', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  const active: (string | undefined)[] = [];
  const consumer = await stage.consumer(async () => {
    await Promise.resolve();
    active.push(trace.getActiveSpan()?.spanContext().spanId, propagation.getActiveBaggage()?.getEntry('tenant')?.value);
    await producer.send({ topic: 'Orders_audit', body: 'b' }).catch(() => {});
  });
  const baggage = propagation.createBaggage({ tenant: { value: 'a' } });
  await context.with(propagation.setBaggage(context.active(), baggage), () =>
    stage.cluster.run(producer.send({ topic: 'Orders', body: 'order' })),
  );
  await stage.cluster.advance(5000);
  const [sent] = stage.spans('send Orders');
  const [span, ...others] = stage.spans('process Orders');
  assert.deepEqual(others, []);
  assert.equal(span!.kind, SpanKind.CONSUMER);
  assert.equal(span!.parentSpanContext, undefined);
  assert.notEqual(span!.spanContext().traceId, sent!.spanContext().traceId);
  assert.deepEqual(
    span!.links.map((link) => link.context.spanId),
    [sent!.spanContext().spanId],
  );
  assert.deepEqual(active, [span!.spanContext().spanId, 'a']);
  const [audit] = stage.spans('send Orders_audit');
  assert.equal(audit!.parentSpanContext?.spanId, span!.spanContext().spanId);
  assert.deepEqual(span!.attributes, {
    'messaging.system': 'rocketmq',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'Orders',
    'messaging.destination.partition.id': '0',
    'messaging.consumer.group.name': 'billing',
    'messaging.client.id': consumer.clientId,
    'messaging.message.id': sent!.attributes['messaging.message.id'],
    'messaging.message.body.size': 5,
    'messaging.rocketmq.client_group': 'billing',
    'messaging.rocketmq.namespace': '',
    'messaging.rocketmq.consumption_model': 'clustering',
    'messaging.rocketmq.queue_offset': 0,
    'messaging.rocketmq.message.reconsume_times': 0,
    'messaging.rocketmq.broker_name': 'broker-a',
  });
});

test('on request a listener call is in the trace of the sender', async () => {
  stage = await TelemetryStage.start({ processInProducerTrace: true });
  const producer = await stage.producer();
  await stage.consumer(() => {});
  await stage.cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  await stage.cluster.advance(1000);
  const [sent] = stage.spans('send Orders');
  assert.equal(stage.spans('process Orders')[0]!.parentSpanContext?.spanId, sent!.spanContext().spanId);
});

test('a batch listener has one span with a link for each message', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  for (const body of ['a', 'b', 'c']) await stage.cluster.run(producer.send({ topic: 'Orders', body }));
  await stage.consumer({ concurrently: () => undefined }, 10);
  await stage.cluster.advance(2000);
  const spans = stage.spans('process Orders');
  assert.equal(spans.length, 1);
  assert.equal(spans[0]!.attributes['messaging.batch.message_count'], 3);
  assert.deepEqual(
    spans[0]!.links.map((link) => link.context.spanId),
    stage.spans('send Orders').map((span) => span.spanContext().spanId),
  );
  assert.ok(spans[0]!.links.every((link) => typeof link.attributes?.['messaging.message.id'] === 'string'));
});

test('a listener that throws is a failed span, and the message that is given back a settle span', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  await stage.consumer((message, call) => {
    if (message.reconsumeTimes === 0) throw new TypeError('no such order');
    call.delayLevelWhenNextConsume = -1;
    return 'RECONSUME_LATER';
  });
  await stage.cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  await stage.cluster.advance(30_000);
  const [first, second] = stage.spans('process Orders');
  assert.deepEqual(first!.status, { code: SpanStatusCode.ERROR, message: 'no such order' });
  assert.equal(first!.attributes['error.type'], 'TypeError');
  assert.equal(first!.events[0]?.name, 'exception');
  assert.equal(second!.attributes['error.type'], 'RECONSUME_LATER');
  assert.equal(second!.attributes['messaging.rocketmq.message.reconsume_times'], 1);
  const [sent] = stage.spans('send Orders');
  for (const name of ['retry Orders', 'dead_letter Orders']) {
    const [span, ...others] = stage.spans(name);
    assert.deepEqual(others, []);
    assert.equal(span!.kind, SpanKind.CLIENT);
    assert.equal(span!.attributes['messaging.operation.type'], 'settle');
    assert.equal(span!.links[0]?.context.spanId, sent!.spanContext().spanId, 'retries keep the sender');
  }
});

test('a poll that finds messages is a receive span', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  await stage.cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  const consumer = await stage.pullConsumer();
  assert.equal((await stage.cluster.run(consumer.poll())).length, 1);
  assert.equal((await stage.cluster.run(consumer.poll({ timeoutMs: 100 }))).length, 0);
  const [span, ...others] = stage.spans('receive Orders');
  assert.deepEqual(others, []);
  assert.equal(span!.kind, SpanKind.CLIENT);
  assert.equal(span!.attributes['messaging.consumer.group.name'], 'polling');
  assert.equal(span!.links.length, 1);
});

test('a request is one span until its reply, a transaction one until its end', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  const replies = await stage.cluster.producer({ producerGroup: 'replies' });
  await stage.consumer(async (message) => void (await replies.send(createReplyMessage(message, 'ten'))));
  await stage.cluster.run(producer.request({ topic: 'Orders', body: 'b' }));
  const [span] = stage.spans('request Orders');
  assert.equal(span!.kind, SpanKind.PRODUCER);
  assert.match(String(span!.attributes['messaging.message.conversation_id']), /.+/);
  await stage.cluster.run(producer.stop());
  const transactions = await stage.transactionProducer();
  await stage.cluster.run(transactions.sendInTransaction({ topic: 'Orders', body: 'b' }, async () => 'COMMIT'));
  assert.equal(stage.spans('send Orders')[0]!.attributes['messaging.rocketmq.message.type'], 'transaction');
});

test('a send that fails is a failed span with the code of its error', async () => {
  stage = await TelemetryStage.start();
  const producer = await stage.producer();
  await assert.rejects(stage.cluster.run(producer.send({ topic: 'Orders', body: '' })));
  await assert.rejects(stage.cluster.run(producer.send({ topic: 'no topic', body: 'b' })));
  const [empty] = stage.spans('send Orders');
  assert.equal(empty!.status.code, SpanStatusCode.ERROR);
  assert.equal(empty!.attributes['error.type'], 'MESSAGE_ILLEGAL');
  assert.equal(stage.spans('send no topic')[0]!.attributes['error.type'], 'NAME_ILLEGAL');
});

test('with a namespace topics and groups are the user’s, and the namespace is an attribute', async () => {
  stage = await TelemetryStage.start({}, { topics: { 'tenant%Orders': 1 } });
  const producer = await stage.producer('tenant');
  await stage.cluster.run(producer.send({ topic: 'Orders', body: 'b' }));
  const [span] = stage.spans('send Orders');
  assert.equal(span!.attributes['messaging.rocketmq.namespace'], 'tenant');
  assert.equal(span!.attributes['messaging.rocketmq.client_group'], 'shop');
});
