import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type MessageExt, PullConsumer, type PullConsumerOptions } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import * as protocol from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** What pull consumers do with our own broker behind them. */
let cluster: Cluster;
let producer: Awaited<ReturnType<Cluster['producer']>>;
let own: PullConsumer[];

beforeEach(async () => {
  cluster = await startCluster({ seed: 29, topics: { TopicTest: 4 } });
  producer = await cluster.producer({ producerGroup: 'orders' });
  own = [];
});

afterEach(async () => {
  for (const consumer of own) await cluster.run(consumer.stop());
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped consumer leaves no timer');
  assert.equal(cluster.environment.network.connectionCount, 0, 'a stopped consumer leaves no connection');
});

const queue = (queueId: number, topic = 'TopicTest') => ({ topic, brokerName: 'broker-a', queueId });

function newConsumer(changes: Partial<PullConsumerOptions> = {}, machine = 'client'): PullConsumer {
  const consumer = new PullConsumer({
    namesrvAddr: cluster.namesrvAddr,
    platform: cluster.environment.machine(machine),
    logger: silentLogger,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    ...changes,
  });
  own.push(consumer);
  return consumer;
}

async function subscribed(changes: Partial<PullConsumerOptions> = {}, machine?: string): Promise<PullConsumer> {
  const consumer = newConsumer(changes, machine);
  consumer.subscribe('TopicTest');
  await cluster.run(consumer.start());
  return consumer;
}

async function put(count: number, queueId?: number, tags?: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    const message = { topic: 'TopicTest', body: `m${i}`, tags };
    await cluster.run(producer.send(message, { queue: queue(queueId ?? i % 4) }));
  }
}

const poll = (consumer: PullConsumer, timeoutMs = 1000) => cluster.run(consumer.poll({ timeoutMs }));

async function pollAll(consumer: PullConsumer): Promise<string[]> {
  const got: MessageExt[] = [];
  for (let some = await poll(consumer); some.length > 0; some = await poll(consumer)) got.push(...some);
  return got.map((message) => message.text()).sort();
}

async function offsetOf(queueId: number, consumerGroup = 'billing'): Promise<number | undefined> {
  const header = { consumerGroup, topic: 'TopicTest', queueId, setZeroIfNotFound: false };
  const { address } = cluster.broker('broker-a');
  const answer = await cluster.run(cluster.admin.ask(address, protocol.QUERY_CONSUMER_OFFSET, header));
  return answer?.code === protocol.ResponseCode.SUCCESS ? answer.header.offset : undefined;
}

test('a subscribed consumer polls every message once, and its group is behind them after the stop', async () => {
  await put(8);
  const consumer = await subscribed();
  assert.equal(consumer.queues.length, 4);
  assert.deepEqual(await pollAll(consumer), ['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']);
  await cluster.run(consumer.stop());
  for (const queueId of [0, 1, 2, 3]) assert.equal(await offsetOf(queueId), 2);
  const later = await subscribed({}, 'other');
  assert.deepEqual(await poll(later), []);
});

test('what a poll resolved with counts as handled when the next one is called, not before', async () => {
  await put(2, 0);
  const consumer = await subscribed({ pullBatchSize: 1 });
  assert.equal((await poll(consumer))[0]?.text(), 'm0');
  await cluster.advance(6000);
  assert.equal((await offsetOf(0)) ?? 0, 0);
  assert.equal((await poll(consumer))[0]?.text(), 'm1');
  await cluster.advance(6000);
  assert.equal(await offsetOf(0), 1);
  await cluster.run(consumer.stop());
  assert.equal(await offsetOf(0), 1, 'the message in hand comes again');
});

test('without autoCommit only commit moves the group, and it resolves when the broker has the offsets', async () => {
  await put(3, 1);
  const consumer = await subscribed({ autoCommit: false });
  assert.deepEqual(await pollAll(consumer), ['m0', 'm1', 'm2']);
  await cluster.advance(20_000);
  assert.equal((await offsetOf(1)) ?? 0, 0);
  await cluster.run(consumer.commit([{ queue: queue(1), offset: 2 }]));
  assert.equal(await offsetOf(1), 2);
  await cluster.run(consumer.commit());
  assert.equal(await offsetOf(1), 3);
  assert.equal(await cluster.run(consumer.committed(queue(1))), 3);
});

