import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  DELETE_TOPIC_IN_BROKER,
  GET_SUBSCRIPTIONGROUP_CONFIG,
  GET_TOPIC_CONFIG,
  ResponseCode,
  retryTopic,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import type { SimulatedDisk } from '@rocketmq-ts/testkit';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

let stage: Stage;
let disk: SimulatedDisk;
beforeEach(() => {
  stage = new Stage();
  disk = stage.machine().disk;
});
afterEach(() => stage.dispose());

const TOPICS = `${ROOT}/config/topics.json`;
let clients = 0;

const caller = (): Promise<Caller> => stage.caller('broker:10911', `client${++clients}`);

/** All syncs of small files take half a second: what is answered before is answered too early. */
const slowSmallFiles = (): void =>
  disk.faults.add({ operation: 'sync', path: '/config/', delayMs: 500, times: Number.POSITIVE_INFINITY });

async function restartAfter(end: 'kill' | 'power loss', settings: Record<string, string> = {}): Promise<Caller> {
  stage.end(end);
  await stage.broker(settings);
  return caller();
}

/** Bodies of all queues of a topic, over the wire. */
async function bodies(from: Caller, topic: string): Promise<string[]> {
  const { code, body } = await from.request(GET_TOPIC_CONFIG, { topic });
  assert.equal(code, ResponseCode.SUCCESS, `${topic} is not there`);
  const found: string[] = [];
  for (let queueId = 0; queueId < JSON.parse(body.toString()).readQueueNums; queueId++) {
    const pulled = await from.pull(topic, { queueId });
    if (pulled.code === ResponseCode.SUCCESS) {
      found.push(...(await from.bodies(topic, { queueId })));
    }
  }
  return found.sort();
}

for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
  for (const end of ['kill', 'power loss'] as const) {
    // With ASYNC_FLUSH the message itself may go with the power.
    if (flushDiskType === 'ASYNC_FLUSH' && end === 'power loss') continue;
    test(`with ${flushDiskType} the first message of a new topic is found after a ${end} at its SEND_OK`, async () => {
      const settings = { flushDiskType };
      await stage.broker(settings);
      slowSmallFiles();
      const producer = await caller();
      assert.equal((await producer.send('First', 'x', { queueId: 2 })).code, ResponseCode.SUCCESS);
      const after = await restartAfter(end, settings);
      assert.deepEqual(await bodies(after, 'First'), ['x']);
    });

    test(`with ${flushDiskType} a topic whose log proves nothing yet is found after a ${end} at its SEND_OK`, async () => {
      const settings = { flushDiskType };
      await stage.broker(settings);
      slowSmallFiles();
      const producer = await caller();
      const delayed = { properties: properties({ DELAY: '2' }) };
      assert.equal((await producer.send('Later', 'x', delayed)).code, ResponseCode.SUCCESS);
      const after = await restartAfter(end, settings);
      await stage.clock.advance(10_000);
      assert.deepEqual(await bodies(after, 'Later'), ['x']);
    });

    test(`with ${flushDiskType} what was sent back is found, with topic and group, after a ${end} at its answer`, async () => {
      const settings = { flushDiskType };
      await stage.broker(settings);
      const producer = await caller();
      await producer.send('Work', 'x');
      const [message] = await producer.messages('Work');
      slowSmallFiles();
      const back = { group: 'fresh', delayLevel: 1, originTopic: 'Work' };
      assert.equal((await producer.sendBack(message!, back)).code, ResponseCode.SUCCESS);
      const after = await restartAfter(end, settings);
      assert.equal((await after.request(GET_SUBSCRIPTIONGROUP_CONFIG, { group: 'fresh' })).code, ResponseCode.SUCCESS);
      await stage.clock.advance(5000);
      assert.deepEqual(await bodies(after, retryTopic('fresh')), ['x']);
    });
  }
}

