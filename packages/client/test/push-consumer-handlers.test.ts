import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { MessageExt } from '@rocketmq-ts/client';
import { cluster, environment, newConsumer, offsetOf, started, useConsumers } from './consumer-stage.ts';

useConsumers();

test('each topic has its own listener, others get that of start, also when a message comes again', async () => {
  cluster.topics.set('Other', 1);
  cluster.topics.set('Third', 1);
  const consumer = newConsumer();
  const seen: string[] = [];
  consumer.subscribe('TopicTest', '*', (message) => {
    seen.push(`test ${message.text()} ${message.reconsumeTimes}`);
    return message.reconsumeTimes === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
  });
  consumer.subscribe('Other', '*', (message) => void seen.push(`other ${message.text()}`));
  consumer.subscribe('Third');
  await environment.clock.run(consumer.start((message) => void seen.push(`start ${message.text()}`)));
  for (const topic of ['TopicTest', 'Other', 'Third']) cluster.put(topic, 0, topic, { UNIQ_KEY: topic });
  await environment.clock.advance(3000);
  assert.deepEqual(seen.sort(), ['other Other', 'start Third', 'test TopicTest 0', 'test TopicTest 1']);
});

test('where every topic has a listener, start needs none; a later subscription changes it', async () => {
  const consumer = newConsumer();
  const seen: string[] = [];
  consumer.subscribe('TopicTest', '*', () => void seen.push('first'));
  await environment.clock.run(consumer.start());
  cluster.put('TopicTest', 0, 'a');
  await environment.clock.advance(1000);
  consumer.subscribe('TopicTest', '*', () => void seen.push('second'));
  await environment.clock.advance(1000);
  cluster.put('TopicTest', 0, 'b');
  await environment.clock.advance(6000);
  assert.deepEqual(seen, ['first', 'second']);
});

test('listeners that do not go together are refused', async () => {
  const consumer = newConsumer();
  await assert.rejects(consumer.start(), { code: 'LISTENER_ILLEGAL' });
  assert.throws(() => consumer.subscribe('TopicTest', '*', 'no' as never), { code: 'LISTENER_ILLEGAL' });
  consumer.subscribe('TopicTest', '*', () => {});
  await assert.rejects(consumer.start({ concurrently: () => {} }), { code: 'LISTENER_ILLEGAL' });
});

test('in a batch each message is acknowledged or retried by itself, whatever becomes of the call', async () => {
  for (let i = 0; i < 4; i++) cluster.put('TopicTest', 0, `m${i}`);
  const sizes: number[] = [];
  const refused: unknown[] = [];
  const tried = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      refused.push((error as { readonly code: string }).code);
    }
  };
  await started(
    {
      concurrently: (messages, context) => {
        sizes.push(messages.length);
        if (sizes.length > 1) return;
        context.retry(messages[1]!, 5);
        context.ack(messages[2]!);
        context.retry(messages[3]!);
        tried(() => context.retry(messages[0]!, 19));
        tried(() => context.ack({ ...messages[0]! } as never));
        throw new Error('and the rest failed');
      },
    },
    { consumeMessageBatchMaxSize: 4 },
  );
  await environment.clock.advance(20_000);
  assert.equal(sizes[0], 4);
  assert.deepEqual(refused, ['OPTION_ILLEGAL', 'OPTION_ILLEGAL']);
  assert.deepEqual(
    cluster.givenBack.map(({ offset, delayLevel }) => [offset, delayLevel]),
    [
      [0, 0],
      [1, 5],
      [3, 0],
    ],
  );
  assert.equal(offsetOf(0), 4);
});

test('a message that is retried in a call that succeeds comes again', async () => {
  cluster.put('TopicTest', 0, 'a');
  const seen: number[] = [];
  await started((message, context) => {
    seen.push(message.reconsumeTimes);
    if (message.reconsumeTimes === 0) context.retry(message, 1);
  });
  await environment.clock.advance(5000);
  assert.deepEqual(seen, [0, 1]);
});

test('text that is no status acknowledges nothing: the message comes again, and the log has the word', async () => {
  for (let i = 0; i < 2; i++) cluster.put('TopicTest', 0, `m${i}`);
  const lines: string[] = [];
  const log = (...line: unknown[]) => void lines.push(inspect(line));
  const logger = { debug() {}, info() {}, warn: log, error: log };
  const listener = async (message: MessageExt) => {
    if (message.text() === 'm1') return 7;
    return message.reconsumeTimes === 0 ? 'RECONSUME_LATTER' : 'CONSUME_SUCCESS';
  };
  await started(listener as never, { logger });
  await environment.clock.advance(1000);
  assert.deepEqual(
    cluster.givenBack.map(({ offset }) => offset),
    [0],
  );
  assert.match(lines.join(), /LATTER/);
});

test('text that is no status does not let an ordered queue go on', async () => {
  for (let i = 0; i < 2; i++) cluster.put('TopicTest', 0, `m${i}`);
  const seen: string[] = [];
  await started({
    orderly: (async ([message]: [MessageExt]) => {
      seen.push(message.text());
      return seen.length < 3 ? 'SUSPEND' : 'SUCCESS';
    }) as never,
  });
  await environment.clock.advance(5000);
  assert.deepEqual(seen, ['m0', 'm0', 'm0', 'm1']);
});
