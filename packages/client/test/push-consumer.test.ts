import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  ClientError,
  type MessageExt,
  type MessageListener,
  PushConsumer,
  type PushConsumerOptions,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import * as protocol from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { Subscriptions } from '../src/consumer/subscriptions.ts';
import { ScriptedCluster } from './scripted-cluster.ts';

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let consumers: PushConsumer[];

function newConsumer(changes: Partial<PushConsumerOptions> = {}, machine = 'client'): PushConsumer {
  const consumer = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: environment.machine(machine),
    logger: silentLogger,
    ...changes,
  });
  consumers.push(consumer);
  return consumer;
}

async function started(
  listener: MessageListener,
  changes: Partial<PushConsumerOptions> = {},
  expression = '*',
  machine = 'client',
): Promise<PushConsumer> {
  const consumer = newConsumer(changes, machine);
  consumer.subscribe('TopicTest', expression);
  await environment.clock.run(consumer.start(listener));
  return consumer;
}

function put(count: number, properties: Record<string, string> = {}): void {
  for (let i = 0; i < count; i++) cluster.put('TopicTest', i % 4, `m${i}`, { UNIQ_KEY: `K${i}`, ...properties });
}

beforeEach(async () => {
  environment = new SimulatedEnvironment(23);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 4 });
  consumers = [];
});

afterEach(async () => {
  for (const consumer of consumers) await environment.clock.run(consumer.stop());
  await environment.clock.run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0, 'a stopped consumer leaves no timer');
  assert.equal(environment.network.connectionCount, 0, 'a stopped consumer leaves no connection');
});

const offsetOf = (queueId: number, group = 'billing') => cluster.offsets.get(`TopicTest@${group}@${queueId}`);
const bodies = (messages: readonly MessageExt[]) => messages.map((message) => message.text()).sort();

test('what is there and what comes later is delivered once, and offsets are written every five seconds', async () => {
  put(8);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(100);
  put(4);
  await environment.clock.advance(100);
  assert.deepEqual(bodies(got), ['m0', 'm0', 'm1', 'm1', 'm2', 'm2', 'm3', 'm3', 'm4', 'm5', 'm6', 'm7']);
  const first = got.find((message) => message.text() === 'm5')!;
  assert.equal(first.topic, 'TopicTest');
  assert.equal(first.brokerName, 'broker-a');
  assert.equal(first.queueId, 1);
  assert.equal(first.queueOffset, 1);
  assert.equal(first.msgId, 'K5');
  assert.equal(first.properties.get('MAX_OFFSET'), '2');
  await environment.clock.advance(15_000);
  assert.deepEqual(
    [0, 1, 2, 3].map((queueId) => offsetOf(queueId)),
    [3, 3, 3, 3],
  );
});

test('a consumer alone in its group begins without waiting for anybody', async () => {
  put(4);
  const startMs = environment.clock.monotonicMs();
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(20);
  assert.equal(got.length, 4);
  assert.ok(environment.clock.monotonicMs() - startMs < 300);
});

test('a new group starts at the end unless told otherwise', async () => {
  put(4);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message), { consumeFrom: 'LAST_OFFSET' });
  await environment.clock.advance(2000);
  put(4);
  await environment.clock.advance(2000);
  assert.equal(got.length, 4);
  assert.ok(got.every((message) => message.queueOffset === 1));
});

for (const consumeFrom of ['LAST_OFFSET', 'TIMESTAMP'] as const) {
  test(`retries that came before the group looked at their queue are delivered with ${consumeFrom} as well`, async () => {
    cluster.topics.set('%RETRY%billing', 1);
    cluster.put('%RETRY%billing', 0, 'failed before', { UNIQ_KEY: 'K', RETRY_TOPIC: 'TopicTest' });
    const got: MessageExt[] = [];
    await started((message) => void got.push(message), { consumeFrom });
    await environment.clock.advance(2000);
    assert.deepEqual(bodies(got), ['failed before']);
  });
}

test('a stored offset wins over where a new group would start', async () => {
  put(8);
  for (const queueId of [0, 1, 2, 3]) cluster.offsets.set(`TopicTest@billing@${queueId}`, 1);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(100);
  assert.deepEqual(bodies(got), ['m4', 'm5', 'm6', 'm7']);
});

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

