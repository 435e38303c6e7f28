import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@rocketmq-ts/client';
import type { Cluster } from './cluster.ts';
import { bodyOf, type Delivery, deliveriesOf, hashes, hashOf, linesOf } from './deliveries.ts';
import { javaConsume, javaConsumerStaying, javaProduce, javaPull } from './java-clients.ts';
import { typescriptConsume, withProducer } from './typescript-clients.ts';

const TEST_MS = 120_000;

/**
 * Apache's Java client at one end and ours at the other, over whatever cluster is given. Run against our broker these
 * show that an unmodified Java client can't tell it from Apache's; run against Apache's, that our client works there.
 */
export function clientScenarios(clusterOf: () => Cluster): void {
  const scenario = (name: string, run: (cluster: Cluster) => Promise<void>): void =>
    void test(name, { timeout: TEST_MS }, () => run(clusterOf()));
  scenario("our consumer gets what Apache's producer sends in each of its ways", javaToTypescript);
  scenario("Apache's consumers of every kind get what our producer sends in each of its ways", typescriptToJava);
  scenario('two Java consumers of one group share the messages of our producer', sharing);
  scenario('two broadcasting Java consumers get every message each', broadcasting);
  scenario('an ordered Java consumer sees each queue in order, also after refusals', orderedJava);
  scenario("our ordered consumer sees each queue of Apache's selecting producer in order", orderedTypescript);
  scenario('what a Java consumer refuses comes again, counted', retryJava);
  scenario('what our consumer refuses comes again, counted', retryTypescript);
}

async function javaToTypescript(cluster: Cluster): Promise<void> {
  const topic = 'JavaToTypescript';
  // The first one makes the topic; the others may then run side by side.
  const first = await javaProduce(cluster, { topic, count: 4, mode: 'sync', tags: 'A,B', keys: 'key', prefix: 'sync' });
  const rest = await Promise.all([
    javaProduce(cluster, { topic, count: 4, mode: 'async', prefix: 'async' }),
    javaProduce(cluster, { topic, count: 3, mode: 'oneway', prefix: 'oneway' }),
    javaProduce(cluster, { topic, count: 4, mode: 'batch', tags: 'A', prefix: 'batch' }),
    javaProduce(cluster, { topic, count: 2, mode: 'sync', prefix: 'packed', compress: 'yes', bodyBytes: 5000 }),
    javaProduce(cluster, { topic, count: 3, mode: 'sync', prefix: 'binary' }, { codec: 'ROCKETMQ' }),
    javaProduce(cluster, { topic, count: 2, mode: 'batch', prefix: 'batchBinary' }, { codec: 'ROCKETMQ' }),
  ]);
  const expected = [
    ...hashesOfRun('sync', 4),
    ...hashesOfRun('async', 4),
    ...hashesOfRun('oneway', 3),
    ...hashesOfRun('batch', 4),
    ...hashesOfRun('packed', 2, 5000),
    ...hashesOfRun('binary', 3),
    ...hashesOfRun('batchBinary', 2),
  ];
  const [all, tagA] = await Promise.all([
    typescriptConsume(cluster, { topic, group: 'compat_ts_all', count: expected.length }),
    // Another instance name, so that the second consumer has connections of its own.
    typescriptConsume(cluster, {
      topic,
      group: 'compat_ts_tag',
      count: 6,
      expression: 'A',
      options: { instanceName: 'tag', serializeType: 'ROCKETMQ' },
    }),
  ]);
  assert.deepEqual(hashes(all), expected.sort());
  assert.deepEqual(
    hashes(tagA),
    [...hashesOfRun('sync', 4).filter((_, i) => i % 2 === 0), ...hashesOfRun('batch', 4)].sort(),
  );
  for (const [index, sent] of first.entries()) {
    const got = all.find(({ msgId }) => msgId === sent.msgId);
    assert.ok(got !== undefined, `message ${sent.msgId} came under its own id`);
    assert.equal(sent.status, 'SEND_OK');
    assert.equal(got.queueId, sent.queueId);
    assert.equal(got.queueOffset, sent.queueOffset);
    assert.equal(got.tags, index % 2 === 0 ? 'A' : 'B');
    assert.equal(got.keys, `key${index}`);
  }
  // A batch is answered with an id for each of its messages, and they lie side by side.
  const batch = rest.flat().find(({ msgId }) => msgId.split(',').length === 4);
  assert.ok(batch !== undefined && batch.offsetMsgId.split(',').length === 4);
  const members = batch.msgId.split(',').map((id) => all.find(({ msgId }) => msgId === id));
  assert.deepEqual(
    members.map((member) => member?.queueOffset),
    [0, 1, 2, 3].map((i) => batch.queueOffset + i),
  );
}

