import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import * as protocol from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** Static topics over the wire, with clients that see logical queues only. */
let cluster: Cluster;

beforeEach(async () => {
  cluster = await startCluster({ seed: 31, brokers: 2 });
});

afterEach(() => cluster.stop());

const TOPIC = 'StaticTopic';
const QUEUE = { topic: TOPIC, brokerName: '__syslo__global__', queueId: 0 };

function item(gen: number, bname: string, logicOffset: number): protocol.LogicQueueMappingItem {
  const [startOffset, endOffset, timeOfStart, timeOfEnd] = [0, -1, -1, -1];
  return { gen, queueId: 0, bname, logicOffset, startOffset, endOffset, timeOfStart, timeOfEnd };
}

/** Maps the one queue of the topic, as mqadmin's updateStaticTopic and remappingStaticTopic do; `change` damages the mapping. */
function map(
  broker: string,
  epoch: number,
  items: readonly protocol.LogicQueueMappingItem[],
  change: Partial<protocol.TopicQueueMappingDetail> = {},
) {
  const queues = items.some(({ bname }) => bname === broker) ? 1 : 0;
  const body = protocol.encodeTopicQueueMappingDetail({
    ...{ topic: TOPIC, scope: protocol.GLOBAL_SCOPE, totalQueues: 1, bname: broker, epoch, dirty: false },
    ...{ currIdMap: new Map(), hostedQueues: new Map(items.length === 0 ? [] : [[0, items]]) },
    ...change,
  });
  const header = { topic: TOPIC, readQueueNums: queues, writeQueueNums: queues };
  const { address } = cluster.broker(broker);
  return cluster.run(cluster.admin.ask(address, protocol.UPDATE_AND_CREATE_STATIC_TOPIC, header, body));
}

async function succeed(answer: ReturnType<typeof map>): Promise<void> {
  const { code, remark } = (await answer)!;
  assert.equal(code, protocol.ResponseCode.SUCCESS, remark);
}

/** The queue is on broker-a, which has taken messages; then on broker-b, where its messages begin at a logical offset of 10,000. */
async function moveToB(): Promise<void> {
  const items = [item(0, 'broker-a', 0), item(1, 'broker-b', -1)];
  await succeed(map('broker-b', 2000, items));
  await succeed(map('broker-a', 2000, items));
  await succeed(map('broker-b', 2000, [items[0]!, item(1, 'broker-b', 10_000)]));
  await succeed(map('broker-a', 2000, [items[0]!, item(1, 'broker-b', 10_000)]));
  // Clients look at routes every half minute.
  await cluster.advance(40_000);
}

const offsets = (results: readonly { readonly queueOffset: number }[]) => results.map((each) => each.queueOffset);

async function send(producer: Awaited<ReturnType<Cluster['producer']>>, ...bodies: string[]) {
  const results = [];
  for (const body of bodies) results.push(await cluster.run(producer.send({ topic: TOPIC, body })));
  return results;
}

test('a queue keeps its number and its offsets when it moves to another broker, and consumers read it through', async () => {
  await succeed(map('broker-a', 1000, [item(0, 'broker-a', 0)]));
  await succeed(map('broker-b', 1000, []));
  const named: unknown[] = [];
  const hook = (_address: string, code: number, fields: Record<string, string>): void => {
    if (code === protocol.SEND_MESSAGE_V2.code) named.push(fields.n);
  };
  const producer = await cluster.producer({ producerGroup: 'orders', hooks: [hook] });
  const before = await send(producer, 'one', 'two', 'three');
  assert.deepEqual(before[0]!.messageQueue, QUEUE);
  assert.deepEqual(offsets(before), [0, 1, 2]);
  await moveToB();
  assert.deepEqual(offsets(await send(producer, 'four', 'five')), [10_000, 10_001]);
  // Source: DefaultMQProducerImpl#sendKernelImpl.
  assert.deepEqual(named, ['broker-a', 'broker-a', 'broker-a', 'broker-b', 'broker-b']);
  const got: MessageExt[] = [];
  const topics = { [TOPIC]: '*' };
  await cluster.consumer({ consumerGroup: 'billing', topics, consumeFrom: 'FIRST_OFFSET' }, (message) => {
    got.push(message);
  });
  await cluster.advance(5000);
  assert.deepEqual(
    got.map((message) => [message.text(), message.brokerName, message.queueId, message.queueOffset]),
    [
      ['one', QUEUE.brokerName, 0, 0],
      ['two', QUEUE.brokerName, 0, 1],
      ['three', QUEUE.brokerName, 0, 2],
      ['four', QUEUE.brokerName, 0, 10_000],
      ['five', QUEUE.brokerName, 0, 10_001],
    ],
  );
  await cluster.advance(10_000);
  const header = { topic: TOPIC, queueId: 0, consumerGroup: 'billing' };
  const { address } = cluster.broker('broker-b');
  const answer = await cluster.run(cluster.admin.ask(address, protocol.QUERY_CONSUMER_OFFSET, header));
  assert.equal(answer!.header.offset, 10_002);
});