test('a commit that the broker does not take rejects', async () => {
  await put(1, 0);
  const consumer = await subscribed({ autoCommit: false });
  await poll(consumer);
  cluster.broker('broker-a').kill();
  await assert.rejects(cluster.run(consumer.commit()));
  await cluster.broker('broker-a').start();
  await cluster.advance(1000);
  await cluster.run(consumer.commit());
  assert.equal(await offsetOf(0), 1);
});

test('a loop hands out messages one by one; each counts as handled once the loop asks for the next', async () => {
  await put(6, 2);
  const consumer = await subscribed();
  const got: string[] = [];
  const loop = (async () => {
    for await (const message of consumer) {
      got.push(message.text());
      if (got.length === 4) break;
    }
  })();
  await cluster.run(loop);
  await cluster.advance(6000);
  assert.deepEqual(got, ['m0', 'm1', 'm2', 'm3']);
  assert.equal(await offsetOf(2), 3, 'the one in hand at the break is not handled');
  assert.equal((await poll(consumer))[0]?.text(), 'm3', 'and is the first to come again');
});

test('a loop that commits before it breaks is behind its message', async () => {
  await put(3, 2);
  const consumer = await subscribed({ autoCommit: false });
  await cluster.run(
    (async () => {
      for await (const messages of consumer.batches()) {
        assert.deepEqual(
          messages.map((message) => message.text()),
          ['m0', 'm1', 'm2'],
        );
        await consumer.commit();
        break;
      }
    })(),
  );
  assert.equal(await offsetOf(2), 3);
  assert.deepEqual(await poll(consumer), []);
});

test('a loop whose body throws leaves the message unhandled and passes the error on', async () => {
  await put(2, 0);
  const consumer = await subscribed();
  const failing = async (): Promise<void> => {
    for await (const message of consumer) throw new Error(`no ${message.text()}`);
  };
  await assert.rejects(cluster.run(failing()), /no m0/);
  await assert.rejects(cluster.run(failing()), /no m0/);
  assert.deepEqual(await pollAll(consumer), ['m0', 'm1']);
});

test('a stop waits for the message that a loop has in hand, and ends the loop', async () => {
  await put(2, 0);
  const consumer = await subscribed();
  const done: string[] = [];
  const loop = (async () => {
    for await (const message of consumer) {
      await new Promise<void>((resolve) => cluster.clock.after(2000, resolve));
      done.push(message.text());
    }
  })();
  await cluster.advance(500);
  await cluster.run(consumer.stop());
  await cluster.run(loop);
  assert.deepEqual(done, ['m0']);
  assert.equal(await offsetOf(0), 1);
});

test('an aborted signal ends a loop, rejects a poll with ABORTED, and leaves no listener', async () => {
  const consumer = await subscribed();
  const controller = new AbortController();
  const polling = consumer.poll({ timeoutMs: 60_000, signal: controller.signal });
  const looping = (async () => {
    for await (const message of consumer.messages({ signal: controller.signal })) assert.fail(message.text());
  })();
  await cluster.advance(100);
  controller.abort(new Error('enough'));
  await assert.rejects(cluster.run(polling), { code: 'ABORTED' });
  await cluster.run(looping);
  await assert.rejects(cluster.run(consumer.poll({ signal: controller.signal })), { code: 'ABORTED' });
});

test('a poll that waits resolves with nothing when the time is up, and when the consumer stops', async () => {
  const consumer = await subscribed();
  const startMs = cluster.clock.monotonicMs();
  assert.deepEqual(await poll(consumer, 700), []);
  assert.ok(cluster.clock.monotonicMs() - startMs >= 700);
  const polling = consumer.poll({ timeoutMs: 60_000 });
  await cluster.advance(10);
  await cluster.run(consumer.stop());
  assert.deepEqual(await polling, []);
  await assert.rejects(consumer.poll(), { code: 'WRONG_STATE' });
});

test('assigned queues are read whatever other members do, from the progress of the group on', async () => {
  await put(8);
  const consumer = newConsumer();
  await cluster.run(consumer.start());
  const queues = await cluster.run(consumer.fetchMessageQueues('TopicTest'));
  assert.equal(queues.length, 4);
  consumer.assign(queues.slice(0, 2));
  assert.deepEqual(await pollAll(consumer), ['m0', 'm1', 'm4', 'm5']);
  consumer.assign(queues.slice(1, 3));
  assert.deepEqual(await pollAll(consumer), ['m2', 'm6']);
  assert.equal(await offsetOf(0), 2, 'a queue that is given away is written');
  assert.deepEqual(
    consumer.queues.map(({ queueId }) => queueId),
    [1, 2],
  );
  assert.throws(() => consumer.subscribe('TopicTest'), { code: 'SUBSCRIPTION_CONFLICT' });
});