async function typescriptToJava(cluster: Cluster): Promise<void> {
  const topic = 'TypescriptToJava';
  const message = (prefix: string, index: number, more: Partial<Message> = {}, bytes = 32): Message => ({
    topic,
    body: bodyOf(prefix, index, bytes),
    ...more,
  });
  const sent = await withProducer(cluster, async (producer) => {
    const results = [];
    for (let i = 0; i < 6; i++) {
      results.push(await producer.send(message('one', i, { tags: ['A', 'B', 'C'][i % 3]!, keys: `key${i}` })));
    }
    results.push(await producer.send([0, 1, 2, 3].map((i) => message('batch', i, { tags: 'A' }))));
    results.push(await producer.send(message('packed', 0, {}, 9000)));
    for (let i = 0; i < 3; i++) await producer.sendOneway(message('oneway', i));
    return results;
  });
  const binary = await withProducer(cluster, (producer) => producer.send(message('binary', 0)), {
    serializeType: 'ROCKETMQ',
  });
  for (const { sendStatus } of [...sent, binary]) assert.equal(sendStatus, 'SEND_OK');
  const expected = [
    ...hashesOfRun('one', 6),
    ...hashesOfRun('batch', 4),
    ...hashesOfRun('packed', 1, 9000),
    ...hashesOfRun('oneway', 3),
    ...hashesOfRun('binary', 1),
  ].sort();
  const count = expected.length;
  const [push, tagged, pulled, polled, assigned] = await Promise.all([
    javaConsume(cluster, { topic, group: 'compat_java_push', count }, { codec: 'ROCKETMQ' }),
    javaConsume(cluster, { topic, group: 'compat_java_tag', expression: 'A || C', count: 8 }),
    javaPull(cluster, { topic, group: 'compat_java_pull', kind: 'pull', count }),
    javaPull(cluster, { topic, group: 'compat_java_lite', kind: 'subscribe', count }),
    javaPull(cluster, { topic, group: 'compat_java_assign', kind: 'assign', count }),
  ]);
  assert.deepEqual(hashes(push), expected);
  for (const output of [pulled, polled, assigned]) assert.deepEqual(hashes(deliveriesOf(output)), expected);
  const wanted = hashesOfRun('one', 6).filter((_, i) => i % 3 !== 1);
  assert.deepEqual(hashes(tagged), [...wanted, ...hashesOfRun('batch', 4)].sort());
  const queues = linesOf(pulled, 'QUEUE').map(([, , , min, max]) => Number(max) - Number(min));
  assert.equal(
    queues.reduce((sum, messages) => sum + messages, 0),
    count,
    'the ends of the queues enclose what was sent',
  );
  for (const [index, result] of sent.slice(0, 6).entries()) {
    const got = push.find(({ msgId }) => msgId === result.msgId);
    assert.equal(got?.keys, `key${index}`);
    assert.equal(got?.queueOffset, result.queueOffset);
  }
}

async function sharing(cluster: Cluster): Promise<void> {
  const topic = 'SharedByTwo';
  await withProducer(cluster, async (producer) => {
    await producer.send({ topic, body: 'makes the topic' });
    const args = { topic, group: 'compat_java_sharing' };
    const members = await Promise.all(
      ['one', 'two'].map((instance) => javaConsumerStaying(cluster, { ...args, instance })),
    );
    try {
      const sent = [hashOf('makes the topic')];
      // Rounds until both have a part: the broker notifies the first member of the second one, soon but not at once.
      const deadline = Date.now() + 60_000;
      for (let round = 0; ; round++) {
        for (let i = 0; i < 8; i++) {
          const body = bodyOf(`round${round}`, i, 32);
          await producer.send({ topic, body });
          sent.push(hashOf(body));
        }
        const parts = members.map((member) => deliveriesOf(member.output()));
        const got = new Set(parts.flat().map(({ bodyHash }) => bodyHash));
        if (parts.every((part) => part.length > 0) && sent.every((hash) => got.has(hash))) break;
        assert.ok(Date.now() < deadline, `of ${sent.length} messages came ${parts.map((part) => part.length)}`);
        if (parts.every((part) => part.length > 0)) await allCame(members, sent, deadline);
        else await pause(200);
      }
    } finally {
      await Promise.all(members.map((member) => member.stop()));
    }
  });
}

async function allCame(
  members: readonly { output(): string }[],
  sent: readonly string[],
  deadline: number,
): Promise<void> {
  while (Date.now() < deadline) {
    const got = new Set(members.flatMap((member) => hashes(deliveriesOf(member.output()))));
    if (sent.every((hash) => got.has(hash))) return;
    await pause(100);
  }
}

