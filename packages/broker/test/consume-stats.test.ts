import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeConsumeStats,
  decodeConsumeStatsList,
  decodeTopicList,
  GET_BROKER_CONSUME_STATS,
  GET_CONSUME_STATS,
  QUERY_CONSUMER_OFFSET,
  QUERY_TOPICS_BY_CONSUMER,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

const commit = (topic: string, queueId: number, commitOffset: number, consumerGroup = 'G') =>
  caller.commit(consumerGroup, topic, commitOffset, queueId);

/** `topic/queue: broker offset, consumer offset` of each row. */
async function rows(header: { topic?: string; topicList?: string } = {}, consumerGroup = 'G'): Promise<string[]> {
  const answer = await caller.request(GET_CONSUME_STATS, { consumerGroup, ...header });
  assert.equal(answer.code, 0);
  return decodeConsumeStats(answer.body).offsetTable.map(
    ([queue, offset]) => `${queue.topic}/${queue.queueId}: ${offset.brokerOffset}, ${offset.consumerOffset}`,
  );
}

async function sendTo(topic: string, count: number): Promise<void> {
  await caller.putTopic(topic);
  for (let i = 0; i < count; i++) await caller.send(topic, 'x');
  // Makes the group, which may commit then.
  await caller.pull(topic);
}

test('a broadcasting group that is online shows no row: it has no offsets here', async () => {
  await sendTo('T', 220);
  await caller.heartbeat({ consumers: [consumer('B', [subscription('T')], 'BROADCASTING')] });
  assert.deepEqual(await rows({}, 'B'), []);
  assert.deepEqual(await rows({ topic: 'T' }, 'B'), ['T/0: 220, 0']);
  const topics = await caller.request(QUERY_TOPICS_BY_CONSUMER, { group: 'B' });
  assert.deepEqual(decodeTopicList(topics.body).topicList, []);
});

test('rows are those of the topics that the group has offsets on and has not left', async () => {
  for (const topic of ['Kept', 'Left', 'New']) await sendTo(topic, 3);
  await commit('Kept', 0, 2);
  await commit('Left', 0, 1);
  assert.deepEqual((await rows()).sort(), ['Kept/0: 3, 2', 'Left/0: 3, 1']);
  await caller.heartbeat({ consumers: [consumer('G', [subscription('Kept'), subscription('New')])] });
  assert.deepEqual(await rows(), ['Kept/0: 3, 2']);
  assert.deepEqual(await rows({ topic: 'Left' }), []);
  assert.deepEqual(await rows({ topic: 'New' }), ['New/0: 3, 0']);
});

test('a list of topics is taken as it is and wins over the one topic', async () => {
  for (const topic of ['Kept', 'Left']) await sendTo(topic, 3);
  await commit('Left', 0, 1);
  await caller.heartbeat({ consumers: [consumer('G', [subscription('Kept')])] });
  assert.deepEqual(await rows({ topic: 'Kept', topicList: 'Left;' }), ['Left/0: 3, 1']);
  assert.deepEqual(await rows({ topicList: ';Left;;NOPE;Left' }), ['Left/0: 3, 1']);
  // Nothing in the list is no list.
  for (const topicList of ['', ' ', ';;']) assert.deepEqual(await rows({ topic: 'Kept', topicList }), ['Kept/0: 3, 0']);
});

test('progress beyond the end of a queue has no time', async () => {
  await sendTo('T', 3);
  const lastTimestamp = async (): Promise<number | undefined> =>
    decodeConsumeStats((await caller.request(GET_CONSUME_STATS, { consumerGroup: 'G' })).body).offsetTable[0]?.[1]
      .lastTimestamp;
  await commit('T', 0, 3);
  assert.ok(((await lastTimestamp()) ?? 0) > 0);
  await commit('T', 0, 4);
  assert.equal(await lastTimestamp(), 0);
});

test('progress of all groups leaves out topics that are not ordered when only those are asked for', async () => {
  await sendTo('Plain', 3);
  await sendTo('Ordered', 3);
  await caller.request(UPDATE_AND_CREATE_TOPIC, {
    topic: 'Ordered',
    readQueueNums: 1,
    writeQueueNums: 1,
    perm: 6,
    order: true,
  });
  for (const topic of ['Plain', 'Ordered']) await commit(topic, 0, 1);
  const topicsOf = async (isOrder: boolean): Promise<unknown> => {
    const list = decodeConsumeStatsList((await caller.request(GET_BROKER_CONSUME_STATS, { isOrder })).body);
    const stats = list.consumeStatsList.flatMap((groups) => [...(groups.get('G') ?? [])]);
    return [stats.flatMap(({ offsetTable }) => offsetTable.map(([queue]) => queue.topic)).sort(), list.totalDiff];
  };
  assert.deepEqual(await topicsOf(false), [['Ordered', 'Plain'], 4]);
  assert.deepEqual(await topicsOf(true), [['Ordered'], 2]);
});

test('without progress the answer is 0 for a young queue, else not found with Apache’s remarks', async () => {
  await sendTo('T', 1);
  await caller.putTopic('Empty', 2);
  const query = async (topic: string, queueId: number, setZeroIfNotFound?: boolean): Promise<unknown[]> => {
    const header = { consumerGroup: 'G', topic, queueId, setZeroIfNotFound };
    const answer = await caller.request(QUERY_CONSUMER_OFFSET, header);
    return [answer.code, answer.code === 0 ? answer.header.offset : answer.remark];
  };
  const notFound = [22, 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first'];
  const notZero = [22, 'Not found, do not set to zero, maybe this group boot first'];
  assert.deepEqual(await query('T', 0), [0, 0]);
  assert.deepEqual(await query('T', 0, false), notZero);
  // On purpose other than Apache's: its answer here can make a consumer miss the first message.
  assert.deepEqual(await query('Empty', 0), [0, 0]);
  assert.deepEqual(await query('Empty', 1, true), [0, 0]);
  assert.deepEqual(await query('Empty', 1, false), notZero);
  for (const queueId of [2, -1]) assert.deepEqual(await query('Empty', queueId), notFound);
  assert.deepEqual(await query('NOPE', 0), notFound);
  assert.deepEqual(await query('NOPE', 0, false), notZero);
  await commit('T', 0, 1);
  assert.deepEqual(await query('T', 0, false), [0, 1]);
});
