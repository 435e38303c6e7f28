import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  ClientError,
  type MessageExt,
  type MessageListener,
  Producer,
  PushConsumer,
  type PushConsumerOptions,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessage } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
const consumers: PushConsumer[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

async function consume(listener: MessageListener, changes: Partial<PushConsumerOptions> = {}): Promise<PushConsumer> {
  const consumer = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: environment.machine('client'),
    logger: silentLogger,
    ...changes,
  });
  consumers.push(consumer);
  consumer.subscribe('TopicTest');
  await environment.clock.run(consumer.start(listener));
  return consumer;
}

beforeEach(async () => {
  process.on('unhandledRejection', onUnhandled);
  environment = new SimulatedEnvironment(51);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 1, TBW102: 8 });
});

afterEach(async () => {
  for (const consumer of consumers.splice(0)) await environment.clock.run(consumer.stop());
  await environment.clock.run(cluster.stop());
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled.splice(0), []);
  assert.equal(environment.clock.pendingTimers, 0);
});

type Spoiler = (message: MessageExt, all: readonly MessageExt[]) => void;

/** What a listener may do to what it got. None of it is allowed by the types. */
const spoilers: Record<string, Spoiler> = {
  'another body': (message) => Object.assign(message, { body: Buffer.alloc(5_000_000) }),
  'no body': (message) => Object.assign(message, { body: undefined }),
  'a body without length': (message) => Object.assign(message, { body: null }),
  'other numbers': (message) =>
    Object.assign(message, {
      queueOffset: -7,
      queueId: 99,
      commitLogOffset: 1,
      reconsumeTimes: 'often',
      brokerName: '',
    }),
  'another topic': (message) => Object.assign(message, { topic: 'Elsewhere', storeTimestamp: undefined }),
  'changed properties': (message) => (message.properties as Map<string, string>).clear(),
  'deleted fields': (message) => {
    for (const name of Object.keys(message)) delete (message as unknown as Record<string, unknown>)[name];
  },
  'frozen objects': (message) => Object.freeze(message),
  'another prototype': (message) => Object.setPrototypeOf(message, null),
  'an emptied list': (_message, all) => (all as MessageExt[]).splice(0),
  'a doubled list': (message, all) => (all as MessageExt[]).push(message, message),
  'a reversed list': (_message, all) => (all as MessageExt[]).reverse(),
};

for (const [name, spoil] of Object.entries(spoilers)) {
  test(`${name}: offsets and windows are as without, when messages succeed and when they fail`, async () => {
    const tries = new Map<string, number>();
    const batch = (messages: readonly MessageExt[]): string[] => {
      const ids = messages.map((message) => message.msgId);
      for (const id of ids) tries.set(id, (tries.get(id) ?? 0) + 1);
      for (const message of [...messages]) spoil(message, messages);
      return ids;
    };
    await consume(
      {
        concurrently: (messages) => {
          const ids = batch(messages);
          return ids.some((id) => id === 'K3' && tries.get(id) === 1) ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
        },
      },
      { pullThresholdForQueue: 5, consumeMessageBatchMaxSize: 1 },
    );
    for (let index = 0; index < 40; index++) {
      cluster.put('TopicTest', 0, 'x'.repeat(1000), { UNIQ_KEY: `K${index}` });
    }
    await environment.clock.advance(20_000);
    assert.equal(tries.size, 40, 'the window never fills for good');
    assert.deepEqual(
      [...tries].filter(([, count]) => count > 1),
      [['K3', 2]],
    );
    assert.equal(cluster.offsets.get('TopicTest@billing@0'), 40);
    assert.deepEqual(
      cluster.givenBack.map((one) => [one.offset, one.originTopic]),
      [[3, 'TopicTest']],
    );
  });

  test(`${name}: an ordered queue keeps its order and its offset`, async () => {
    const order: string[] = [];
    let failed = false;
    await consume({
      orderly: (messages) => {
        order.push(...messages.map((message) => message.msgId));
        for (const message of [...messages]) spoil(message, messages);
        if (failed || !order.includes('K3')) return 'SUCCESS';
        failed = true;
        return 'SUSPEND_CURRENT_QUEUE_A_MOMENT';
      },
    });
    for (let index = 0; index < 6; index++) cluster.put('TopicTest', 0, 'x', { UNIQ_KEY: `K${index}` });
    await environment.clock.advance(20_000);
    assert.deepEqual(order, ['K0', 'K1', 'K2', 'K3', 'K3', 'K4', 'K5']);
    assert.equal(cluster.offsets.get('TopicTest@billing@0'), 6);
  });
}