test('a consumer that joined is found with its group and its retry topic after the loss of power', async () => {
  await stage.broker();
  slowSmallFiles();
  const consumer = await caller();
  await consumer.heartbeat({
    consumers: [
      {
        groupName: 'joined',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
        subscriptionDataSet: [],
        unitMode: false,
      },
    ],
  });
  const after = await restartAfter('power loss');
  assert.equal((await after.request(GET_SUBSCRIPTIONGROUP_CONFIG, { group: 'joined' })).code, ResponseCode.SUCCESS);
  assert.equal((await after.request(GET_TOPIC_CONFIG, { topic: retryTopic('joined') })).code, ResponseCode.SUCCESS);
});

test('a send to a topic that is saved waits for no small file', async () => {
  await stage.broker();
  const producer = await caller();
  await producer.send('Known', 'x');
  slowSmallFiles();
  const began = stage.clock.monotonicMs();
  const first = producer.ask(UPDATE_AND_CREATE_TOPIC, { topic: 'Other', readQueueNums: 1, writeQueueNums: 1, perm: 6 });
  await producer.send('Known', 'y');
  assert.ok(stage.clock.monotonicMs() - began < 100);
  await stage.clock.run(first);
  assert.ok(stage.clock.monotonicMs() - began >= 500);
});

test('a message of a topic that can not be saved is not acknowledged, and is once the disk takes the file', async () => {
  await stage.broker();
  const producer = await caller();
  disk.faults.add({ operation: 'write', path: 'topics.json', code: 'EDQUOT', times: 3 });
  const refused = await producer.send('First', 'x');
  assert.equal(refused.code, ResponseCode.SERVICE_NOT_AVAILABLE);
  assert.match(refused.remark ?? '', /topic\[First\] could not be saved \(EDQUOT\).*send again/);
  assert.equal((await producer.send('First', 'x')).code, ResponseCode.SERVICE_NOT_AVAILABLE);
  assert.equal((await producer.send('First', 'x')).code, ResponseCode.SUCCESS);
  assert.deepEqual(await bodies(await restartAfter('kill'), 'First'), ['x', 'x', 'x']);
});

test('topics that the log has messages of are made again, with enough queues, when their file is lost', async () => {
  await stage.broker();
  const producer = await caller();
  await producer.putTopic('Wide', 12);
  await producer.send('Wide', 'last queue', { queueId: 11 });
  await producer.send('Plain', 'x');
  for (const emptied of [true, false]) {
    stage.end('kill');
    disk.remove(`${TOPICS}.bak`);
    if (emptied) disk.open(TOPICS, 'write').truncate(0);
    else disk.remove(TOPICS);
    await stage.broker();
    const after = await caller();
    assert.deepEqual(await bodies(after, 'Wide'), ['last queue']);
    assert.deepEqual(await bodies(after, 'Plain'), ['x']);
    const made = stage.log.with('the topic is made again').map(({ fields }) => [fields?.topic, fields?.queues]);
    assert.deepEqual(made.splice(-2).sort(), [
      ['Plain', 8],
      ['Wide', 12],
    ]);
  }
});

test('a topic with an impossible number of queues in its file and in the backup is made again from the log', async () => {
  const broker = await stage.broker();
  const producer = await caller();
  await producer.putTopic('Bare');
  await producer.putTopic('Odd', 12);
  await producer.send('Odd', 'last queue', { queueId: 11 });
  await producer.putTopic('Odd', 12, { perm: 4 });
  await stage.stop(broker);
  const saved = stage.saved('topics');
  for (const name of ['Odd', 'Bare']) saved.topicConfigTable[name].readQueueNums = -4;
  const bytes = Buffer.from(JSON.stringify(saved));
  for (const path of [TOPICS, `${TOPICS}.bak`]) {
    disk.remove(path);
    const file = disk.open(path, 'create');
    file.writeSync(bytes, 0, bytes.length, 0);
    file.close();
  }
  // A second start finds what the first one saved.
  for (let start = 0; start < 2; start++) {
    await stage.broker();
    const after = await caller();
    assert.deepEqual(await bodies(after, 'Odd'), ['last queue']);
    const { body } = await after.request(GET_TOPIC_CONFIG, { topic: 'Odd' });
    assert.equal(JSON.parse(body.toString()).perm, 4, 'the other members of the file are kept');
    assert.equal((await after.request(GET_TOPIC_CONFIG, { topic: 'Bare' })).code, ResponseCode.TOPIC_NOT_EXIST);
    stage.end('kill');
  }
});

