import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { decodeMessages, PULL_MESSAGE, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { PULL_FIELDS, SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import {
  type Admin,
  createAdmin,
  decodeTopicRemappingDetail,
  encodeTopicRemappingDetail,
  type GroupStats,
} from '../src/index.ts';

// Source: TopicQueueMappingUtils, MQAdminUtils, UpdateStaticTopicSubCommand, RemappingStaticTopicSubCommand.

let cluster: Cluster;
let admin: Admin;
beforeEach(async () => {
  cluster = await startCluster({ brokers: 3 });
  admin = createAdmin({ platform: cluster.environment.machine('tools'), namesrvAddresses: [cluster.namesrvAddr] });
  await admin.start();
});
afterEach(async () => {
  await admin.stop();
  await cluster.stop();
});

const run = <T>(work: Promise<T>): Promise<T> => cluster.run(work);

async function make(queues: number, ...targets: string[]): Promise<void> {
  const current = await run(admin.examineStaticTopic('S'));
  const plan = admin.planStaticTopic('S', current, new Set([...targets, ...current.keys()]), queues);
  await run(admin.applyStaticTopic(plan, false));
}

async function move(...targets: string[]): Promise<void> {
  const current = await run(admin.examineStaticTopic('S'));
  await run(admin.applyRemapping(admin.planRemapping('S', current, new Set(targets)), false));
}

/** `queue: broker` of every logical queue. */
async function leaders(): Promise<Record<number, string>> {
  const found: Record<number, string> = {};
  for (const [name, { mapping }] of await run(admin.examineStaticTopic('S'))) {
    for (const [id, items] of mapping!.hostedQueues) if (items.at(-1)!.bname === name) found[id] = name;
  }
  return found;
}

const counts = async (): Promise<Record<string, number>> => {
  const byBroker: Record<string, number> = {};
  for (const name of Object.values(await leaders())) byBroker[name] = (byBroker[name] ?? 0) + 1;
  return byBroker;
};

const refusal = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'BAD_MAPPING');
    return (error as Error).message;
  }
  return 'no refusal';
};

test('queues are shared out evenly, more are added where there are fewest, and the others stay', async () => {
  await make(5, 'broker-a', 'broker-b', 'broker-c');
  assert.deepEqual(Object.values(await counts()).sort(), [1, 2, 2]);
  const before = await leaders();
  await make(9, 'broker-a');
  assert.deepEqual(await counts(), { 'broker-a': 3, 'broker-b': 3, 'broker-c': 3 });
  const after = await leaders();
  for (const [id, name] of Object.entries(before)) assert.equal(after[Number(id)], name);
  assert.match(await refusal(() => make(8, 'broker-a')), /^Cannot decrease the queue num for static topic 8 < 9$/);
  assert.match(await refusal(() => make(9, 'broker-a')), /equal the existed queue num, do nothing$/);
});

test('a move changes as few queues as it can, and brokers without queues know the topic too', async () => {
  await make(4, 'broker-a', 'broker-b');
  const before = await leaders();
  await move('broker-a', 'broker-c');
  const after = await leaders();
  assert.deepEqual(await counts(), { 'broker-a': 2, 'broker-c': 2 });
  for (const [id, name] of Object.entries(before)) if (name === 'broker-a') assert.equal(after[Number(id)], 'broker-a');
  const everywhere = await run(admin.examineStaticTopic('S'));
  assert.deepEqual([...everywhere.keys()].sort(), ['broker-a', 'broker-b', 'broker-c']);
});

test('a moved queue continues behind its old end at a multiple of ten thousand, and both parts are read', async () => {
  await make(1, 'broker-a');
  const fields = { ...SEND_FIELDS, topic: 'S', logical: true };
  const send = async (broker: string, body: string): Promise<number> => {
    const sent = await run(
      cluster.admin.ask(`${broker}:10911`, SEND_MESSAGE_V2, { ...fields, targetBrokerName: broker }, Buffer.from(body)),
    );
    assert.equal(sent?.code, 0, sent?.remark);
    return sent!.header.queueOffset;
  };
  assert.equal(await send('broker-a', 'old'), 0);
  await move('broker-b');
  assert.equal(await send('broker-b', 'new'), 10_000);
  const bodies: string[] = [];
  for (const queueOffset of [0, 10_000]) {
    const header = { ...PULL_FIELDS, topic: 'S', queueOffset, logical: true };
    const pulled = await run(cluster.admin.ask('broker-b:10911', PULL_MESSAGE, header));
    if (pulled!.body.length > 0)
      bodies.push(...decodeMessages(pulled!.body, { inflate: false }).map(({ body }) => body.toString()));
  }
  assert.deepEqual(bodies, ['old', 'new']);
});

test('a topic reader sees a moved queue by its logical offsets, from the broker that takes its messages', async () => {
  await make(1, 'broker-a');
  const send = (broker: string, body: string): Promise<unknown> => {
    const header = { ...SEND_FIELDS, topic: 'S', logical: true, targetBrokerName: broker };
    return run(cluster.admin.ask(`${broker}:10911`, SEND_MESSAGE_V2, header, Buffer.from(body)));
  };
  await send('broker-a', 'old');
  await move('broker-b');
  await send('broker-b', 'new');
  await cluster.advance(1000);
  const reader = await run(admin.readTopic('S'));
  const [queue, ...others] = reader.queues;
  assert.deepEqual([queue, others], [{ topic: 'S', brokerName: '__syslo__global__', queueId: 0 }, []]);
  assert.deepEqual([await run(reader.minOffset(queue!)), await run(reader.maxOffset(queue!))], [0, 10_001]);
  const found: string[] = [];
  for (let offset = 0; offset < 10_001; ) {
    const { messages, nextBeginOffset } = await run(reader.pull(queue!, offset, 32));
    found.push(...messages.map(({ queueOffset, body }) => `${queueOffset} ${body}`));
    offset = nextBeginOffset;
  }
  assert.deepEqual(found, ['0 old', '10000 new']);
  assert.equal((await run(admin.messageAt(queue!, 10_000)))?.body.toString(), 'new');
});