test("queues are the consumer's as soon as they are assigned: each call that names one can follow at once", async () => {
  await put(12);
  const consumer = newConsumer();
  await cluster.run(consumer.start());
  consumer.assign([queue(0), queue(1), queue(2)]);
  const sought = consumer.seek(queue(0), 2);
  const ended = consumer.seekToEnd(queue(2));
  consumer.pause([queue(1)]);
  assert.deepEqual(
    consumer.queues.map(({ queueId }) => queueId),
    [0, 1, 2],
  );
  await cluster.run(Promise.all([sought, ended]));
  assert.deepEqual(await pollAll(consumer), ['m8']);
  consumer.resume([queue(1)]);
  assert.equal((await poll(consumer, 2000)).length, 3);
  consumer.assign([queue(3)]);
  await assert.rejects(cluster.run(consumer.seek(queue(0), 0)), { code: 'QUEUE_NOT_ASSIGNED' });
  assert.deepEqual(await pollAll(consumer), ['m11', 'm3', 'm7']);
});

test('a queue that is given away and assigned again at once continues where the group is', async () => {
  await put(4, 0);
  const consumer = newConsumer({ pullBatchSize: 2 });
  consumer.assign([queue(0)]);
  await cluster.run(consumer.start());
  assert.equal((await poll(consumer)).length, 2);
  assert.equal((await poll(consumer)).length, 2);
  consumer.assign([]);
  consumer.assign([queue(0)]);
  assert.deepEqual(await pollAll(consumer), ['m2', 'm3']);
});

test('queues assigned before the start, with an expression, bring what it selects', async () => {
  await put(2, 0, 'TagA');
  await put(3, 0, 'TagB');
  const consumer = newConsumer();
  consumer.assign([queue(0)], 'TagB');
  await cluster.run(consumer.start());
  assert.deepEqual(await pollAll(consumer), ['m0', 'm1', 'm2']);
  await cluster.advance(6000);
  assert.equal(await offsetOf(0), 5);
});

test('a sought offset is where the queue continues, whatever was pulled before', async () => {
  await put(9, 0);
  const consumer = await subscribed({ autoCommit: false });
  assert.equal((await poll(consumer)).length, 9);
  await cluster.run(consumer.seek(queue(0), 6));
  assert.deepEqual(await pollAll(consumer), ['m6', 'm7', 'm8']);
  await cluster.run(consumer.seekToBegin(queue(0)));
  assert.equal((await pollAll(consumer)).length, 9);
  await cluster.run(consumer.seek(queue(0), 2));
  await cluster.run(consumer.seekToEnd(queue(0)));
  assert.deepEqual(await pollAll(consumer), []);
  await cluster.run(consumer.commit());
  assert.equal(await offsetOf(0), 9);
  await assert.rejects(cluster.run(consumer.seek(queue(0), 10)), { code: 'OFFSET_ILLEGAL' });
  await assert.rejects(cluster.run(consumer.seek(queue(9), 0)), { code: 'QUEUE_NOT_ASSIGNED' });
  await assert.rejects(cluster.run(consumer.seek(queue(0), -1)), { code: 'OPTION_ILLEGAL' });
});

test('a message that was polled before a seek does not move the queue when it is finished after it', async () => {
  await put(4, 0);
  const consumer = await subscribed();
  assert.equal((await poll(consumer)).length, 4);
  await cluster.run(consumer.seek(queue(0), 1));
  assert.equal((await poll(consumer)).length, 3);
  await cluster.advance(6000);
  assert.equal(await offsetOf(0), 1);
});

test('the offset for a time is that of the first message stored then or later', async () => {
  await put(2, 3);
  await cluster.advance(60_000);
  const time = cluster.clock.now();
  await put(2, 3);
  const consumer = await subscribed();
  assert.equal(await cluster.run(consumer.offsetForTimestamp(queue(3), time)), 2);
  assert.equal(await cluster.run(consumer.offsetForTimestamp(queue(3), new Date(0))), 0);
  assert.equal(await cluster.run(consumer.minOffset(queue(3))), 0);
  assert.equal(await cluster.run(consumer.maxOffset(queue(3))), 4);
});

