import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  encodeSetMessageRequestModeRequestBody,
  GET_ALL_MESSAGE_REQUEST_MODE,
  type MessageRequestMode,
  SET_MESSAGE_REQUEST_MODE,
} from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  caller = await stage.started({ autoCreateSubscriptionGroup: 'false' });
  await caller.putTopic('T');
});
afterEach(() => stage.dispose());

async function choose(
  mode: MessageRequestMode,
  topic = 'T',
  consumerGroup = 'CID_RMQ_SYS_G',
): Promise<[number, string]> {
  const body = encodeSetMessageRequestModeRequestBody({ topic, consumerGroup, mode, popShareQueueNum: 0 });
  const { code, remark } = await caller.request(SET_MESSAGE_REQUEST_MODE, {}, { body });
  return [code, remark ?? ''];
}

const all = async (): Promise<unknown> =>
  JSON.parse((await caller.request(GET_ALL_MESSAGE_REQUEST_MODE, {})).body.toString());

test('a choice of pull is kept, answered, and there after a restart', async () => {
  assert.deepEqual(await choose('PULL'), [0, '']);
  const chosen = { consumerGroup: 'CID_RMQ_SYS_G', mode: 'PULL', popShareQueueNum: 0, topic: 'T' };
  const modes = { messageRequestModeMap: { T: { CID_RMQ_SYS_G: chosen } } };
  assert.deepEqual(await all(), modes);
  stage.end('power loss');
  await stage.broker();
  caller = await stage.caller();
  assert.deepEqual(await all(), modes);
});

test('pop, a retry topic, an unknown topic and an unknown group are refused, and nothing is kept', async () => {
  const refused = await choose('POP');
  assert.equal(refused[0], 3);
  assert.match(refused[1], /^mode POP is not served: this broker has no pop consumers yet/);
  assert.deepEqual(await choose('PULL', '%RETRY%G'), [16, 'retry topic is not allowed to set mode']);
  assert.deepEqual(await choose('PULL', 'Nowhere'), [17, 'topic[Nowhere] not exist']);
  assert.deepEqual(await choose('PULL', 'T', 'Nobody'), [26, 'subscription group does not exist']);
  assert.deepEqual(await all(), { messageRequestModeMap: {} });
});

test('a choice that the disk does not take is not acknowledged', async () => {
  stage.machine().disk.faults.add({ operation: 'write', path: 'messageRequestMode.json', code: 'ENOSPC' });
  const [code, remark] = await choose('PULL');
  assert.equal(code, 1);
  assert.match(remark, /could not be saved/);
});