test('a message is sent to the broker that takes those of its queue', async () => {
  await make(2, 'broker-a');
  await move('broker-b');
  await cluster.advance(1000);
  const sender = await run(admin.topicSender('S'));
  assert.deepEqual(
    sender.queues.map(({ brokerName, queueId }) => `${brokerName} ${queueId}`),
    ['__syslo__global__ 0', '__syslo__global__ 1'],
  );
  for (let at = 0; at < 4; at++) {
    const { queue, sendStatus } = await run(sender.send({ body: Buffer.from('x') }));
    assert.deepEqual([queue.brokerName, sendStatus], ['broker-b', 'SEND_OK']);
  }
  const chosen = await run(admin.sendMessage({ topic: 'S', body: Buffer.from('x'), brokerName: 'broker-b' }));
  assert.equal(chosen.queue.brokerName, 'broker-b');
  await assert.rejects(run(admin.sendMessage({ topic: 'S', body: Buffer.from('x'), brokerName: 'broker-a' })), {
    code: 'NO_BROKER',
  });
});

test('a change that reached some brokers only is reported, and completed by its own file', async () => {
  await make(2, 'broker-a', 'broker-b');
  const current = await run(admin.examineStaticTopic('S'));
  const plan = admin.planStaticTopic('S', current, new Set(current.keys()), 6);
  const file = encodeTopicRemappingDetail(plan);
  cluster.partition('tools', [...plan.brokerConfigMap.keys()].at(-1)!);
  await assert.rejects(run(admin.applyStaticTopic(plan, false)), { code: 'UNREACHABLE' });
  await admin.stop();
  admin = createAdmin({ platform: cluster.environment.machine('other'), namesrvAddresses: [cluster.namesrvAddr] });
  await admin.start();
  const half = await run(admin.examineStaticTopic('S'));
  assert.match(
    await refusal(async () => admin.staticTopicNow('S', half)),
    /^(epoch|total queue number) does not match/,
  );
  await run(admin.applyStaticTopic(decodeTopicRemappingDetail(file), false));
  assert.deepEqual(Object.keys(await leaders()), ['0', '1', '2', '3', '4', '5']);
});

test('a topic that is not static, an unknown broker and a file that contradicts itself are refused before anything is sent', async () => {
  await make(2, 'broker-a');
  const current = await run(admin.examineStaticTopic('S'));
  const unknown = admin.planStaticTopic('S', current, new Set([...current.keys(), 'broker-x']), 9);
  await assert.rejects(run(admin.applyStaticTopic(unknown, false)), { code: 'NO_BROKER' });
  const { config, mapping } = current.get('broker-a')!;
  const hostedQueues = new Map(
    [...mapping!.hostedQueues].map(([id, items]) => [id, items.map((item) => ({ ...item, bname: 'broker-b' }))]),
  );
  const twice = new Map(current).set('broker-b', { config, mapping: { ...mapping!, bname: 'broker-b', hostedQueues } });
  const wrong = { ...admin.staticTopicNow('S', current), brokerConfigMap: twice };
  assert.match(await refusal(() => run(admin.applyStaticTopic(wrong, true))), /^The queue id is duplicated in broker/);
  await run(admin.createTopic('broker-a:10911', { ...config, topicName: 'Plain' }));
  const plain = await run(admin.examineStaticTopic('Plain'));
  assert.match(await refusal(async () => admin.staticTopicNow('Plain', plain)), /^Mapping info should not be null/);
  assert.deepEqual(Object.keys(await leaders()), ['0', '1']);
});

// Source: MQAdminUtils#convertPhysicalTopicStats; its progress of groups is another, see `logicalGroupStats`.
test('a queue that has moved is seen as one, from its first message to its last, and so is progress in it', async () => {
  await make(1, 'broker-a');
  const row = (brokerName: string, rest: object) => ({ queue: { topic: 'S', brokerName, queueId: 0 }, ...rest });
  await move('broker-b');
  const second = (await run(admin.examineStaticTopic('S'))).get('broker-b')!.mapping!.hostedQueues.get(0)!.at(-1)!;
  assert.equal(second.bname, 'broker-b');
  const offsets = [
    row('broker-a', { minOffset: 1, maxOffset: 3, lastUpdateTimestamp: 7 }),
    row('broker-b', { minOffset: 0, maxOffset: 2, lastUpdateTimestamp: 9 }),
  ] as unknown as Awaited<ReturnType<Admin['withLogicalQueues']>>['offsets'];
  const stats = await run(admin.withLogicalQueues('S', { offsets, topicPutTps: 0 }));
  const name = '__syslo__global__';
  assert.deepEqual(stats.offsets.slice(2), [
    row(name, { minOffset: 1, maxOffset: second.logicOffset + 2, lastUpdateTimestamp: 9 }),
  ]);
  const progress = (consumerOffset: number) => ({ brokerOffset: 2, consumerOffset, pullOffset: 2, lastTimestamp: 5 });
  const group = await run(
    admin.logicalProgress({
      offsets: [row('broker-a', progress(2)), row('broker-b', progress(1))] as unknown as GroupStats['offsets'],
      consumeTps: 3,
    }),
  );
  const base = second.logicOffset;
  const wanted = { brokerOffset: base + 2, consumerOffset: base + 1, pullOffset: base + 2, lastTimestamp: 5 };
  assert.deepEqual(group, { offsets: [row(name, wanted)], consumeTps: 3 });
});
