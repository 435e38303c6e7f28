import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  createSubscriptionGroupConfig,
  DELETE_TOPIC_IN_BROKER,
  decodeMessages,
  decodeTopicConfig,
  encodeCreateTopicListRequestBody,
  encodeSubscriptionGroupList,
  GET_TOPIC_CONFIG,
  parseOffsetMessageId,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
  type TopicConfig,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_AND_CREATE_TOPIC_LIST,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

const RETRIES = 40;
const RETRY_TOPIC = '%RETRY%G';
let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

const setRetryQueues = (retryQueueNums: number, groupName = 'G') =>
  caller.request(
    UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
    {},
    { body: Buffer.from(JSON.stringify({ groupName, retryQueueNums })) },
  );
const join = () => caller.heartbeat({ consumers: [consumer('G', [subscription('T'), subscription(RETRY_TOPIC)])] });
const setTopic = async (
  topic: string,
  readQueueNums: number,
  writeQueueNums: number,
): Promise<[number, string | undefined]> => {
  const { code, remark } = await caller.request(UPDATE_AND_CREATE_TOPIC, {
    topic,
    readQueueNums,
    writeQueueNums,
    perm: 6,
  });
  return [code, remark];
};

async function queuesOf(topic: string): Promise<[read: number, write: number]> {
  const { readQueueNums, writeQueueNums } = await configOf(topic);
  return [readQueueNums, writeQueueNums];
}
async function configOf(topic: string): Promise<TopicConfig> {
  return decodeTopicConfig((await caller.request(GET_TOPIC_CONFIG, { topic })).body);
}

/** Sends messages to T and sends each back, to come again in the first retry level. */
async function failAll(count = RETRIES): Promise<void> {
  const sent = await Promise.all(Array.from({ length: count }, (_, i) => caller.send('T', String(i))));
  for (const { header } of sent) {
    const answer = await caller.sendBack(parseOffsetMessageId(header.msgId), { delayLevel: 1 });
    assert.equal(answer.code, 0);
  }
}

function rewrite(machine: string, name: string, edit: (text: string) => string): void {
  const { disk } = stage.machine(machine);
  const path = `${ROOT}/config/${name}`;
  const before = disk.readFile(path)?.toString() ?? '';
  const after = Buffer.from(edit(before));
  assert.notEqual(after.toString(), before);
  const file = disk.open(path, 'write');
  file.truncate(0);
  file.writeSync(after, 0, after.length, 0);
  file.syncSync();
  file.close();
}

/** What a consumer gets that reads each queue that the route names; bodies, and how many queues had some. */
async function inReach(topic = RETRY_TOPIC): Promise<{ messages: number; queues: number }> {
  let messages = 0;
  let queues = 0;
  const [read] = await queuesOf(topic);
  for (let queueId = 0; queueId < read; queueId++) {
    let found = 0;
    let answer = await caller.pull(topic, { queueId });
    while (answer.code === ResponseCode.SUCCESS) {
      found += decodeMessages(answer.body, { inflate: false }).length;
      answer = await caller.pull(topic, { queueId, queueOffset: answer.header.nextBeginOffset });
    }
    messages += found;
    if (found > 0) queues += 1;
  }
  return { messages, queues };
}

test('a group whose retry queues are raised from 1 to 4 gets every retry, from four queues', async () => {
  await join();
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [1, 1]);
  assert.equal((await setRetryQueues(4)).code, 0);
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [4, 4]);
  await failAll();
  await stage.clock.advance(1500);
  assert.deepEqual(await inReach(), { messages: RETRIES, queues: 4 });
});

test('retries that wait while the queues are raised, lowered and raised again all come back', async () => {
  await join();
  for (const count of [1, 4, 2, 8, 3]) {
    await setRetryQueues(count);
    await failAll(10);
  }
  await stage.clock.advance(1500);
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [8, 8]);
  assert.equal((await inReach()).messages, 50);
});