test('a message that is redelivered is as it was sent, whatever the listener did to it before', async () => {
  const seen: string[] = [];
  await consume({
    orderly: ([message]) => {
      const text = `${message!.text()} ${message!.tags} ${message!.properties.get('colour')} ${message!.reconsumeTimes}`;
      seen.push(text);
      Object.assign(message!, { body: Buffer.from('spoilt'), reconsumeTimes: 9 });
      (message!.properties as Map<string, string>).set('colour', 'spoilt');
      return seen.length < 3 ? 'SUSPEND_CURRENT_QUEUE_A_MOMENT' : 'SUCCESS';
    },
  });
  cluster.put('TopicTest', 0, 'body', { TAGS: 'T', colour: 'red' });
  await environment.clock.advance(10_000);
  assert.deepEqual(seen, ['body T red 0', 'body T red 1', 'body T red 2']);
});

test('what a listener sets in its context counts as far as it makes sense, and never breaks the accounting', async () => {
  for (const context of [
    { ackIndex: Number.NaN },
    { ackIndex: 'all' },
    { ackIndex: -5 },
    { ackIndex: 0.5 },
    { delayLevelWhenNextConsume: Number.NaN, ackIndex: -1 },
    { delayLevelWhenNextConsume: 'soon', ackIndex: -1 },
    { messageQueue: undefined, ackIndex: -1 },
  ]) {
    const given = cluster.givenBack.length;
    const at = cluster.log.filter((one) => one.topic === 'TopicTest').length;
    let calls = 0;
    const consumer = await consume({
      concurrently: (_messages, its) => {
        if (calls++ === 0) Object.assign(its, context);
      },
    });
    cluster.put('TopicTest', 0, 'a');
    await environment.clock.advance(1000);
    await environment.clock.run(consumer.stop());
    assert.equal(cluster.givenBack.length, given + 1, JSON.stringify(context));
    assert.equal(cluster.offsets.get('TopicTest@billing@0'), at + 1);
  }
});

test('an ordered listener’s pause that is no number is the consumer’s', async () => {
  let calls = 0;
  await consume({
    orderly: (_messages, context) => {
      calls++;
      Object.assign(context, { suspendCurrentQueueTimeMs: Number.NaN });
      (context.messageQueue as { queueId: number }).queueId = 77;
      return 'SUSPEND_CURRENT_QUEUE_A_MOMENT';
    },
  });
  cluster.put('TopicTest', 0, 'a');
  await environment.clock.advance(4500);
  assert.equal(calls, 5);
});

test('a strategy that changes the lists it is given, or throws, harms nothing but itself', async () => {
  let throws = true;
  const consumer = await consume(() => {}, {
    allocateStrategy: {
      name: 'MINE',
      allocate(_group, _id, queues, ids) {
        if (throws) throw new Error('not now');
        const own = [...queues];
        (ids as string[]).length = 0;
        for (const queue of queues) (queue as { brokerName: string }).brokerName = 'nowhere';
        (queues as unknown[]).length = 0;
        throws = true;
        return own.map((queue) => ({ ...queue, brokerName: 'broker-a' }));
      },
    },
  });
  assert.equal(consumer.queues.length, 0);
  throws = false;
  await environment.clock.advance(5000);
  assert.ok(consumer.queues.length > 0);
  (consumer.queues as unknown as { queueId: number }[])[0]!.queueId = 55;
  assert.ok(consumer.queues.every((queue) => queue.queueId === 0));
});

test('a listener that is called while the wall clock jumps holds its message no longer than its minutes', async () => {
  let finish = (): void => {};
  await consume(() => new Promise<void>((resolve) => (finish = resolve)), { consumeTimeoutMinutes: 2 });
  cluster.put('TopicTest', 0, 'a');
  await environment.clock.advance(1000);
  environment.clock.jumpWallClock(86_400_000);
  await environment.clock.advance(119_500);
  assert.equal(cluster.givenBack.length, 0);
  finish();
});

