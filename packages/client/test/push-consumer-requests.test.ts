import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import * as protocol from '@rocketmq-ts/protocol';
import { cluster, environment, put, started, useConsumers } from './consumer-stage.ts';

useConsumers();

async function ask<C extends protocol.Command>(command: C, header: protocol.RequestInput<C>, body?: Buffer) {
  const connection = [...cluster.connections.values()].at(-1)!;
  return environment.clock.run(connection.request(command, header, { timeoutMs: 10_000, body }));
}

test('an admin moves the group, and results from before cannot undo it', async () => {
  put(8);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(1000);
  assert.equal(got.length, 8);
  const table = [0, 1].map((queueId) => [{ topic: 'TopicTest', brokerName: 'broker-a', queueId }, 0] as const);
  const connection = [...cluster.connections.values()].at(-1)!;
  connection.notify(
    protocol.RESET_CONSUMER_CLIENT_OFFSET,
    { topic: 'TopicTest', group: 'billing', timestamp: 0, isForce: true },
    { body: protocol.encodeResetOffsetBody(table) },
  );
  await environment.clock.advance(3000);
  assert.equal(got.length, 12);
});

test('brokers get offsets, the running state, and the result of a message that is handed over directly', async () => {
  put(4);
  const consumer = await started((message) => {
    if (message.text() === 'bad') throw new Error('is bad');
  });
  await environment.clock.advance(10_000);
  const status = await ask(protocol.GET_CONSUMER_STATUS_FROM_CLIENT, { topic: 'TopicTest', group: 'billing' });
  assert.deepEqual(
    protocol.decodeGetConsumerStatusBody(status.body).messageQueueTable.map(([, offset]) => offset),
    [1, 1, 1, 1],
  );
  const header = { consumerGroup: 'billing', clientId: consumer.clientId! };
  const info = protocol.decodeConsumerRunningInfo((await ask(protocol.GET_CONSUMER_RUNNING_INFO, header)).body);
  assert.equal(info.mqTable.length, 5);
  assert.equal(info.properties.get('PROP_CONSUME_TYPE'), 'CONSUME_PASSIVELY');
  assert.ok(Number(info.properties.get('PROP_CONSUMER_START_TIMESTAMP')) > 0);
  assert.equal(info.properties.get('PROP_NAMESERVER_ADDR'), `${cluster.namesrvAddr};`);
  assert.ok(info.statusTable.get('TopicTest')!.consumeOKTPS > 0);
  const { clientIP, instanceName, namesrvAddr, heartbeatBrokerInterval, useTLS } = Object.fromEntries(info.properties);
  assert.equal(`${clientIP}@${instanceName}`, consumer.clientId);
  assert.deepEqual([namesrvAddr, heartbeatBrokerInterval, useTLS], [cluster.namesrvAddr, '30000', 'false']);
  for (const [body, result] of [
    ['good', 'CR_SUCCESS'],
    ['bad', 'CR_THROW_EXCEPTION'],
  ] as const) {
    const record = cluster.put('Elsewhere', 0, body).record;
    const answer = await ask(protocol.CONSUME_MESSAGE_DIRECTLY, header, record);
    assert.equal(protocol.decodeConsumeMessageDirectlyResult(answer.body).consumeResult, result);
  }
  const unknown = await ask(protocol.GET_CONSUMER_RUNNING_INFO, { ...header, consumerGroup: 'nobody' });
  assert.equal(unknown.code, 1);
});
