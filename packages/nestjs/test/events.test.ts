import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { PushConsumer, SendResult } from '@rocketmq-ts/client';
import { RocketmqRecord } from '@rocketmq-ts/nestjs';
import { firstValueFrom } from 'rxjs';
import { Stage } from './sample-app.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.start();
});
afterEach(async () => {
  await stage.stop();
  assert.equal(stage.cluster.clock.pendingTimers, 0, 'closed applications leave no timer');
});

test('an event reaches the handler of its topic and tag, with its headers', async () => {
  const { shop } = await stage.app();
  const client = stage.client();
  const order = new RocketmqRecord({ id: 7 }, { headers: { tenant: 'a' }, keys: ['7'] });
  const result = await stage.cluster.run(
    firstValueFrom(client.emit<SendResult>({ topic: 'Orders', tags: 'created' }, order)),
  );
  assert.equal(result.sendStatus, 'SEND_OK');
  await stage.cluster.advance(1000);
  assert.deepEqual(shop.log, ['saved 7 of a, created, try 0']);
});

test('handlers of one topic share a subscription, and each gets the messages of its tags', async () => {
  const { shop } = await stage.app();
  const client = stage.client();
  for (const tags of ['created', 'shipped', 'cancelled', 'changed', undefined])
    await stage.emit(client, { topic: 'Orders', tags }, { id: 1 });
  await stage.cluster.advance(1000);
  assert.deepEqual(shop.log.sort(), [
    'cancelled 1',
    'refunded 1',
    'saved 1 of nobody, changed, try 0',
    'saved 1 of nobody, created, try 0',
  ]);
});

test('data arrives as it was sent: texts that look like JSON, empty texts, numbers, bytes; foreign bodies as JSON or text', async () => {
  const { shop } = await stage.app();
  const client = stage.client();
  const sent = ['plain', '{"a":1}', '', 12, false, { a: [1] }];
  for (const each of sent) await stage.emit(client, 'Payments', each);
  await stage.emit(client, 'Payments', Buffer.from([1, 2]));
  const foreign = await stage.cluster.producer({ producerGroup: 'foreign' });
  for (const body of ['{"a":2}', 'no json']) await stage.cluster.run(foreign.send({ topic: 'Payments', body }));
  await stage.cluster.advance(1000);
  const bytes = { type: 'Buffer', data: [1, 2] };
  const expected = [...sent, bytes, { a: 2 }, 'no json'].map((data) => `paid ${JSON.stringify(data)}, try 0`);
  assert.deepEqual(shop.log.sort(), expected.sort());
});

test('a delayed event comes later, and one with a sharding key always goes to the same queue', async () => {
  const { shop } = await stage.app();
  const client = stage.client();
  await stage.emit(client, 'Payments', new RocketmqRecord('late', { delayLevel: 2 }));
  await stage.cluster.advance(4000);
  assert.deepEqual(shop.log, []);
  await stage.cluster.advance(2000);
  assert.deepEqual(shop.log, ['paid "late", try 0']);
  const queues = new Set<number>();
  for (let count = 0; count < 4; count++) {
    const record = new RocketmqRecord('sharded', { shardingKey: 'customer 5' });
    const { messageQueue } = await stage.emit(client, 'Payments', record);
    queues.add(messageQueue.queueId);
  }
  assert.equal(queues.size, 1);
});

test('a pattern that names no topic, and one with several tags, are refused with what may be given', async () => {
  const client = stage.client();
  await assert.rejects(
    stage.emit(client, { cmd: 'sum' }, 1),
    /sent to a topic, or to \{ topic, tags \}, not to .*"cmd"/,
  );
  await assert.rejects(stage.emit(client, { topic: 'Orders', tags: 'a || b' }, 1), { code: 'MESSAGE_ILLEGAL' });
  await assert.rejects(stage.emit(client, 'no topic', 1), { code: 'NAME_ILLEGAL' });
  await assert.rejects(
    stage.emit(client, 'Orders', () => 1),
    /A function can not be sent as JSON/,
  );
});

test('an emit that fails and that nobody watches leaves no unhandled rejection', async () => {
  const client = stage.client();
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  client.emit('no topic', 1);
  client.emit({ cmd: 'sum' }, 1);
  client.emit('Orders', new RocketmqRecord(1, { headers: { bad: 1 as never } }));
  client.send('no topic', 1).subscribe({ error: () => {} });
  await stage.cluster.advance(5000);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});

test('status and unwrap show the clients below', async () => {
  const { app, server } = await stage.app();
  const client = stage.client();
  const seen: string[] = [];
  client.status.subscribe((status) => seen.push(`client ${status}`));
  server.status.subscribe((status) => seen.push(`server ${status}`));
  await stage.cluster.run(client.connect());
  const consumer = app.unwrap<PushConsumer>();
  assert.equal(consumer, server.unwrap());
  assert.equal(consumer.queues.length, 7, 'six of the topics, one for retries');
  assert.match(client.unwrap().clientId ?? '', /^10\.0\.0\.\d+@\d+/);
  await stage.cluster.run(client.close());
  await stage.cluster.run(app.close());
  assert.deepEqual(seen, ['server connected', 'client connected', 'client closed', 'server closed']);
  await stage.emit(client, 'Payments', 'after a close');
});