test('a list of groups is followed as one group is', async () => {
  await join();
  const body = encodeSubscriptionGroupList([createSubscriptionGroupConfig('G', { retryQueueNums: 3 })]);
  await caller.request(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, {}, { body });
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [3, 3]);
});

test('a retry topic that a send made before the group asked for more queues grows with the first heartbeat', async () => {
  await caller.send(RETRY_TOPIC, 'x', { defaultTopic: 'none' });
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [1, 1]);
  await setRetryQueues(4);
  await join();
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [4, 4]);
});

test('a retry topic can not be made smaller than its group asks for, one by one or in a list', async () => {
  await setRetryQueues(4);
  await join();
  const [code, remark] = await setTopic(RETRY_TOPIC, 1, 1);
  assert.deepEqual(
    [code, remark],
    [
      ResponseCode.INVALID_PARAMETER,
      '%RETRY%G needs at least 4 read and write queues, since the group G has retryQueueNums=4; lower that first with: mqadmin updateSubGroup -g G -q <number>',
    ],
  );
  const body = encodeCreateTopicListRequestBody([{ ...(await configOf(RETRY_TOPIC)), readQueueNums: 2 }]);
  const answer = await caller.request(UPDATE_AND_CREATE_TOPIC_LIST, {}, { body });
  assert.equal(answer.code, ResponseCode.INVALID_PARAMETER);
  assert.equal((await setTopic(RETRY_TOPIC, 4, 8))[0], ResponseCode.INVALID_PARAMETER);
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [4, 4]);
  assert.deepEqual(await setTopic(RETRY_TOPIC, 8, 8), [0, undefined]);
});

test('a retry topic shrinks when the group asks for less and has consumed the upper queues', async () => {
  await setRetryQueues(4);
  await join();
  await failAll();
  await stage.clock.advance(1500);
  await setRetryQueues(1);
  const [code, remark] = await setTopic(RETRY_TOPIC, 1, 1);
  assert.equal(code, ResponseCode.INVALID_PARAMETER);
  assert.match(remark ?? '', /queue [123] has retries that the group G has not consumed yet/);
  for (let queueId = 0; queueId < 4; queueId++)
    await caller.request(UPDATE_CONSUMER_OFFSET, {
      consumerGroup: 'G',
      topic: RETRY_TOPIC,
      queueId,
      commitOffset: RETRIES,
    });
  assert.deepEqual(await setTopic(RETRY_TOPIC, 1, 1), [0, undefined]);
});

test('a retry topic that may not be written to refuses retries, so that the consumer keeps them', async () => {
  await join();
  await caller.putTopic(RETRY_TOPIC, 1, { perm: 4 });
  const { header } = await caller.send('T', 'x');
  const answer = await caller.sendBack(parseOffsetMessageId(header.msgId), { delayLevel: 1 });
  assert.deepEqual(
    [answer.code, answer.remark],
    [
      ResponseCode.NO_PERMISSION,
      'the topic[%RETRY%G] sending message is forbidden; allow it with mqadmin updateTopicPerm',
    ],
  );
});

test('retries that wait for a queue that their topic has lost come back in another one', async () => {
  await setRetryQueues(4);
  await join();
  await failAll();
  await setRetryQueues(1);
  assert.deepEqual(await setTopic(RETRY_TOPIC, 1, 1), [0, undefined]);
  await stage.clock.advance(1500);
  assert.deepEqual(await inReach(), { messages: RETRIES, queues: 1 });
});

test('retries that wait while their topic is deleted come back in a topic that is made again', async () => {
  await setRetryQueues(4);
  await join();
  await failAll();
  await setRetryQueues(2);
  await caller.request(DELETE_TOPIC_IN_BROKER, { topic: RETRY_TOPIC });
  await stage.clock.advance(1500);
  assert.deepEqual(await queuesOf(RETRY_TOPIC), [2, 2]);
  assert.deepEqual(await inReach(), { messages: RETRIES, queues: 2 });
});