test('ends and times of a moved queue are those of all its parts, and survive a restart of the broker', async () => {
  await succeed(map('broker-a', 1000, [item(0, 'broker-a', 0)]));
  await succeed(map('broker-b', 1000, []));
  const producer = await cluster.producer({ producerGroup: 'orders' });
  const beganMs = cluster.clock.now();
  await send(producer, 'one', 'two');
  await moveToB();
  const movedMs = cluster.clock.now();
  await send(producer, 'three');
  await cluster.broker('broker-b').stop();
  await cluster.broker('broker-b').start();
  const { address } = cluster.broker('broker-b');
  const queue = { topic: TOPIC, queueId: 0 };
  const ask = async <C extends protocol.Command>(command: C, header: protocol.RequestInput<C>) =>
    (await cluster.run(cluster.admin.ask(address, command, header)))!.header;
  assert.equal((await ask(protocol.GET_MIN_OFFSET, queue)).offset, 0);
  assert.equal((await ask(protocol.GET_MAX_OFFSET, queue)).offset, 10_001);
  assert.ok((await ask(protocol.GET_EARLIEST_MSG_STORETIME, queue)).timestamp >= beganMs);
  const search = (timestamp: number) => ask(protocol.SEARCH_OFFSET_BY_TIMESTAMP, { ...queue, timestamp });
  assert.equal((await search(beganMs - 1)).offset, 0);
  assert.equal((await search(movedMs)).offset, 10_000);
});

test('a broker that does not lead a queue says so, and one that maps requests already is obeyed', async () => {
  await succeed(map('broker-a', 1000, [item(0, 'broker-a', 0)]));
  await succeed(map('broker-b', 1000, []));
  const queue = { topic: TOPIC, queueId: 0 };
  const ask = (broker: string, logical?: boolean) =>
    cluster.run(
      cluster.admin.ask(cluster.broker(broker).address, protocol.GET_MAX_OFFSET, {
        ...queue,
        ...(logical === undefined ? {} : { logical }),
      }),
    );
  const refused = await ask('broker-b');
  assert.equal(refused!.code, protocol.ResponseCode.NOT_LEADER_FOR_QUEUE);
  assert.match(refused!.remark!, /StaticTopic-0 does not exit in request process of current broker broker-b/);
  assert.equal((await ask('broker-b', false))!.code, protocol.ResponseCode.SUCCESS);
  assert.equal((await ask('broker-a'))!.code, protocol.ResponseCode.SUCCESS);
});

test('mappings that contradict themselves or what the broker knows are refused with the reason and change nothing', async () => {
  await succeed(map('broker-a', 1000, [item(0, 'broker-a', 0)]));
  const refusals: [RegExp, ReturnType<typeof map>][] = [
    [/small epoch 999 < 1000/, map('broker-a', 999, [item(0, 'broker-a', 0)])],
    [/equal epoch with null data/, map('broker-a', 1000, [])],
    [/new leader is different/, map('broker-a', 1000, [item(0, 'broker-a', 0), item(1, 'broker-b', 5)])],
    [/different from what this broker has/, map('broker-a', 1001, [{ ...item(0, 'broker-a', 0), startOffset: 7 }])],
    [/gen does not increase/, map('broker-a', 1001, [item(0, 'broker-a', 0), item(0, 'broker-b', 5)])],
    [/max logic offset/, map('broker-a', 1001, [{ ...item(0, 'broker-a', 0), endOffset: 9 }, item(1, 'broker-b', 5)])],
    [/should not be negative/, map('broker-a', 1001, [{ ...item(0, 'broker-a', 0), queueId: -1 }])],
    [/unmatched scope other/, map('broker-a', 1001, [item(0, 'broker-a', 0)], { scope: 'other' })],
    [/is that of broker broker-b/, map('broker-a', 1001, [item(0, 'broker-a', 0)], { bname: 'broker-b' })],
    [/is that of topic Other/, map('broker-a', 1001, [item(0, 'broker-a', 0)], { topic: 'Other' })],
  ];
  for (const [reason, answer] of refusals) {
    const { code, remark } = (await answer)!;
    assert.notEqual(code, protocol.ResponseCode.SUCCESS);
    assert.match(remark!, reason);
  }
  const { address } = cluster.broker('broker-a');
  const header = { topic: TOPIC, logical: true };
  const known = await cluster.run(cluster.admin.ask(address, protocol.GET_TOPIC_CONFIG, header));
  const detail = protocol.decodeQueueMappingOfTopic(known!.body)!;
  assert.deepEqual([detail.epoch, [...detail.hostedQueues]], [1000, [[0, [item(0, 'broker-a', 0)]]]]);
});

test('a deleted static topic leaves no mapping behind', async () => {
  await succeed(map('broker-a', 1000, [item(0, 'broker-a', 0)]));
  const { address } = cluster.broker('broker-a');
  await cluster.run(cluster.admin.ask(address, protocol.DELETE_TOPIC_IN_BROKER, { topic: TOPIC }));
  await succeed(map('broker-a', 1, [item(0, 'broker-a', 0)]));
});