for (const end of ['kill', 'power loss'] as const) {
  test(`a topic that was deleted stays deleted after a ${end} at the answer, also when something delayed came later`, async () => {
    const settings = { flushDiskType: 'SYNC_FLUSH' };
    await stage.broker(settings);
    slowSmallFiles();
    const operator = await caller();
    await operator.send('Deleted', 'old');
    await operator.send('Deleted', 'delayed', { properties: properties({ DELAY: '1' }) });
    assert.equal((await operator.request(DELETE_TOPIC_IN_BROKER, { topic: 'Deleted' })).code, ResponseCode.SUCCESS);
    await stage.clock.advance(3000);
    let after = await restartAfter(end, settings);
    assert.equal((await after.request(GET_TOPIC_CONFIG, { topic: 'Deleted' })).code, ResponseCode.TOPIC_NOT_EXIST);
    // Made again it has nothing of what it was before.
    assert.equal((await after.send('Deleted', 'new', { queueId: 3 })).code, ResponseCode.SUCCESS);
    after = await restartAfter(end, settings);
    assert.ok(!(await bodies(after, 'Deleted')).includes('old'));
    assert.ok((await bodies(after, 'Deleted')).includes('new'));
  });
}

test('a topic that was deleted before a kill is no reason for a warning at the starts that follow', async () => {
  await stage.broker();
  const operator = await caller();
  await operator.send('Deleted', 'old');
  await operator.send('Kept', 'x');
  await operator.request(DELETE_TOPIC_IN_BROKER, { topic: 'Deleted' });
  stage.end('kill');
  let broker = await stage.broker();
  for (let start = 0; start < 2; start++) {
    await stage.stop(broker);
    stage.log.lines.splice(0);
    broker = await stage.broker();
    assert.equal(stage.log.with('from before the deletion').length, 1);
    assert.deepEqual(
      stage.log.lines.filter(({ level }) => level !== 'info'),
      [],
    );
  }
});

// Source: TopicConfigManager#deleteTopicConfig saves at once; the file has nothing about the log then.
test('a topic that Apache’s broker deleted is not made again from what a replay of the log finds of it', async () => {
  const broker = await stage.broker();
  const producer = await caller();
  await producer.send('Deleted', 'x');
  await producer.send('Kept', 'x');
  await stage.stop(broker);
  await stage.clock.advance(1000);
  const saved = stage.saved('topics');
  const apaches = {
    dataVersion: { ...saved.dataVersion, timestamp: stage.clock.now(), counter: saved.dataVersion.counter + 1 },
    topicConfigTable: { Kept: saved.topicConfigTable.Kept },
  };
  const bytes = Buffer.from(JSON.stringify(apaches));
  disk.remove(TOPICS);
  const file = disk.open(TOPICS, 'create');
  file.writeSync(bytes, 0, bytes.length, 0);
  file.close();
  disk.remove(`${ROOT}/consumequeue/Deleted`);
  disk.open(`${ROOT}/abort`, 'create').close();
  await stage.broker();
  const after = await caller();
  assert.equal((await after.request(GET_TOPIC_CONFIG, { topic: 'Deleted' })).code, ResponseCode.TOPIC_NOT_EXIST);
  assert.deepEqual(await bodies(after, 'Kept'), ['x']);
});
