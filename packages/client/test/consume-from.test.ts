import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { PushConsumerOptions } from '@rocketmq-ts/client';
import {
  DELETE_EXPIRED_COMMITLOG,
  GET_MIN_OFFSET,
  QUERY_CONSUMER_OFFSET,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import { type Cluster, type ClusterLogLine, formatLogLine, startCluster } from '@rocketmq-ts/testkit/cluster';

/** Where a consumer begins in a queue of which its group has no offset, or one that the queue has not. */
type ConsumeFrom = NonNullable<PushConsumerOptions['consumeFrom']>;

const EVERY: readonly ConsumeFrom[] = ['FIRST_OFFSET', 'LAST_OFFSET', 'TIMESTAMP'];
const TOPIC = 'TopicTest';

let cluster: Cluster;
let setBack: string[];
let producer: Awaited<ReturnType<Cluster['producer']>>;
afterEach(() => cluster.stop());

async function start(brokerProperties: Record<string, string> = {}): Promise<void> {
  setBack = [];
  const onLog = (line: ClusterLogLine): void => {
    if (/set back/.test(line.sentence)) setBack.push(formatLogLine(line));
  };
  cluster = await startCluster({ seed: 5, topics: { [TOPIC]: 1 }, brokerProperties, onLog });
  producer = await cluster.producer({ producerGroup: 'orders' });
}

const put = (body: string): Promise<unknown> => cluster.run(producer.send({ topic: TOPIC, body }));

/** Bodies of what a group got, in order, also of what comes later. */
async function consume(consumerGroup: string, options: Partial<PushConsumerOptions>): Promise<string[]> {
  const got: string[] = [];
  await cluster.consumer({ ...options, consumerGroup, topics: { [TOPIC]: '*' } }, (message) => {
    got.push(message.body.toString());
  });
  await cluster.advance(3000);
  return got;
}

const ask = <T>(request: Promise<T>): Promise<T> => cluster.run(request);
const broker = (): string => cluster.broker('broker-a').address;

async function offsetOf(consumerGroup: string): Promise<number | undefined> {
  const header = { consumerGroup, topic: TOPIC, queueId: 0, setZeroIfNotFound: false };
  const answer = await ask(cluster.admin.ask(broker(), QUERY_CONSUMER_OFFSET, header));
  return answer?.code === 0 ? answer.header.offset : undefined;
}

// Source: ConsumerManageProcessor#queryConsumerOffset, RebalancePushImpl#computePullFromWhereWithException.
test('in a young queue, whose messages are all in memory, a new group gets all of them wherever it is to begin', async () => {
  await start();
  for (const body of ['0', '1']) await put(body);
  await cluster.advance(60_000);
  for (const consumeFrom of EVERY)
    assert.deepEqual(await consume(consumeFrom, { consumeFrom, consumeTimestamp: cluster.clock.now() }), ['0', '1']);
});

test('in a queue that is not in memory any more a new group begins where it says', async () => {
  await start({ accessMessageInMemoryMaxRatio: '0' });
  await put('old');
  await cluster.advance(60_000);
  const consumeTimestamp = cluster.clock.now();
  await cluster.advance(1000);
  await put('new');
  const got = new Map<ConsumeFrom, string[]>();
  for (const consumeFrom of EVERY) got.set(consumeFrom, await consume(consumeFrom, { consumeFrom, consumeTimestamp }));
  await put('newest');
  await cluster.advance(1000);
  assert.deepEqual(Object.fromEntries(got), {
    FIRST_OFFSET: ['old', 'new', 'newest'],
    LAST_OFFSET: ['newest'],
    TIMESTAMP: ['new', 'newest'],
  });
});

test('a queue that is added while a group consumes is read from its first message, wherever the group began', async () => {
  await start();
  const got = await Promise.all(EVERY.map((consumeFrom) => consume(consumeFrom, { consumeFrom })));
  const queues = { topic: TOPIC, readQueueNums: 2, writeQueueNums: 2, perm: 6 };
  await ask(cluster.admin.ask(broker(), UPDATE_AND_CREATE_TOPIC, queues));
  await cluster.advance(1000);
  // The consumers do not know the queue yet.
  const late = await cluster.producer({ producerGroup: 'late' });
  const queue = { topic: TOPIC, brokerName: 'broker-a', queueId: 1 };
  await cluster.run(late.send({ topic: TOPIC, body: 'first of its queue' }, { queue }));
  await cluster.advance(60_000);
  for (const bodies of got) assert.deepEqual(bodies, ['first of its queue']);
});

// Source: DefaultMQPushConsumerImpl#pullMessage (OFFSET_ILLEGAL).
test('where the messages of a group expired it continues at the first that is there, and its offset goes forwards only', async () => {
  await start({ mappedFileSizeCommitLog: '65536', fileReservedTime: '0' });
  await put('consumed');
  const options = { consumerGroup: 'billing', topics: { [TOPIC]: '*' }, consumeFrom: 'LAST_OFFSET' } as const;
  const before = await cluster.consumer(options, () => {});
  await cluster.advance(3000);
  await cluster.run(before.stop());
  assert.equal(await offsetOf('billing'), 1);
  for (let nth = 1; nth <= 40; nth++) await put(`${nth}`.padEnd(4000, '-'));
  await cluster.advance(70_000);
  await ask(cluster.admin.ask(broker(), DELETE_EXPIRED_COMMITLOG, {}));
  await cluster.advance(30_000);
  const minOffset = await ask(cluster.admin.ask(broker(), GET_MIN_OFFSET, { topic: TOPIC, queueId: 0 }));
  const first = minOffset?.header.offset ?? 0;
  assert.ok(first > 2 && first < 40, `the queue begins at ${first}`);
  const got: number[] = [];
  await cluster.consumer(options, (message) => void got.push(message.queueOffset));
  await cluster.advance(30_000);
  assert.deepEqual(
    got,
    Array.from({ length: 41 - first }, (_, nth) => first + nth),
  );
  assert.equal(await offsetOf('billing'), 41);
  assert.deepEqual(setBack, [], 'no offset was set back');
});
