import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import { cluster, environment, put, started, useConsumers } from './consumer-stage.ts';

useConsumers();

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