test('a group without progress in a queue of its retry topic begins at its start, however old the queue is', async () => {
  await setRetryQueues(2);
  await join();
  await failAll();
  await stage.clock.advance(1500);
  const query = async (consumerGroup: string): Promise<number | undefined> => {
    const header = { consumerGroup, topic: RETRY_TOPIC, queueId: 1 };
    return (await caller.request(QUERY_CONSUMER_OFFSET, header)).header.offset;
  };
  assert.equal(await query('G'), 0);
  // Nothing of the log counts as being in memory.
  await stage.broker({ accessMessageInMemoryMaxRatio: '0' }, 'small');
  caller = await stage.caller('small:10911', 'client3');
  await setRetryQueues(2);
  await join();
  await failAll();
  await stage.clock.advance(1500);
  assert.deepEqual([await query('G'), await query('Other')], [0, undefined]);
});

test('a delayed message whose queue the topic has lost is delivered to one that is read', async () => {
  await setTopic('T', 8, 8);
  for (let queueId = 0; queueId < 8; queueId++)
    await caller.send('T', 'later', { queueId, properties: properties({ DELAY: '1' }) });
  await setTopic('T', 3, 3);
  await stage.clock.advance(1500);
  assert.deepEqual(await inReach('T'), { messages: 8, queues: 3 });
  assert.equal(stage.log.with('not read any more').length, 0);
  await setTopic('T', 1, 1);
  assert.deepEqual(
    stage.log.with('not read any more').map(({ fields }) => fields),
    [{ topic: 'T', readQueueNums: 1, queues: '1,2' }],
  );
});

test('dead letters are in reach although the last queue of their topic was removed', async () => {
  await setRetryQueues(1);
  await setTopic('%DLQ%G', 0, 0);
  await caller.send('T', 'x');
  const origin = (await caller.messages('T'))[0]!;
  await caller.sendBack(origin, { delayLevel: -1 });
  assert.deepEqual(await inReach('%DLQ%G'), { messages: 1, queues: 1 });
});

test('retries of producers’ routes are in reach after a start on a topic with fewer read than write queues', async () => {
  const broker = await stage.broker({}, 'routes');
  caller = await stage.caller('routes:10911');
  await join();
  await setTopic(RETRY_TOPIC, 4, 4);
  for (let queueId = 0; queueId < 4; queueId++) await caller.send(RETRY_TOPIC, 'x', { queueId });
  await stage.stop(broker);
  rewrite('routes', 'topics.json', (text) => text.replace(/"readQueueNums":4(?=[^}]*"%RETRY%G")/, '"readQueueNums":1'));
  await stage.broker({}, 'routes');
  caller = await stage.caller('routes:10911', 'client4');
  assert.deepEqual(await inReach(), { messages: 4, queues: 4 });
});

for (const retryQueueNums of [4, 1]) {
  test(`retries behind the last queue of their topic are in reach after a start; the group asks for ${retryQueueNums}`, async () => {
    const machine = `store-${retryQueueNums}`;
    const broker = await stage.broker({}, machine);
    caller = await stage.caller(`${machine}:10911`);
    await setRetryQueues(4);
    await join();
    await failAll();
    await stage.clock.advance(1500);
    await setRetryQueues(retryQueueNums);
    await stage.stop(broker);
    // As Apache's broker leaves them: the topic has the number of queues from the day of its creation.
    rewrite(machine, 'topics.json', (text) =>
      text.replace(/"%RETRY%G":\{[^}]*?\}[^}]*\}/, (topic) => topic.replaceAll(/QueueNums":4/g, 'QueueNums":1')),
    );
    await stage.broker({}, machine);
    caller = await stage.caller(`${machine}:10911`, 'client2');
    assert.deepEqual(await inReach(), { messages: RETRIES, queues: 4 });
  });
}
