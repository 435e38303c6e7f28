import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import { cluster, environment, newConsumer, put, started, useConsumers } from './consumer-stage.ts';

useConsumers();

test('a consumer alone in its group begins without waiting for other members', async () => {
  put(4);
  const startMs = environment.clock.monotonicMs();
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(20);
  assert.equal(got.length, 4);
  assert.ok(environment.clock.monotonicMs() - startMs < 300);
});

test('two members share the queues without delivering twice, and the rest takes over when one leaves', async () => {
  put(8);
  const got: Record<string, string[]> = { one: [], two: [] };
  const one = await started((message) => void got.one!.push(message.text()), {}, '*', 'one');
  // The first member may share queues again only 300 ms after the second joins, and has not written its offsets yet.
  await environment.clock.advance(700);
  const two = await started((message) => void got.two!.push(message.text()), {}, '*', 'two');
  await environment.clock.advance(3000);
  assert.deepEqual(
    [one.queues, two.queues].map((queues) => queues.filter((queue) => queue.topic === 'TopicTest').length),
    [2, 2],
  );
  put(8);
  await environment.clock.advance(1000);
  assert.equal(got.one!.length + got.two!.length, 16, 'nothing was delivered twice');
  assert.equal(got.two!.length, 4);
  await environment.clock.run(one.stop());
  await environment.clock.advance(3000);
  assert.equal(two.queues.filter((queue) => queue.topic === 'TopicTest').length, 4);
  put(4);
  await environment.clock.advance(1000);
  assert.equal(got.two!.length, 8);
});

test('members that start at nearly the same time while messages flow deliver none twice', async () => {
  const got: string[] = [];
  const starts: Promise<void>[] = [];
  // Newcomers read the offsets of their queues within this time, and the former owners get new messages all along.
  let count = 0;
  for (; count < 200; count++) {
    const machine = { 0: 'one', 8: 'two', 20: 'three' }[count];
    if (machine !== undefined) {
      const consumer = newConsumer({}, machine);
      consumer.subscribe('TopicTest');
      starts.push(consumer.start((message) => void got.push(message.text())));
    }
    cluster.put('TopicTest', count % 4, `m${count}`);
    await environment.clock.advance(10);
  }
  await environment.clock.run(Promise.all(starts));
  await environment.clock.advance(1000);
  assert.equal(new Set(got).size, count);
  assert.equal(got.length, count, 'nothing was delivered twice');
});

// Source: ConsumerGroupInfo#getAllClientId, which lists a client once for each of its connections.
test('members that a broker lists several times are counted once, so every queue is read', async () => {
  const got: MessageExt[] = [];
  const one = await started((message) => void got.push(message), { instanceName: 'one' });
  const two = await started((message) => void got.push(message), { instanceName: 'two' }, '*', 'client-2');
  cluster.connectionsListed.set(one.clientId!, 3);
  cluster.connectionsListed.set(two.clientId!, 2);
  await environment.clock.advance(45_000);
  assert.deepEqual([one.queues.length, two.queues.length].sort(), [2, 3], 'two of the topic each, and the retry queue');
  put(8);
  await environment.clock.advance(1000);
  assert.equal(got.length, 8);
});