async function broadcasting(cluster: Cluster): Promise<void> {
  const topic = 'ForEverybody';
  await withProducer(cluster, async (producer) => {
    for (let i = 0; i < 8; i++) await producer.send({ topic, body: bodyOf('all', i, 32) });
  });
  const args = { topic, group: 'compat_java_broadcast', model: 'broadcasting', count: 8 };
  const both = await Promise.all(['one', 'two'].map((instance) => javaConsume(cluster, { ...args, instance })));
  for (const deliveries of both) assert.deepEqual(hashes(deliveries), hashesOfRun('all', 8).sort());
  const ours = await typescriptConsume(cluster, {
    topic,
    group: 'compat_ts_broadcast',
    count: 8,
    options: { model: 'BROADCASTING', instanceName: 'three', localOffsetDirectory: `${cluster.home}/offsets` },
  });
  assert.deepEqual(hashes(ours), hashesOfRun('all', 8).sort());
}

async function orderedJava(cluster: Cluster): Promise<void> {
  const topic = 'OrderedForJava';
  await withProducer(cluster, async (producer) => {
    for (let i = 0; i < 16; i++) {
      await producer.send({ topic, body: bodyOf('step', i, 32) }, { select: (queues) => queues[i % queues.length] });
    }
  });
  const args = { topic, group: 'compat_java_ordered', order: 'orderly', count: 16, failFirst: 3 };
  const deliveries = await javaConsume(cluster, args);
  assert.ok(deliveries.length >= 19, 'what was refused came again');
  assert.deepEqual(inEachQueue(deliveries), inEachQueue(sortedByQueue(deliveries)));
  assert.equal(new Set(hashes(deliveries)).size, 16);
}

async function orderedTypescript(cluster: Cluster): Promise<void> {
  const topic = 'OrderedForTypescript';
  await javaProduce(cluster, { topic, count: 16, mode: 'ordered', prefix: 'step' });
  let refusals = 3;
  const deliveries = await typescriptConsume(cluster, {
    topic,
    group: 'compat_ts_ordered',
    count: 16,
    orderly: true,
    verdict: () => (refusals-- > 0 ? 'refuse' : 'accept'),
  });
  assert.ok(deliveries.length >= 19, 'what was refused came again');
  assert.deepEqual(inEachQueue(deliveries), inEachQueue(sortedByQueue(deliveries)));
  assert.equal(new Set(hashes(deliveries)).size, 16);
}

async function retryJava(cluster: Cluster): Promise<void> {
  const topic = 'RefusedByJava';
  const sent = await withProducer(cluster, async (producer) => {
    const results = [];
    for (let i = 0; i < 4; i++) results.push(await producer.send({ topic, tags: 'A', body: bodyOf('again', i, 32) }));
    return results;
  });
  const args = { topic, group: 'compat_java_retry', count: 4, failFirst: 2, delayLevel: 1 };
  expectRetries(
    await javaConsume(cluster, args),
    sent.map(({ msgId }) => msgId),
    topic,
  );
}

async function retryTypescript(cluster: Cluster): Promise<void> {
  const topic = 'RefusedByTypescript';
  const sent = await javaProduce(cluster, { topic, count: 4, mode: 'sync', tags: 'A', prefix: 'again' });
  let refusals = 2;
  const deliveries = await typescriptConsume(cluster, {
    topic,
    group: 'compat_ts_retry',
    count: 4,
    verdict: ({ reconsumeTimes }) => (reconsumeTimes === 0 && refusals-- > 0 ? 'refuse' : 'accept'),
  });
  expectRetries(
    deliveries,
    sent.map(({ msgId }) => msgId),
    topic,
  );
}

function expectRetries(deliveries: readonly Delivery[], sentIds: readonly string[], topic: string): void {
  const first = deliveries.filter(({ reconsumeTimes }) => reconsumeTimes === 0);
  const second = deliveries.filter(({ reconsumeTimes }) => reconsumeTimes === 1);
  assert.deepEqual(new Set(first.map(({ msgId }) => msgId)), new Set(sentIds));
  assert.equal(second.length, 2);
  for (const again of second) {
    assert.ok(sentIds.includes(again.msgId), 'a message that comes again keeps its id');
    assert.equal(again.topic, topic, 'and its topic');
    assert.equal(again.tags, 'A');
    assert.ok(first.some(({ bodyHash }) => bodyHash === again.bodyHash));
  }
}

function hashesOfRun(prefix: string, count: number, bytes = 32): string[] {
  return Array.from({ length: count }, (_, index) => hashOf(bodyOf(prefix, index, bytes)));
}

/** Offsets in order of delivery, by queue; a repeat of the same message is kept. */
function inEachQueue(deliveries: readonly Delivery[]): Record<number, number[]> {
  const byQueue: Record<number, number[]> = {};
  for (const { queueId, queueOffset } of deliveries) {
    byQueue[queueId] ??= [];
    byQueue[queueId].push(queueOffset);
  }
  return byQueue;
}

function sortedByQueue(deliveries: readonly Delivery[]): Delivery[] {
  return [...deliveries].sort((a, b) => a.queueOffset - b.queueOffset);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