test('a send keeps what it was given: later changes of message, properties, keys, body, queue and batch do not count', async () => {
  const producer = new Producer({
    namesrvAddr: cluster.namesrvAddr,
    producerGroup: 'orders',
    platform: environment.machine('client'),
    logger: silentLogger,
    maxInFlight: 1,
  });
  await environment.clock.run(producer.start());
  cluster.sendDelayMs = 10;
  const bytes = Buffer.from('body');
  const message = {
    topic: 'TopicTest',
    body: bytes as Uint8Array | string,
    tags: 'T',
    keys: ['k'],
    properties: { colour: 'red' },
  };
  const queue = { topic: 'TopicTest', brokerName: 'broker-a', queueId: 0 };
  const call = { queue, timeoutMs: 3000 };
  const batch = [message, { ...message }];
  const seen: string[] = [];
  const select = (_queues: readonly unknown[], its: { tags?: string | undefined }) => {
    seen.push(String(its.tags));
    return queue;
  };
  const sends = [
    producer.send({ topic: 'TopicTest', body: 'first' }),
    producer.send(message),
    producer.send(message, call),
    producer.send(batch),
    producer.send(message, { select }),
    producer.sendOneway(message),
  ];
  bytes.fill('!');
  Object.assign(message, { topic: 'Other', body: 'spoilt', tags: 'spoilt' });
  message.keys.push('spoilt');
  message.properties.colour = 'spoilt';
  batch.length = 0;
  Object.assign(call, { timeoutMs: -1, queue: undefined });
  await environment.clock.run(Promise.all(sends));
  await environment.clock.advance(100);
  const stored = cluster.log.map((one) => decodeMessage(one.record));
  assert.equal(stored.length, 7);
  for (const one of stored.slice(1)) {
    assert.deepEqual(
      [one.topic, one.body.toString(), one.tags, one.keys, one.property('colour')],
      ['TopicTest', 'body', 'T', ['k'], 'red'],
    );
  }
  assert.deepEqual(seen, ['T']);
  await environment.clock.run(producer.stop());
});

test('a selector that sorts the queues it is given does not change those of later sends', async () => {
  cluster.topics.set('Wide', 4);
  const producer = new Producer({
    namesrvAddr: cluster.namesrvAddr,
    producerGroup: 'orders',
    platform: environment.machine('client'),
    logger: silentLogger,
  });
  await environment.clock.run(producer.start());
  const first = { topic: 'Wide', body: 'x' };
  await environment.clock.run(
    producer.send(first, { select: (queues) => (queues as unknown[] as (typeof queues)[number][]).reverse()[0] }),
  );
  const result = await environment.clock.run(producer.send(first, { select: (queues) => queues[0] }));
  assert.equal(result.messageQueue.queueId, 0);
  ((await environment.clock.run(producer.queues('Wide'))) as unknown[]).length = 0;
  assert.equal((await environment.clock.run(producer.queues('Wide'))).length, 4);
  await assert.rejects(
    environment.clock.run(
      producer.send(first, {
        select: () => {
          throw new TypeError('mine');
        },
      }),
    ),
    /mine/,
  );
  await environment.clock.run(producer.stop());
});

test('one-way sends whose promise is ignored end no process, whatever is wrong with them', async () => {
  const producer = new Producer({
    namesrvAddr: `${environment.network.addressOf('absent')}:9876`,
    producerGroup: 'orders',
    platform: environment.machine('client'),
    logger: silentLogger,
  });
  producer.sendOneway({ topic: 'TopicTest', body: 'too early' });
  await environment.clock.run(producer.start());
  producer.sendOneway({ topic: 'TopicTest', body: 'no broker' });
  producer.sendOneway({ topic: '', body: 'no topic' });
  producer.sendOneway(undefined as never);
  await assert.rejects(environment.clock.run(producer.sendOneway({ topic: 'TopicTest', body: 'x' })), ClientError);
  await environment.clock.run(producer.stop());
});
