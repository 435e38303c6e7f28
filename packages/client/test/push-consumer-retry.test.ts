import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '@rocketmq-ts/protocol';
import { cluster, consumers, environment, offsetOf, put, started, useConsumers } from './consumer-stage.ts';

useConsumers();

test('a message that fails is sent back to the broker and is redelivered under its own topic', async () => {
  put(1);
  const got: string[] = [];
  await started((message, context) => {
    got.push(`${message.topic} ${message.reconsumeTimes}`);
    if (message.reconsumeTimes === 0) {
      context.delayLevelWhenNextConsume = 2;
      throw new Error('not yet');
    }
    if (message.reconsumeTimes === 1) return 'RECONSUME_LATER';
    return undefined;
  });
  await environment.clock.advance(30_000);
  assert.deepEqual(got, ['TopicTest 0', 'TopicTest 1', 'TopicTest 2']);
  assert.deepEqual(
    cluster.givenBack.map(({ delayLevel, originTopic }) => ({ delayLevel, originTopic })),
    [
      { delayLevel: 2, originTopic: 'TopicTest' },
      { delayLevel: 0, originTopic: 'TopicTest' },
    ],
  );
  assert.equal(offsetOf(0), 1);
});

test('where a message cannot be put back by its position, a copy is sent to the retry topic', async () => {
  put(1);
  cluster.refuseNext('CONSUMER_SEND_MSG_BACK', 1, 'look message by offset failed');
  let calls = 0;
  const unitModes: unknown[] = [];
  const hook = (_address: string, code: number, fields: Record<string, string>): void => {
    if (code === protocol.SEND_MESSAGE_V2.code) unitModes.push(fields.k);
  };
  await started(
    () => {
      calls++;
      return calls === 1 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
    },
    { unitMode: true, hooks: [hook] },
  );
  await environment.clock.advance(100);
  assert.deepEqual(unitModes, ['true']);
  const copy = cluster.log.find((one) => one.topic === '%RETRY%billing')!;
  const view = protocol.decodeMessage(copy.record);
  assert.equal(view.body.toString(), 'm0');
  assert.equal(view.reconsumeTimes, 1);
  assert.equal(view.property('RETRY_TOPIC'), 'TopicTest');
  assert.equal(view.property('DELAY'), '3');
  assert.equal(view.property('WAIT'), 'true');
  assert.equal(view.property('ORIGIN_MESSAGE_ID'), 'K0');
});

test('where it cannot be given back at all, it is tried here again and holds the offset meanwhile', async () => {
  put(1);
  for (let i = 0; i < 4; i++) cluster.refuseNext('SEND_MESSAGE_V2', 13);
  cluster.refuseNext('CONSUMER_SEND_MSG_BACK', 1);
  const seen: number[] = [];
  await started((message) => {
    seen.push(message.reconsumeTimes);
    return seen.length === 1 ? 'RECONSUME_LATER' : undefined;
  });
  await environment.clock.advance(4000);
  assert.deepEqual(seen, [0]);
  await environment.clock.advance(2000);
  assert.deepEqual(seen, [0, 1]);
  await environment.clock.advance(10_000);
  assert.equal(offsetOf(0), 1);
});

test('a copy that is not flushed or copied in time is not given back: the message holds the offset until it is', async () => {
  put(1);
  cluster.refuseNext('CONSUMER_SEND_MSG_BACK', 1);
  cluster.sendCode = protocol.ResponseCode.FLUSH_SLAVE_TIMEOUT;
  const own: number[] = [];
  await started((message) => {
    // Not of the copy, which is delivered as well.
    if (message.properties.has(protocol.MessageProperty.RETRY_TOPIC)) return undefined;
    own.push(message.reconsumeTimes);
    return own.length === 1 ? 'RECONSUME_LATER' : undefined;
  });
  await environment.clock.advance(4000);
  assert.deepEqual(own, [0]);
  assert.notEqual(offsetOf(0), 1);
  await environment.clock.advance(2000);
  assert.deepEqual(own, [0, 1]);
  await environment.clock.advance(10_000);
  assert.equal(offsetOf(0), 1);
});

test('of a batch, messages behind the acknowledged index are sent back', async () => {
  for (let i = 0; i < 4; i++) cluster.put('TopicTest', 0, `m${i}`);
  const sizes: number[] = [];
  await started(
    {
      concurrently(messages, context) {
        sizes.push(messages.length);
        context.ackIndex = 1;
      },
    },
    { consumeMessageBatchMaxSize: 4 },
  );
  await environment.clock.advance(50);
  assert.equal(sizes[0], 4);
  assert.deepEqual(
    cluster.givenBack.map((one) => one.offset),
    [2, 3],
  );
});

test('a message that is too long in the listener is given back once and no longer holds the offset', async () => {
  put(1);
  let fail = (): void => {};
  const first = new Promise<void>((_resolve, reject) => {
    fail = () => reject(new Error('too late'));
  });
  await started((message) => (message.reconsumeTimes === 0 ? first : undefined), { consumeTimeoutMinutes: 1 });
  await environment.clock.advance(3 * 60_000);
  fail();
  await environment.clock.advance(10_000);
  assert.deepEqual(
    cluster.givenBack.map(({ offset, delayLevel }) => ({ offset, delayLevel })),
    [{ offset: 0, delayLevel: 3 }],
  );
  await environment.clock.run(consumers[0]!.stop());
  assert.equal(offsetOf(0), 1);
});