test('a message that fails goes back to the broker and comes again under its own topic', async () => {
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
  await started(() => {
    calls++;
    return calls === 1 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
  });
  await environment.clock.advance(100);
  const copy = cluster.log.find((one) => one.topic === '%RETRY%billing')!;
  const view = protocol.decodeMessage(copy.record);
  assert.equal(view.body.toString(), 'm0');
  assert.equal(view.reconsumeTimes, 1);
  assert.equal(view.property('RETRY_TOPIC'), 'TopicTest');
  assert.equal(view.property('DELAY'), '3');
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

test('of a batch, messages behind the acknowledged index go back', async () => {
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

test('no more listener calls run at a time than allowed', async () => {
  put(12);
  let running = 0;
  let most = 0;
  const release: (() => void)[] = [];
  await started(
    async () => {
      running++;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => release.push(resolve));
      running--;
    },
    { consumeThreadMin: 3 },
  );
  await environment.clock.advance(100);
  assert.equal(running, 3);
  while (release.length > 0) {
    release.shift()!();
    await environment.clock.advance(1);
  }
  assert.equal(most, 3);
});

test('a full window stops the pulls of its queue until something leaves it', async () => {
  for (let i = 0; i < 100; i++) cluster.put('TopicTest', 0, `m${i}`);
  const release: (() => void)[] = [];
  await started(() => new Promise<void>((resolve) => void release.push(resolve)), {
    pullThresholdForQueue: 10,
    pullBatchSize: 8,
    consumeThreadMin: 100,
  });
  await environment.clock.advance(5000);
  assert.equal(release.length, 16, 'one pull may go over the threshold');
  while (release.length > 0) {
    for (const one of release.splice(0)) one();
    await environment.clock.advance(100);
  }
  await environment.clock.advance(12_000);
  assert.equal(offsetOf(0), 100);
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

test('a stop waits for listener calls under way, writes their offsets and leaves the group', async () => {
  put(1);
  let finish = (): void => {};
  const consumer = await started(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  await environment.clock.advance(50);
  let stopped = false;
  const stopping = consumer.stop().then(() => {
    stopped = true;
  });
  await environment.clock.advance(1000);
  assert.equal(stopped, false);
  finish();
  await environment.clock.run(stopping);
  assert.equal(offsetOf(0), 1);
  assert.equal(cluster.members.get('billing')!.size, 0);
});

test('a listener that never ends holds a stop only for the time allowed, and its message is not committed', async () => {
  put(1);
  const consumer = await started(() => new Promise<void>(() => {}), { awaitTerminationMs: 700 });
  await environment.clock.advance(50);
  const startMs = environment.clock.monotonicMs();
  await environment.clock.run(consumer.stop());
  assert.ok(environment.clock.monotonicMs() - startMs < 1500);
  assert.notEqual(offsetOf(0), 1);
});

test('an offset that the broker does not have restarts the queue where the broker says', async () => {
  put(4);
  cluster.offsets.set('TopicTest@billing@0', 77);
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(3000);
  assert.equal(offsetOf(0), 1);
  cluster.put('TopicTest', 0, 'new');
  await environment.clock.advance(1000);
  assert.deepEqual(bodies(got), ['m1', 'm2', 'm3', 'new']);
});

test('a failed pull is tried again after a second, a busy broker after 20 ms', async () => {
  put(1);
  cluster.refuseNext('PULL_MESSAGE', protocol.ResponseCode.SYSTEM_ERROR);
  const got: number[] = [];
  await started(() => void got.push(environment.clock.monotonicMs()));
  await environment.clock.advance(3000);
  assert.equal(got.length, 1);
  for (let i = 0; i < 10; i++) cluster.refuseNext('PULL_MESSAGE', protocol.ResponseCode.FLOW_CONTROL);
  const before = environment.clock.monotonicMs();
  await environment.clock.advance(1000);
  put(1);
  await environment.clock.advance(1000);
  assert.equal(got.length, 2);
  assert.ok(got[1]! - before < 1500);
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

test('suspend stops pulling, resume goes on', async () => {
  const got: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message));
  consumer.suspend();
  await environment.clock.advance(3000);
  put(4);
  await environment.clock.advance(3000);
  const pausedCount = got.length;
  consumer.resume();
  await environment.clock.advance(3000);
  assert.ok(pausedCount <= 4);
  assert.equal(got.length, 4);
  const pulls = cluster.seen.filter((name) => name === 'PULL_MESSAGE').length;
  consumer.suspend();
  await environment.clock.advance(10_000);
  assert.ok(cluster.seen.filter((name) => name === 'PULL_MESSAGE').length - pulls <= 5);
});

test('a topic can be added and taken away while running', async () => {
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

test('what a new expression wants is not passed over by a pull that was made for the old one', async () => {
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

test('a broker that was gone is found again, and nothing is lost', async () => {
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(500);
  cluster.members.clear();
  cluster.seen.length = 0;
  environment.network.cut('client', 'cluster');
  put(4);
  await environment.clock.advance(5000);
  assert.deepEqual(bodies(got), ['m0', 'm1', 'm2', 'm3']);
  assert.equal(
    cluster.members.get('billing')?.size,
    1,
    'the broker heard of the group at once, not with the next heartbeat',
  );
  assert.ok(cluster.seen.indexOf('GET_CONSUMER_LIST_BY_GROUP') > cluster.seen.indexOf('HEART_BEAT'));
});

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

test('ordered: a failure pauses its queue and comes first again', async () => {
  for (let i = 0; i < 3; i++) cluster.put('TopicTest', 0, `m${i}`);
  const calls: string[] = [];
  const times: number[] = [];
  await started({
    orderly([message], context) {
      calls.push(message!.text());
      times.push(environment.clock.monotonicMs());
      if (calls.length === 2) {
        context.suspendCurrentQueueTimeMs = 2000;
        return 'SUSPEND_CURRENT_QUEUE_A_MOMENT';
      }
      return 'SUCCESS';
    },
  });
  await environment.clock.advance(5000);
  assert.deepEqual(calls, ['m0', 'm1', 'm1', 'm2']);
  assert.ok(times[2]! - times[1]! >= 2000);
});

test('ordered: a message that failed too often goes to the retry topic and the queue goes on', async () => {
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

test('broadcasting: every member gets everything, keeps offsets in its own file and goes on there', async () => {
  put(4);
  const options = { model: 'BROADCASTING', localOffsetDirectory: '/offsets', clientIp: '10.9.9.9' } as const;
  const got: MessageExt[] = [];
  const other: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message), options, '*', 'one');
  await started((message) => void other.push(message), options, '*', 'two').catch((error: unknown) => error);
  await environment.clock.advance(1000);
  assert.equal(got.length, 4);
  assert.equal(cluster.offsets.size, 0);
  await environment.clock.run(consumer.stop());
  const text = environment.machine('one').disk.readFile('/offsets/10.9.9.9@DEFAULT/billing/offsets.json')!.toString();
  assert.match(
    text,
    /\{\n\t"offsetTable":\{\n\t\t\{\n\t\t\t"brokerName":"broker-a",\n\t\t\t"queueId":\d,\n\t\t\t"topic":"TopicTest"\n\t\t\}:1/,
  );
  put(4);
  const again: MessageExt[] = [];
  await started((message) => void again.push(message), options, '*', 'one');
  await environment.clock.advance(1000);
  assert.equal(again.length, 4);
  assert.ok(again.every((message) => message.queueOffset === 1));
  assert.equal(other.length, 8);
});

test('broadcasting: offsets ahead of what the broker has left are set back, durably', async () => {
  put(4);
  const options = { model: 'BROADCASTING', localOffsetDirectory: '/offsets', clientIp: '10.9.9.9' } as const;
  const path = '/offsets/10.9.9.9@DEFAULT/billing/offsets.json';
  const consumer = await started(() => {}, options, '*', 'one');
  await environment.clock.advance(1000);
  await environment.clock.run(consumer.stop());
  const { disk } = environment.machine('one');
  const ahead = Buffer.from(disk.readFile(path)!.toString().replace(/\}:1/g, '}:7'));
  const file = disk.open(path, 'write');
  file.writeSync(ahead, 0, ahead.length, 0);
  file.close();
  const got: MessageExt[] = [];
  await started((message) => void got.push(message), options, '*', 'one');
  await environment.clock.advance(1000);
  assert.doesNotMatch(disk.readFile(path)!.toString(), /\}:7/);
  put(40);
  await environment.clock.advance(1000);
  assert.equal(got.length, 40);
});

test('broadcasting: a failure is not tried again', async () => {
  put(1);
  let calls = 0;
  await started(
    () => {
      calls++;
      throw new Error('no');
    },
    { model: 'BROADCASTING', localOffsetDirectory: '/offsets' },
  );
  await environment.clock.advance(30_000);
  assert.equal(calls, 1);
  assert.equal(cluster.givenBack.length, 0);
});

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

test('brokers are told offsets, the running state, and what became of a message handed over directly', async () => {
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

test('a consumer that starts before any broker delivers once there is one', async () => {
  cluster.topics.clear();
  const got: MessageExt[] = [];
  await started((message) => void got.push(message));
  await environment.clock.advance(5000);
  cluster.topics.set('TopicTest', 4);
  put(4);
  await environment.clock.advance(40_000);
  assert.equal(got.length, 4);
});

test('wrong use is named', async () => {
  const code = (wanted: string) => (error: unknown) => error instanceof ClientError && error.code === wanted;
  assert.throws(() => newConsumer({ consumerGroup: 'DEFAULT_CONSUMER' }), code('NAME_ILLEGAL'));
  assert.throws(() => newConsumer({ consumeThreadMin: 0 }), /consumeThreadMin is 0/);
  assert.throws(() => newConsumer({ model: 'BOTH' as never }), /model is "BOTH"/);
  assert.throws(() => newConsumer({ consumeTimestamp: 'yesterday' }), /consumeTimestamp/);
  assert.throws(() => newConsumer().subscribe('a b'), code('NAME_ILLEGAL'));
  const consumer = await started(() => {});
  await assert.rejects(
    consumer.start(() => {}),
    code('WRONG_STATE'),
  );
  await environment.clock.run(consumer.stop());
  assert.throws(() => consumer.suspend(), code('WRONG_STATE'));
});
