import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError, type MessageExt } from '@rocketmq-ts/client';
import * as protocol from '@rocketmq-ts/protocol';
import { bodies, cluster, environment, newConsumer, offsetOf, put, started, useConsumers } from './consumer-stage.ts';

useConsumers();

test('what is stored before and after the start is delivered once, and offsets are written every five seconds', async () => {
  put(8);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(100);
  put(4);
  await environment.clock.advance(100);
  assert.deepEqual(bodies(got), ['m0', 'm0', 'm1', 'm1', 'm2', 'm2', 'm3', 'm3', 'm4', 'm5', 'm6', 'm7']);
  const first = got.find((message) => message.text() === 'm5')!;
  assert.equal(first.topic, 'TopicTest');
  assert.equal(first.brokerName, 'broker-a');
  assert.equal(first.queueId, 1);
  assert.equal(first.queueOffset, 1);
  assert.equal(first.msgId, 'K5');
  assert.equal(first.properties.get('MAX_OFFSET'), '2');
  await environment.clock.advance(15_000);
  assert.deepEqual(
    [0, 1, 2, 3].map((queueId) => offsetOf(queueId)),
    [3, 3, 3, 3],
  );
});

test('a new group starts at the end by default', async () => {
  put(4);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message), { consumeFrom: 'LAST_OFFSET' });
  await environment.clock.advance(2000);
  put(4);
  await environment.clock.advance(2000);
  assert.equal(got.length, 4);
  assert.ok(got.every((message) => message.queueOffset === 1));
});

for (const consumeFrom of ['LAST_OFFSET', 'TIMESTAMP'] as const) {
  test(`retries that were stored before the group looked at their queue are delivered with ${consumeFrom} as well`, async () => {
    cluster.topics.set('%RETRY%billing', 1);
    cluster.put('%RETRY%billing', 0, 'failed before', { UNIQ_KEY: 'K', RETRY_TOPIC: 'TopicTest' });
    const got: MessageExt[] = [];
    await started((message) => void got.push(message), { consumeFrom });
    await environment.clock.advance(2000);
    assert.deepEqual(bodies(got), ['failed before']);
  });
}

test('a stored offset wins over where a new group would start', async () => {
  put(8);
  for (const queueId of [0, 1, 2, 3]) cluster.offsets.set(`TopicTest@billing@${queueId}`, 1);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(100);
  assert.deepEqual(bodies(got), ['m4', 'm5', 'm6', 'm7']);
});

test('no more listener calls run at a time than allowed', async () => {
  put(12);
  let running = 0;
  let most = 0;
  const release: (() => void)[] = [];
  await started(
    async () => {
      running++;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => release.push(resolve));
      running--;
    },
    { consumeThreadMin: 3 },
  );
  await environment.clock.advance(100);
  assert.equal(running, 3);
  while (release.length > 0) {
    release.shift()!();
    await environment.clock.advance(1);
  }
  assert.equal(most, 3);
});

test('a full window stops the pulls of its queue until something leaves it', async () => {
  for (let i = 0; i < 100; i++) cluster.put('TopicTest', 0, `m${i}`);
  const release: (() => void)[] = [];
  await started(() => new Promise<void>((resolve) => void release.push(resolve)), {
    pullThresholdForQueue: 10,
    pullBatchSize: 8,
    consumeThreadMin: 100,
  });
  await environment.clock.advance(5000);
  assert.equal(release.length, 16, 'one pull may go over the threshold');
  while (release.length > 0) {
    for (const one of release.splice(0)) one();
    await environment.clock.advance(100);
  }
  await environment.clock.advance(12_000);
  assert.equal(offsetOf(0), 100);
});

