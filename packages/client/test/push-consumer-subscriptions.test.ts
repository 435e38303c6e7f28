import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import { Subscriptions } from '../src/consumer/subscriptions.ts';
import { bodies, cluster, environment, offsetOf, started, useConsumers } from './consumer-stage.ts';

useConsumers();

test('only the tags of the expression are delivered, and the offset moves past the others', async () => {
  cluster.put('TopicTest', 0, 'a', { TAGS: 'Aa' });
  // The same tags code as Aa: a broker cannot tell them apart.
  cluster.put('TopicTest', 0, 'b', { TAGS: 'BB' });
  cluster.put('TopicTest', 0, 'c', { TAGS: 'TagC' });
  cluster.put('TopicTest', 1, 'd');
  const got: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message), {}, 'Aa || TagC');
  await environment.clock.advance(2000);
  assert.deepEqual(bodies(got), ['a', 'c']);
  await environment.clock.run(consumer.stop());
  assert.equal(offsetOf(0), 3);
  assert.equal(offsetOf(1), 1);
});

test('messages that do not match never move the offset past one that is still being handled', async () => {
  cluster.put('TopicTest', 0, 'a', { TAGS: 'TagA' });
  const consumer = await started(() => new Promise<void>(() => {}), { awaitTerminationMs: 0 }, 'TagA');
  await environment.clock.advance(100);
  for (let i = 0; i < 5; i++) cluster.put('TopicTest', 0, 'b', { TAGS: 'TagB' });
  await environment.clock.advance(10_000);
  await environment.clock.run(consumer.stop());
  assert.equal(offsetOf(0) ?? 0, 0);
});

test('a topic can be added and removed while running', async () => {
  cluster.topics.set('Other', 1);
  const got: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message));
  consumer.subscribe('Other');
  await environment.clock.advance(3000);
  cluster.put('Other', 0, 'other');
  await environment.clock.advance(1000);
  assert.deepEqual(bodies(got), ['other']);
  consumer.unsubscribe('Other');
  await environment.clock.advance(3000);
  cluster.put('Other', 0, 'unseen');
  await environment.clock.advance(3000);
  assert.equal(got.length, 1);
});

test('what a new expression wants is not skipped by a pull that was made for the old one', async () => {
  const got: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message), {}, 'TagA');
  await environment.clock.advance(100);
  consumer.subscribe('TopicTest', 'TagB');
  cluster.put('TopicTest', 0, 'wanted', { TAGS: 'TagB' });
  await environment.clock.advance(2000);
  assert.deepEqual(bodies(got), ['wanted']);
});

test('the version of a subscription rises though the clock was set back', () => {
  const subscriptions = new Subscriptions();
  const versions: number[] = [];
  for (const nowMs of [1000, 1000, 400, 2000]) {
    subscriptions.add('T', 'TagA', nowMs);
    versions.push(subscriptions.get('T')!.version);
  }
  subscriptions.delete('T');
  subscriptions.add('T', 'TagB', 5);
  assert.deepEqual([...versions, subscriptions.get('T')!.version], [1000, 1001, 1002, 2000, 2001]);
});
