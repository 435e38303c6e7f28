import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '@rocketmq-ts/protocol';
import { cluster, environment, offsetOf, started, useConsumers } from './consumer-stage.ts';

useConsumers();

test('ordered: one call at a time for each queue, in the order of the queue, under the broker’s lock', async () => {
  for (let i = 0; i < 20; i++) cluster.put('TopicTest', i % 2, `m${String(i).padStart(2, '0')}`);
  const order: Record<number, string[]> = { 0: [], 1: [] };
  const inside = new Set<number>();
  const consumer = await started({
    async orderly([message]) {
      assert.ok(!inside.has(message!.queueId), 'two calls for one queue');
      inside.add(message!.queueId);
      await Promise.resolve();
      order[message!.queueId]!.push(message!.text());
      inside.delete(message!.queueId);
    },
  });
  await environment.clock.advance(1000);
  assert.deepEqual(order[0], [...order[0]!].sort());
  assert.deepEqual(order[1], [...order[1]!].sort());
  assert.equal(order[0]!.length + order[1]!.length, 20);
  assert.equal(cluster.locks.size, 5, 'four queues and the retry topic');
  await environment.clock.run(consumer.stop());
  assert.equal(cluster.locks.size, 0);
  assert.equal(offsetOf(0), 10);
});

test('ordered: a message that failed too often is sent to the retry topic and the queue continues', async () => {
  for (let i = 0; i < 2; i++) cluster.put('TopicTest', 0, `m${i}`);
  const calls: string[] = [];
  await started(
    {
      orderly([message]) {
        if (message!.reconsumeTimes > 2) return;
        calls.push(`${message!.text()} ${message!.reconsumeTimes}`);
        if (message!.text() === 'm0') throw new Error('no');
      },
    },
    { maxReconsumeTimes: 2 },
  );
  await environment.clock.advance(10_000);
  assert.deepEqual(calls, ['m0 0', 'm0 1', 'm0 2', 'm1 0']);
  const copy = cluster.log.find((one) => one.topic === '%RETRY%billing');
  assert.equal(protocol.decodeMessage(copy!.record).reconsumeTimes, 3);
});

test('ordered: where a new master has less than was pulled, what is not handled yet is not skipped', async () => {
  for (let i = 0; i < 5; i++) cluster.put('TopicTest', 0, `m${i}`);
  const handled: string[] = [];
  let fails = true;
  await started({
    orderly([message]) {
      if (message!.text() === 'm1' && fails) throw new Error('no');
      handled.push(message!.text());
    },
  });
  await environment.clock.advance(1000);
  assert.deepEqual(handled, ['m0']);
  cluster.log.splice(3);
  // The pull at the old end is answered by the new one.
  await environment.clock.advance(30_000);
  assert.ok(offsetOf(0)! <= 1, `offset ${offsetOf(0)} was saved, and m1 is not handled`);
  fails = false;
  await environment.clock.advance(30_000);
  assert.deepEqual(handled, ['m0', 'm1', 'm2']);
  assert.equal(offsetOf(0), 3);
});

test('ordered: a queue that another member has locked waits for it', async () => {
  for (let i = 0; i < 4; i++) cluster.put('TopicTest', i, `m${i}`);
  cluster.locks.set(protocol.messageQueueKey({ topic: 'TopicTest', brokerName: 'broker-a', queueId: 2 }), 'somebody');
  const got: string[] = [];
  await started({ orderly: ([message]) => void got.push(message!.text()) });
  await environment.clock.advance(3000);
  assert.deepEqual(got.sort(), ['m0', 'm1', 'm3']);
  cluster.locks.clear();
  await environment.clock.advance(5000);
  assert.deepEqual(got.sort(), ['m0', 'm1', 'm2', 'm3']);
});

// rocketmq#1825, rocketmq#2837
test('ordered: a queue whose lock another member had meanwhile continues from the progress of the group', async () => {
  for (let i = 0; i < 6; i++) cluster.put('TopicTest', 0, `m${i}`);
  const got: string[] = [];
  await started({
    orderly([message]) {
      got.push(message!.text());
      return message!.text() === 'm1' && got.length < 10 ? 'SUSPEND_CURRENT_QUEUE_A_MOMENT' : 'SUCCESS';
    },
  });
  await environment.clock.advance(500);
  assert.deepEqual(got.slice(0, 2), ['m0', 'm1']);
  const queue = protocol.messageQueueKey({ topic: 'TopicTest', brokerName: 'broker-a', queueId: 0 });
  cluster.locks.set(queue, 'somebody');
  // The next renewal is refused; the other one handles four more messages and leaves.
  await environment.clock.advance(21_000);
  cluster.offsets.set('TopicTest@billing@0', 5);
  cluster.locks.delete(queue);
  got.length = 0;
  await environment.clock.advance(10_000);
  assert.deepEqual(got, ['m5']);
  assert.equal(offsetOf(0), 6, 'the older progress of this member was not written over it');
});
