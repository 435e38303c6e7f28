import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import { Subscriptions } from '../src/consumer/subscriptions.ts';
import { bodies, cluster, environment, started, useConsumers } from './consumer-stage.ts';

useConsumers();

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