test('a stop waits for listener calls under way, writes their offsets and leaves the group', async () => {
  put(1);
  let finish = (): void => {};
  const consumer = await started(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  await environment.clock.advance(50);
  let stopped = false;
  const stopping = consumer.stop().then(() => {
    stopped = true;
  });
  await environment.clock.advance(1000);
  assert.equal(stopped, false);
  finish();
  await environment.clock.run(stopping);
  assert.equal(offsetOf(0), 1);
  assert.equal(cluster.members.get('billing')!.size, 0);
});

test('a listener that never ends holds a stop only for the time allowed, and its message is not committed', async () => {
  put(1);
  const consumer = await started(() => new Promise<void>(() => {}), { awaitTerminationMs: 700 });
  await environment.clock.advance(50);
  const startMs = environment.clock.monotonicMs();
  await environment.clock.run(consumer.stop());
  assert.ok(environment.clock.monotonicMs() - startMs < 1500);
  assert.notEqual(offsetOf(0), 1);
});

test('an offset that the broker does not have restarts the queue at the offset that the broker answers', async () => {
  put(4);
  cluster.offsets.set('TopicTest@billing@0', 77);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(3000);
  assert.equal(offsetOf(0), 1);
  cluster.put('TopicTest', 0, 'new');
  await environment.clock.advance(1000);
  assert.deepEqual(bodies(got), ['m1', 'm2', 'm3', 'new']);
});

test('a failed pull is tried again after a second, a busy broker after 20 ms', async () => {
  put(1);
  cluster.refuseNext('PULL_MESSAGE', protocol.ResponseCode.SYSTEM_ERROR);
  const got: number[] = [];
  await started(() => void got.push(environment.clock.monotonicMs()));
  await environment.clock.advance(3000);
  assert.equal(got.length, 1);
  for (let i = 0; i < 10; i++) cluster.refuseNext('PULL_MESSAGE', protocol.ResponseCode.FLOW_CONTROL);
  const before = environment.clock.monotonicMs();
  await environment.clock.advance(1000);
  put(1);
  await environment.clock.advance(1000);
  assert.equal(got.length, 2);
  assert.ok(got[1]! - before < 1500);
});

test('suspend stops pulling, resume continues', async () => {
  const got: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message));
  consumer.suspend();
  await environment.clock.advance(3000);
  put(4);
  await environment.clock.advance(3000);
  const pausedCount = got.length;
  consumer.resume();
  await environment.clock.advance(3000);
  assert.ok(pausedCount <= 4);
  assert.equal(got.length, 4);
  const pulls = cluster.seen.filter((name) => name === 'PULL_MESSAGE').length;
  consumer.suspend();
  await environment.clock.advance(10_000);
  assert.ok(cluster.seen.filter((name) => name === 'PULL_MESSAGE').length - pulls <= 5);
});

test('a broker that ended and started again is found, and nothing is lost', async () => {
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(500);
  cluster.members.clear();
  cluster.seen.length = 0;
  environment.network.cut('client', 'cluster');
  put(4);
  await environment.clock.advance(5000);
  assert.deepEqual(bodies(got), ['m0', 'm1', 'm2', 'm3']);
  assert.equal(
    cluster.members.get('billing')?.size,
    1,
    'the broker gets the group at once, not with the next heartbeat',
  );
  assert.ok(cluster.seen.indexOf('GET_CONSUMER_LIST_BY_GROUP') > cluster.seen.indexOf('HEART_BEAT'));
});

test('wrong use is named', async () => {
  const code = (wanted: string) => (error: unknown) => error instanceof ClientError && error.code === wanted;
  assert.throws(() => newConsumer({ consumerGroup: 'DEFAULT_CONSUMER' }), code('NAME_ILLEGAL'));
  assert.throws(() => newConsumer({ consumeThreadMin: 0 }), /consumeThreadMin is 0/);
  assert.throws(() => newConsumer({ model: 'BOTH' as never }), /model is "BOTH"/);
  assert.throws(() => newConsumer({ consumeTimestamp: 'yesterday' }), /consumeTimestamp/);
  assert.throws(() => newConsumer().subscribe('a b'), code('NAME_ILLEGAL'));
  const consumer = await started(() => {});
  await assert.rejects(
    consumer.start(() => {}),
    code('WRONG_STATE'),
  );
  await environment.clock.run(consumer.stop());
  assert.throws(() => consumer.suspend(), code('WRONG_STATE'));
});

test('a window that is full for minutes is not taken anew: its messages come once', async () => {
  const seen: string[] = [];
  await started(
    async (message) => {
      seen.push(message.msgId);
      await new Promise<void>((resolve) => environment.clock.after(200_000, resolve));
    },
    { consumeThreadMin: 1, pullThresholdForQueue: 1, pullBatchSize: 1 },
  );
  for (let i = 0; i < 4; i++) cluster.put('TopicTest', 0, `m${i}`, { UNIQ_KEY: `K${i}` });
  await environment.clock.advance(1_000_000);
  assert.deepEqual(seen, ['K0', 'K1', 'K2', 'K3']);
});