test('a paused queue brings nothing until it is resumed, however long that is', async () => {
  const consumer = await subscribed();
  consumer.pause([queue(0)]);
  await cluster.advance(25_000);
  await put(4);
  assert.deepEqual(await pollAll(consumer), ['m1', 'm2', 'm3']);
  await cluster.advance(200_000);
  assert.deepEqual(await poll(consumer), []);
  consumer.resume([queue(0)]);
  assert.deepEqual(await pollAll(consumer), ['m0']);
});

test('a consumer that is not polled gathers no more than its thresholds, and nothing comes twice after minutes', async () => {
  for (let i = 0; i < 10; i++) {
    const batch = Array.from({ length: 60 }, (_unused, index) => ({ topic: 'TopicTest', body: `${i * 60 + index}` }));
    await cluster.run(producer.send(batch, { queue: queue(i % 2) }));
  }
  const consumer = await subscribed({ pullThresholdForAll: 100, pullThresholdForQueue: 80 });
  await cluster.advance(300_000);
  const got: string[] = [];
  let first = 0;
  for (let some = await poll(consumer); some.length > 0; some = await poll(consumer)) {
    assert.ok(some.length <= 10);
    if (first < 130) first += some.length;
    got.push(...some.map((message) => message.text()));
  }
  assert.equal(got.length, 600);
  assert.equal(new Set(got).size, 600);
});

test('members of a group share the queues, and what one has not handled goes to the others', async () => {
  const first = await subscribed({}, 'one');
  const second = await subscribed({}, 'two');
  await cluster.advance(3000);
  assert.equal(first.queues.length, 2);
  assert.equal(second.queues.length, 2);
  await put(8);
  const mine = await pollAll(first);
  assert.equal(mine.length, 4);
  await cluster.run(second.stop());
  await cluster.advance(3000);
  assert.equal(first.queues.length, 4);
  const theirs = await pollAll(first);
  assert.deepEqual([...mine, ...theirs].sort(), ['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']);
});

test('a broadcasting consumer gets everything and finds its progress in its file', async () => {
  await put(4);
  const options = { model: 'BROADCASTING', instanceName: 'b', localOffsetDirectory: '/offsets' } as const;
  const first = await subscribed(options, 'one');
  const second = await subscribed(options, 'two');
  assert.equal((await pollAll(first)).length, 4);
  assert.equal((await pollAll(second)).length, 4);
  await cluster.run(first.stop());
  await put(2, 0);
  const again = await subscribed(options, 'one');
  assert.deepEqual(await pollAll(again), ['m0', 'm1']);
});

test('a topic that gets queues is reported once to those who listen', async () => {
  const consumer = newConsumer({ topicMetadataCheckIntervalMs: 1000 });
  const seen: number[] = [];
  consumer.subscribe('TopicTest');
  consumer.onTopicQueuesChanged('TopicTest', () => {
    throw new Error('mine');
  });
  const end = consumer.onTopicQueuesChanged('TopicTest', (topic, queues) => {
    assert.equal(topic, 'TopicTest');
    seen.push(queues.length);
  });
  await cluster.run(consumer.start());
  await cluster.createTopic('TopicTest', 6);
  await cluster.advance(5000);
  assert.deepEqual(seen, [6]);
  end();
  await cluster.createTopic('TopicTest', 8);
  await cluster.advance(5000);
  assert.deepEqual(seen, [6]);
});

test('brokers list the group as one that polls by itself, with its topics', async () => {
  await subscribed();
  const { address } = cluster.broker('broker-a');
  const answer = await cluster.run(
    cluster.admin.ask(address, protocol.GET_CONSUMER_CONNECTION_LIST, { consumerGroup: 'billing' }),
  );
  const text = answer!.body.toString();
  assert.match(text, /CONSUME_ACTIVELY/);
  assert.match(text, /TopicTest/);
});

test('a broker that is killed and comes back loses and repeats nothing that was committed', async () => {
  await put(8);
  const consumer = await subscribed({ pullBatchSize: 1 });
  const got = [...(await poll(consumer)), ...(await poll(consumer))];
  cluster.broker('broker-a').kill();
  await cluster.advance(3000);
  await cluster.broker('broker-a').start();
  await cluster.advance(10_000);
  const rest = await pollAll(consumer);
  assert.deepEqual([...got.map((message) => message.text()), ...rest].sort(), [
    'm0',
    'm1',
    'm2',
    'm3',
    'm4',
    'm5',
    'm6',
    'm7',
  ]);
});
