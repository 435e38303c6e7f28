import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createReplyMessage } from '@rocketmq-ts/client';
import { type RocketmqClient, RocketmqRecord } from '@rocketmq-ts/nestjs';
import { firstValueFrom, type Observable, toArray } from 'rxjs';
import { Stage } from './sample-app.ts';

let stage: Stage;
let client: RocketmqClient;
beforeEach(async () => {
  stage = await Stage.start();
  client = stage.client();
});
afterEach(async () => {
  await stage.stop();
  assert.equal(stage.cluster.clock.pendingTimers, 0, 'closed applications leave no timer');
});

const values = (answers: Observable<unknown>): Promise<unknown[]> =>
  stage.cluster.run(firstValueFrom(answers.pipe(toArray())));

test('a request is answered by the handler of its topic: one value, several, none', async () => {
  await stage.app();
  assert.deepEqual(await values(client.send('Prices', 'apples')), ['apples: ten']);
  assert.deepEqual(await values(client.send({ topic: 'Prices', tags: 'any' }, 'all')), [1, 2, 3]);
  assert.deepEqual(await values(client.send('Prices', 'none')), []);
});

test('an error of the handler is the answer, is not tried again, and shows nothing that Nest would not show', async () => {
  await stage.app();
  await assert.rejects(values(client.send('Prices', 'rotten')), { message: 'nobody buys that', code: 7 });
  await assert.rejects(values(client.send('Prices', 'bug')), { status: 'error', message: 'Internal server error' });
  const retried: unknown[] = [];
  const options = { consumerGroup: 'watcher', consumeFrom: 'FIRST_OFFSET', topics: { '%RETRY%shop': '*' } } as const;
  await stage.cluster.consumer(options, (message) => void retried.push(message.text()));
  await stage.cluster.advance(20_000);
  assert.deepEqual(retried, []);
});

test('a value that can not be sent is answered with an error at once, and the message is handled', async () => {
  const { shop } = await stage.app();
  const beganMs = stage.cluster.clock.now();
  const status = 'error';
  await assert.rejects(values(client.send('Prices', 'countless')), {
    status,
    message: 'The reply of the handler could not be sent: Do not know how to serialize a BigInt',
  });
  await assert.rejects(values(client.send('Prices', 'huge')), { status, message: /more than maxMessageBytes 4194304/ });
  assert.ok(stage.cluster.clock.now() - beganMs < 1000, 'before the requester gave up');
  await stage.cluster.advance(60_000);
  assert.deepEqual(shop.log, ['price of countless', 'price of huge']);
  assert.equal(stage.logged.filter((line) => line.includes('was not delivered')).length, 2);
});

test('nobody answers: the request fails in time, and an observable that was left ends its wait', async () => {
  await assert.rejects(values(client.send('Prices', new RocketmqRecord('apples', { timeoutMs: 500 }))), {
    code: 'REPLY_TIMEOUT',
  });
  const subscription = client.send('Prices', 'pears').subscribe({ error: () => assert.fail('it was left') });
  await stage.cluster.advance(100);
  subscription.unsubscribe();
  await stage.cluster.advance(5000);
});

test('requester and responder of the plain client understand the application', async () => {
  await stage.app();
  const producer = await stage.cluster.producer({ producerGroup: 'plain' });
  const reply = await stage.cluster.run(producer.request({ topic: 'Prices', body: 'plums' }));
  assert.equal(reply.text(), 'plums: ten');
  await stage.cluster.createTopic('Weather', 1);
  const options = { consumerGroup: 'weather', consumeFrom: 'FIRST_OFFSET', topics: { Weather: '*' } } as const;
  await stage.cluster.consumer(options, async (message) => {
    await producer.send(createReplyMessage(message, '{"degrees":3}'));
  });
  await stage.cluster.advance(1000);
  assert.deepEqual(await values(client.send('Weather', 'here')), [{ degrees: 3 }]);
});

test('a message that is no request is handled by a request handler too, and its result is dropped', async () => {
  await stage.app();
  await stage.emit(client, 'Prices', 'apples');
  await stage.emit(client, 'Prices', new RocketmqRecord('bug', { keys: 'k' }));
  await stage.cluster.advance(1000);
  assert.ok(stage.logged.some((line) => /topic Prices failed \(0 tries before\), it comes again later/.test(line)));
});

test('a reply whose requester is gone is logged, and the message is not handled again', async () => {
  const { shop } = await stage.app();
  const answered = Promise.withResolvers<void>();
  shop.onCall = () => answered.promise;
  const gone = await stage.cluster.producer({ producerGroup: 'gone' });
  gone.request({ topic: 'Prices', body: 'apples' }).catch(() => {});
  await stage.cluster.advance(1000);
  stage.cluster.killClient(gone);
  await stage.cluster.advance(1000);
  answered.resolve();
  await stage.cluster.advance(60_000);
  assert.deepEqual(shop.log, ['price of apples']);
  const lines = stage.logged.filter((line) => line.includes('was not delivered'));
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^The reply to message \w+ of topic Prices was not delivered: .*channel/);
});
