import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { decodeTopicConfig, GET_SYSTEM_TOPIC_LIST_FROM_BROKER, GET_TOPIC_CONFIG, Perm } from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(properties: Record<string, string>): Promise<void> {
  await stage.broker(properties);
  caller = await stage.caller();
}

const found = (topic: string) => caller.request(GET_TOPIC_CONFIG, { topic });
const systemTopics = async (): Promise<string> =>
  (await caller.request(GET_SYSTEM_TOPIC_LIST_FROM_BROKER, {})).body.toString();

// Source: TopicConfigManager, TopicValidator#addSystemTopic.
test('the trace topic is made where it is wanted, and is a system topic', async () => {
  await start({ traceTopicEnable: 'true', autoCreateTopicEnable: 'false' });
  const topic = decodeTopicConfig((await found('RMQ_SYS_TRACE_TOPIC')).body);
  assert.deepEqual([topic.writeQueueNums, topic.readQueueNums, topic.perm], [1, 1, Perm.READ | Perm.WRITE]);
  assert.equal((await caller.send('RMQ_SYS_TRACE_TOPIC', 'a trace')).code, 0);
  assert.match((await caller.putTopic('RMQ_SYS_TRACE_TOPIC')).remark ?? '', /is conflict with system topic/);
});

test('it has the name of msgTraceTopicName, and can be asked for while the broker runs', async () => {
  await start({ msgTraceTopicName: 'MyTraces', autoCreateTopicEnable: 'false' });
  assert.notEqual((await found('MyTraces')).code, 0);
  assert.equal((await caller.send('MyTraces', 'a trace')).code, 17);
  await caller.configure('traceTopicEnable=true');
  assert.equal((await found('MyTraces')).code, 0);
  assert.equal((await caller.send('MyTraces', 'a trace')).code, 0);
  assert.match(await systemTopics(), /"MyTraces"/);
});
