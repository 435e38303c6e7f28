import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { PushConsumer } from '@rocketmq-ts/client';
import type { RocketmqContext } from '@rocketmq-ts/nestjs';
import { Stage } from './sample-app.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.start();
});
afterEach(async () => {
  await stage.stop();
  assert.equal(stage.cluster.clock.pendingTimers, 0, 'closed applications leave no timer');
});

/** Bodies among the dead letters of the group. */
async function deadLetters(): Promise<string[]> {
  const bodies: string[] = [];
  const options = { consumerGroup: 'undertaker', consumeFrom: 'FIRST_OFFSET', topics: { '%DLQ%shop': '*' } } as const;
  const consumer = await stage.cluster.consumer(options, (message) => void bodies.push(message.text()));
  await stage.cluster.advance(5000);
  await stage.cluster.stopClient(consumer);
  return bodies;
}

test('an error that Nest does not know brings the message back when the broker decides', async () => {
  const { shop } = await stage.app();
  await stage.emit(stage.client(), 'Failing', 'unknown');
  await stage.cluster.advance(9000);
  assert.deepEqual(shop.log, ['failing unknown, try 0']);
  await stage.cluster.advance(3000);
  assert.deepEqual(shop.log, ['failing unknown, try 0', 'failing unknown, try 1']);
  assert.ok(
    stage.logged.some((line) => /^Message \w+ of topic Failing failed \(0 tries before\), it comes/.test(line)),
  );
});

test('an error names the delay level after which the message comes again', async () => {
  const { shop, server } = await stage.app();
  const reported: string[] = [];
  server.on('retry', (error, context: RocketmqContext) => {
    reported.push(`${(error as { message: string }).message}: ${context.getTopic()}`);
  });
  await stage.emit(stage.client(), 'Failing', 2);
  await stage.emit(stage.client(), 'Failing', 'rpc');
  await stage.cluster.advance(2000);
  assert.deepEqual(shop.log, ['failing 2, try 0', 'failing rpc, try 0', 'failing rpc, try 1']);
  await stage.cluster.advance(4000);
  assert.deepEqual(shop.log.slice(3), ['failing 2, try 1']);
  assert.deepEqual(reported.sort(), ['by an RpcException: Failing', 'not now: Failing']);
});

test('the delay level -1 makes a dead letter of the message at once', async () => {
  const { shop } = await stage.app();
  await stage.emit(stage.client(), 'Failing', -1);
  await stage.cluster.advance(2000);
  assert.deepEqual(await deadLetters(), ['-1']);
  assert.deepEqual(shop.log, ['failing -1, try 0']);
});

test('a message that fails more often than maxReconsumeTimes is among the dead letters', async () => {
  const { shop } = await stage.app({ maxReconsumeTimes: 2 });
  shop.onCall = () => {
    throw new Error('never');
  };
  await stage.emit(stage.client(), 'Payments', 'bad');
  await stage.cluster.advance(120_000);
  assert.deepEqual(shop.log, ['paid "bad", try 0', 'paid "bad", try 1', 'paid "bad", try 2']);
  assert.deepEqual(await deadLetters(), ['bad']);
});

test('ack keeps a message from coming again although the handler throws, retry brings one back although it does not', async () => {
  const { shop } = await stage.app();
  await stage.emit(stage.client(), 'Failing', 'ack');
  await stage.emit(stage.client(), 'Failing', 'retry');
  await stage.cluster.advance(4000);
  assert.deepEqual(shop.log, ['failing ack, try 0', 'failing retry, try 0']);
  await stage.cluster.advance(60_000);
  assert.deepEqual(shop.log, ['failing ack, try 0', 'failing retry, try 0', 'failing retry, try 1']);
  assert.deepEqual(await deadLetters(), ['retry'], 'the second try asked for -1');
});

test('a body that can not be read becomes a dead letter, and the next messages are handled', async () => {
  const { shop } = await stage.app();
  const producer = await stage.cluster.producer({ producerGroup: 'foreign' });
  const properties = { contentType: 'application/json' };
  await stage.cluster.run(producer.send({ topic: 'Payments', body: '{', properties }));
  await stage.cluster.run(producer.send({ topic: 'Payments', body: '1', properties }));
  await stage.cluster.advance(2000);
  assert.deepEqual(shop.log, ['paid 1, try 0']);
  assert.ok(stage.logged.some((line) => /The body of message \w+ of topic Payments can not be read/.test(line)));
  assert.deepEqual(await deadLetters(), ['{']);
});

test('a message for which the application has no handler any more is not lost: it comes again, and is a dead letter in the end', async () => {
  // An older version of the application subscribed to more, and failed.
  const older = new PushConsumer({
    namesrvAddr: stage.cluster.namesrvAddr,
    consumerGroup: 'shop',
    consumeFrom: 'FIRST_OFFSET',
    instanceName: 'older',
    platform: stage.cluster.environment.machine('older'),
    logger: { warn: () => {}, error: () => {} },
  });
  older.subscribe('Orders', 'shipped', () => 'RECONSUME_LATER');
  await stage.cluster.run(older.start());
  await stage.emit(stage.client(), { topic: 'Orders', tags: 'shipped' }, { id: 9 });
  await stage.cluster.advance(2000);
  await stage.cluster.run(older.stop());
  const { shop } = await stage.app({ maxReconsumeTimes: 1 });
  await stage.cluster.advance(60_000);
  assert.deepEqual(shop.log, []);
  assert.ok(stage.logged.some((line) => line.includes('No handler is there for topic Orders with the tag shipped')));
  assert.deepEqual(await deadLetters(), ['{"id":9}']);
});

test('an ordered consumer holds a queue until its message is handled, and keeps the order', async () => {
  const { shop } = await stage.app({ ordered: true, suspendCurrentQueueTimeMs: 500 });
  let fails = 3;
  shop.onCall = (line) => {
    if (line.startsWith('paid "b"') && fails-- > 0) throw new Error('not yet');
  };
  const producer = await stage.cluster.producer({ producerGroup: 'ordered' });
  const queue = { topic: 'Payments', brokerName: 'broker-a', queueId: 1 };
  for (const body of ['"a"', '"b"', '"c"'])
    await stage.cluster.run(producer.send({ topic: 'Payments', body }, { queue }));
  await stage.cluster.advance(1000);
  assert.deepEqual(shop.log.slice(0, 2), ['paid "a", try 0', 'paid "b", try 0']);
  assert.ok(!shop.log.some((line) => line.startsWith('paid "c"')));
  await stage.cluster.advance(3000);
  const tries = [0, 1, 2, 3].map((count) => `paid "b", try ${count}`);
  assert.deepEqual(shop.log, ['paid "a", try 0', ...tries, 'paid "c", try 0']);
});
