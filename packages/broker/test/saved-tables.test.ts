import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  GET_CONSUME_STATS,
  GET_SUBSCRIPTIONGROUP_CONFIG,
  GET_TOPIC_CONFIG,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { BrokerError } from '../src/index.ts';
import { type Caller, ROOT, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const CONFIG = `${ROOT}/config`;

function write(name: string, text: string): void {
  const { disk } = stage.machine();
  disk.makeDirectory(CONFIG);
  const file = disk.open(`${CONFIG}/${name}`, 'create');
  const bytes = Buffer.from(text);
  file.truncate(0);
  file.writeSync(bytes, 0, bytes.length, 0);
  file.syncSync();
  file.close();
}

const text = (name: string): string => stage.machine().disk.readFile(`${CONFIG}/${name}`)?.toString() ?? '';

const offsetOf = async (consumerGroup: string, topic: string, queueId: number): Promise<number | undefined> => {
  const header = { consumerGroup, topic, queueId, setZeroIfNotFound: false };
  return (await caller.request(QUERY_CONSUMER_OFFSET, header)).header.offset;
};

// As a 5.4.0 broker writes them: tabs, sorted members, no blank behind the colon, numbers as keys without quotes.
const TOPICS = `{
	"dataVersion":{
		"counter":7,
		"stateVersion":0,
		"timestamp":1795226669222
	},
	"topicConfigTable":{
		"Orders":{
			"attributes":{"message.type":"FIFO"},
			"order":true,
			"perm":6,
			"readQueueNums":3,
			"topicFilterType":"SINGLE_TAG",
			"topicName":"Orders",
			"topicSysFlag":0,
			"writeQueueNums":3
		}
	}
}`;
const GROUPS = `{
	"dataVersion":{"counter":1,"stateVersion":0,"timestamp":1795226669222},
	"forbiddenTable":{"old":{"Orders":4}},
	"subscriptionGroupTable":{
		"old":{"attributes":{"priority.factor":"9"},"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,
			"consumeFromMinEnable":true,"consumeMessageOrderly":false,"consumeTimeoutMinute":15,"groupName":"old",
			"groupRetryPolicy":{"type":"CUSTOMIZED"},"groupSysFlag":0,"notifyConsumerIdsChangedEnable":true,
			"retryMaxTimes":5,"retryQueueNums":1,"whichBrokerWhenConsumeSlowly":1}
	}
}`;
const OFFSETS = `{
	"dataVersion":{"counter":3,"stateVersion":0,"timestamp":1795226669222},
	"groupTopicMap":{"old":["Orders"]},
	"offsetTable":{"Orders@old":{0:12,1:5,2:0}}
}`;

/** Messages in the queues of `Orders` up to the progress in `OFFSETS`; then the broker stops. */
async function fillQueues(): Promise<void> {
  write('topics.json', TOPICS);
  const broker = await stage.broker();
  caller = await stage.caller();
  for (const [queueId, count] of [12, 5].entries())
    for (let i = 0; i < count; i++) assert.equal((await caller.send('Orders', 'x', { queueId })).code, 0);
  await stage.stop(broker);
}

test('files that Apache’s broker wrote are read, and come back with all they held', async () => {
  await fillQueues();
  write('topics.json', TOPICS);
  write('subscriptionGroup.json', GROUPS);
  write('consumerOffset.json', OFFSETS);
  const broker = await stage.broker();
  caller = await stage.caller();
  const topic = JSON.parse((await caller.request(GET_TOPIC_CONFIG, { topic: 'Orders' })).body.toString());
  assert.deepEqual([topic.order, topic.readQueueNums, topic.attributes], [true, 3, { 'message.type': 'FIFO' }]);
  const group = JSON.parse((await caller.request(GET_SUBSCRIPTIONGROUP_CONFIG, { group: 'old' })).body.toString());
  assert.deepEqual([group.retryMaxTimes, group.attributes], [5, { 'priority.factor': '9' }]);
  assert.deepEqual(
    [await offsetOf('old', 'Orders', 0), await offsetOf('old', 'Orders', 1), await offsetOf('old', 'Orders', 2)],
    [12, 5, 0],
  );
  await stage.stop(broker);
  const topics = JSON.parse(text('topics.json'));
  assert.equal(topics.topicConfigTable.Orders.writeQueueNums, 3);
  assert.equal(topics.topicConfigTable.TBW102.perm, 7);
  assert.equal(topics.dataVersion.counter, 7);
  const groups = JSON.parse(text('subscriptionGroup.json'));
  assert.deepEqual(groups.forbiddenTable, { old: { Orders: 4 } });
  assert.equal(groups.subscriptionGroupTable.old.retryMaxTimes, 5);
  assert.deepEqual(JSON.parse(text('consumerOffset.json')).offsetTable, { 'Orders@old': { 0: 12, 1: 5, 2: 0 } });
});

test('a topic whose batch queues Apache’s broker made keeps its batches whole here', async () => {
  write('topics.json', TOPICS.replace('"message.type":"FIFO"', '"queue.type":"BatchCQ"'));
  const broker = await stage.broker();
  caller = await stage.caller();
  assert.equal((await caller.send('Orders', 'x')).code, 0);
  await stage.stop(broker);
  const folders = (path: string): string[] =>
    stage
      .machine()
      .disk.list(`${ROOT}/${path}`)
      .map(({ name }) => name);
  assert.deepEqual([folders('consumequeue'), folders('batchconsumequeue')], [[], ['Orders']]);
  assert.deepEqual(JSON.parse(text('topics.json')).topicConfigTable.Orders.attributes, { 'queue.type': 'BatchCQ' });
});

test('committed offsets are saved in time, and kept over a restart and over the loss of power', async () => {
  const broker = await stage.broker();
  caller = await stage.caller();
  await caller.send('T', 'x');
  for (let i = 0; i < 4; i++) await caller.send('T', 'y', { queueId: 1 });
  await caller.pull('T');
  await caller.commit('G', 'T', 1);
  await stage.clock.advance(6000);
  assert.deepEqual(JSON.parse(text('consumerOffset.json')).offsetTable, { 'T@G': { 0: 1 } });
  await caller.commit('G', 'T', 4, 1);
  await stage.stop(broker);
  stage.machine().disk.crash();
  await stage.broker();
  caller = await stage.caller('broker:10911', 'client2');
  assert.deepEqual(
    [await offsetOf('G', 'T', 0), await offsetOf('G', 'T', 1), await offsetOf('G', 'T', 2)],
    [1, 4, undefined],
  );
});

test('an offset is committed only for groups and topics that exist', async () => {
  await stage.broker();
  caller = await stage.caller();
  await caller.send('T', 'x');
  await caller.pull('T');
  const commit = async (consumerGroup: string, topic: string): Promise<number> =>
    (await caller.commit(consumerGroup, topic, 1)).code;
  assert.equal(await commit('NOPE', 'T'), ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
  assert.equal(await commit('G', 'NOPE'), ResponseCode.TOPIC_NOT_EXIST);
  assert.equal(await commit('G', 'T'), 0);
});

// Source: ConsumerManageProcessor#queryConsumerOffset.
test('a group that never committed starts a young queue at its beginning, and asks elsewhere for unknown topics', async () => {
  await stage.broker();
  caller = await stage.caller();
  await caller.send('T', 'x');
  const query = async (topic: string): Promise<unknown[]> => {
    const { code, header } = await caller.request(QUERY_CONSUMER_OFFSET, { consumerGroup: 'G', topic, queueId: 0 });
    return [code, header.offset];
  };
  assert.deepEqual(await query('T'), [0, 0]);
  assert.deepEqual(await query('NOPE'), [ResponseCode.QUERY_NOT_FOUND, undefined]);
});

test('a damaged file gives way to its backup, and does not become the backup itself', async () => {
  await fillQueues();
  write('consumerOffset.json', '{"offsetTable":{"Orders@old":{0:1');
  write('consumerOffset.json.bak', OFFSETS);
  const broker = await stage.broker();
  caller = await stage.caller('broker:10911', 'client2');
  assert.equal(await offsetOf('old', 'Orders', 0), 12);
  assert.equal(stage.log.with('another one is taken').length, 1);
  await stage.stop(broker);
  assert.deepEqual(JSON.parse(text('consumerOffset.json')).offsetTable['Orders@old'], { 0: 12, 1: 5, 2: 0 });
  assert.doesNotMatch(text('consumerOffset.json.bak'), /:1$/);
  assert.match(text('consumerOffset.json.broken'), /:1$/);
});

test('an empty file counts as a missing one: its backup is read', async () => {
  await fillQueues();
  write('consumerOffset.json', '');
  write('consumerOffset.json.bak', OFFSETS);
  await stage.broker();
  caller = await stage.caller('broker:10911', 'client2');
  assert.equal(await offsetOf('old', 'Orders', 1), 5);
});

test('a broker does not start on files that it can not read: it would forget what they held', async () => {
  write('topics.json', 'no JSON');
  write('topics.json.bak', 'neither');
  const broker = stage.newBroker();
  await assert.rejects(stage.clock.run(broker.start()), (error: unknown) => {
    assert.ok(error instanceof BrokerError);
    assert.equal(error.code, 'CONFIG_FILE_BROKEN');
    assert.match(error.message, /neither \/store\/config\/topics\.json nor .*\.bak can be read/);
    return true;
  });
  await stage.stop(broker);
});

test('how far a group is behind is reported for every queue of its topics', async () => {
  await stage.broker();
  caller = await stage.caller();
  for (const body of ['0', '1', '2']) await caller.send('T', body);
  await caller.pull('T');
  await caller.commit('G', 'T', 2);
  const stats = await caller.request(GET_CONSUME_STATS, { consumerGroup: 'G' });
  assert.match(
    stats.body.toString(),
    /"queueId":0,"topic":"T"\}:\{"brokerOffset":3,"consumerOffset":2,"lastTimestamp":\d{13},"pullOffset":3\}/,
  );
});
