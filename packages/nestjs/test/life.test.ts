import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ClientError } from '@rocketmq-ts/client';
import { RocketmqClient, RocketmqServer } from '@rocketmq-ts/nestjs';
import { firstValueFrom } from 'rxjs';
import { Stage } from './sample-app.ts';

let stage: Stage;
afterEach(async () => {
  await stage.stop();
  assert.equal(stage.cluster.clock.pendingTimers, 0, 'closed applications leave no timer');
});

test('close waits for handlers that are under way, commits their messages, and leaves the rest to the next application', async () => {
  stage = await Stage.start();
  const first = await stage.app({ consumeThreadMin: 1 });
  const slow = Promise.withResolvers<void>();
  first.shop.onCall = () => slow.promise;
  for (const body of ['a', 'b', 'c']) await stage.emit(stage.client(), 'Failing', body === 'a' ? 'ack' : body);
  await stage.cluster.advance(1000);
  assert.deepEqual(first.shop.log, ['failing ack, try 0']);
  const closing = first.app.close();
  await stage.cluster.advance(1000);
  slow.resolve();
  await stage.cluster.run(closing);
  assert.deepEqual(first.shop.log, ['failing ack, try 0'], 'no new call after close was called');
  const second = await stage.app({}, 'nest-2');
  await stage.cluster.advance(2000);
  assert.deepEqual(second.shop.log, ['failing b, try 0', 'failing c, try 0']);
});

test('a request that is being handled is answered although the application closes', async () => {
  stage = await Stage.start();
  const { app, shop } = await stage.app();
  const slow = Promise.withResolvers<void>();
  shop.onCall = () => slow.promise;
  const answer = firstValueFrom(stage.client().send('Prices', 'apples'));
  await stage.cluster.advance(500);
  const closing = app.close();
  await stage.cluster.advance(500);
  slow.resolve();
  assert.equal(await stage.cluster.run(answer), 'apples: ten');
  await stage.cluster.run(closing);
});

test('a handler that outlives awaitTerminationMs is abandoned: its signal aborts, and its message comes again', async () => {
  stage = await Stage.start();
  const { app, shop } = await stage.app({ awaitTerminationMs: 1000 });
  shop.onCall = () => new Promise(() => {});
  await stage.emit(stage.client(), 'Payments', 'stuck');
  await stage.cluster.advance(1000);
  await stage.cluster.run(app.close(), 5000);
  const second = await stage.app({}, 'nest-2');
  await stage.cluster.advance(2000);
  assert.deepEqual(second.shop.log, ['paid "stuck", try 0']);
});

test('a broker that is killed while messages are under way costs none of them', async () => {
  stage = await Stage.start({ brokerProperties: { flushDiskType: 'SYNC_FLUSH' } });
  const { shop } = await stage.app();
  const client = stage.client({ sendTimeoutMs: 30_000, retryTimesWhenSendFailed: 10 });
  const count = 60;
  const sent = Array.from({ length: count }, (_, id) => firstValueFrom(client.emit('Payments', id)));
  await stage.cluster.advance(3);
  const broker = stage.cluster.broker('broker-a');
  broker.kill();
  await stage.cluster.advance(2000);
  await broker.start();
  await stage.cluster.run(Promise.all(sent));
  await stage.cluster.advance(60_000);
  const handled = new Set(shop.log.map((line) => Number(/^paid (\d+)/.exec(line)?.[1])));
  assert.equal(handled.size, count);
});

test('several clients of one producer group live in one process, and each may be closed', async () => {
  stage = await Stage.start();
  const { shop } = await stage.app();
  const clients = [stage.client(), stage.client(), stage.client()];
  for (const [index, client] of clients.entries()) await stage.emit(client, 'Payments', index);
  await stage.cluster.run(clients[1]!.close());
  await stage.emit(clients[1]!, 'Payments', 3);
  assert.deepEqual(new Set(clients.map((client) => client.unwrap().clientId)).size, 3);
  await stage.cluster.advance(1000);
  assert.equal(shop.log.length, 4);
});

test('two applications of one group share the queues', async () => {
  stage = await Stage.start({ topics: { Orders: 2, Payments: 4, Failing: 1, Prices: 1 } });
  const apps = [await stage.app(), await stage.app({}, 'nest-2')];
  await stage.cluster.advance(30_000);
  const client = stage.client();
  for (let id = 0; id < 8; id++) await stage.emit(client, 'Payments', id);
  await stage.cluster.advance(2000);
  assert.deepEqual(
    apps.map(({ shop }) => shop.log.length),
    [4, 4],
  );
});

test('an option that does not exist is refused where the server or the client is made', async () => {
  stage = await Stage.start();
  const namesrvAddr = '127.0.0.1:9876';
  const refused = { name: 'ClientError', code: 'OPTION_UNKNOWN' };
  const server = { namesrvAddr, consumerGroup: 'shop', consumeThreadMini: 1 };
  assert.throws(() => new RocketmqServer(server), refused);
  const batches = { namesrvAddr, consumerGroup: 'shop', consumeMessageBatchMaxSize: 8 };
  assert.throws(() => new RocketmqServer(batches), /has no option consumeMessageBatchMaxSize/);
  const client = { namesrvAddr, producerGroup: 'shop', sendTimeout: 1 };
  assert.throws(() => new RocketmqClient(client), refused);
});

test('listen rejects with what refuses the start, and succeeds when that is over', async () => {
  stage = await Stage.start();
  const first = await stage.app();
  const second = await stage.newApp();
  const isTaken = (error: unknown): boolean => error instanceof ClientError && error.code === 'GROUP_TAKEN';
  await assert.rejects(stage.cluster.run(second.app.listen()), isTaken);
  await stage.cluster.run(first.app.close());
  await stage.cluster.run(second.app.listen());
  await stage.emit(stage.client(), 'Payments', 'b');
  await stage.cluster.advance(1000);
  assert.deepEqual(second.shop.log, ['paid "b", try 0']);
});
