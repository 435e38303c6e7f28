import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  createSubscriptionGroupConfig,
  createTopicConfig,
  decodeSubscriptionGroupConfig,
  decodeTopicConfig,
  encodeCreateTopicListRequestBody,
  encodeSubscriptionGroupConfig,
  GET_SUBSCRIPTIONGROUP_CONFIG,
  GET_TOPIC_CONFIG,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_TOPIC_LIST,
} from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

const topic = (name: string, attributes: string) => caller.putTopic(name, 1, { attributes });
const attributesOf = async (name: string) =>
  decodeTopicConfig((await caller.request(GET_TOPIC_CONFIG, { topic: name })).body).attributes;

/** What a 5.4.0 broker answers. Source: TopicMessageType, AttributeParser, AttributeUtil. */
const answers: readonly (readonly [attributes: string, code: number, remark: string | undefined])[] = [
  ['+message.type=NORMAL', 0, undefined],
  ['+message.type=PRIORITY', 0, undefined],
  ['+message.type=UNSPECIFIED', 0, undefined],
  ['+message.type=MIXED', ResponseCode.INVALID_PARAMETER, 'MIXED message type is not supported.'],
  ['+message.type=normal', 1, 'value is not in set: [UNSPECIFIED, MIXED, TRANSACTION, PRIORITY, FIFO, DELAY, NORMAL]'],
  ['message.type=NORMAL', 1, 'add/alter attribute format is wrong: message.type'],
  ['-message.type', 1, 'only add attribute is supported while creating topic. key: message.type'],
  ['+nothing=1', 1, 'unsupported key: nothing'],
  ['+message.type', 1, 'delete attribute format is wrong: +message.type'],
  ['+message.type=FIFO,+message.type=DELAY', 1, 'key duplication: +message.type'],
  ['+reserve.time=-2', 1, 'value is not in range(-1, 9223372036854775807)'],
  ['+reserve.time=long', 1, 'For input string: "long"'],
  ['+queue.type=OtherCQ', 1, 'value is not in set: [BatchCQ, SimpleCQ]'],
  ['+queue.type=BatchCQ', 0, undefined],
];

for (const [attributes, code, remark] of answers) {
  test(`a new topic with ${attributes} is answered as Apache's broker answers it`, async () => {
    const answer = await topic('T', attributes);
    assert.deepEqual([answer.code, answer.remark], [code, remark]);
  });
}

test('MIXED is taken while enableMixedMessageType is on, which works at once', async () => {
  await caller.configure('enableMixedMessageType=true\n');
  assert.equal((await topic('T', '+message.type=MIXED')).code, 0);
  assert.deepEqual(await attributesOf('T'), { 'message.type': 'MIXED' });
});

test('attributes of an existing topic are set and removed by sign, and those of its kind of queue stay', async () => {
  await topic('T', '+message.type=FIFO,+queue.type=SimpleCQ');
  assert.deepEqual(await attributesOf('T'), { 'message.type': 'FIFO', 'queue.type': 'SimpleCQ' });
  assert.equal((await topic('T', '+message.type=DELAY,+reserve.time=5')).code, 0);
  assert.equal((await topic('T', '-message.type')).code, 0);
  assert.deepEqual(await attributesOf('T'), { 'queue.type': 'SimpleCQ', 'reserve.time': '5' });
  const refused = [
    ['-message.type', 'attempt to delete a nonexistent key: message.type'],
    ['+queue.type=SimpleCQ', 'attempt to update an unchangeable attribute. key: queue.type'],
    ['-queue.type', 'attempt to update an unchangeable attribute. key: queue.type'],
    ['+message.type=FIFO,-message.type', 'alter duplication key. key: message.type'],
  ] as const;
  for (const [changes, remark] of refused) assert.equal((await topic('T', changes)).remark, remark);
});

test('a list of topics carries the same signs, has the same checks, and is made whole or not at all', async () => {
  const list = (...types: string[]) => {
    const topics = types.map((type, index) =>
      createTopicConfig(`L${index}`, { attributes: { '+message.type': type } }),
    );
    const body = encodeCreateTopicListRequestBody(topics);
    return caller.request(UPDATE_AND_CREATE_TOPIC_LIST, {}, { body });
  };
  const mixed = await list('NORMAL', 'MIXED');
  assert.deepEqual([mixed.code, mixed.remark], [29, 'MIXED message type is not supported.']);
  assert.equal((await list('NORMAL', 'SOME')).code, 1);
  assert.equal((await caller.request(GET_TOPIC_CONFIG, { topic: 'L0' })).code, ResponseCode.TOPIC_NOT_EXIST);
  assert.equal((await list('NORMAL', 'FIFO')).code, 0);
  assert.deepEqual(await attributesOf('L1'), { 'message.type': 'FIFO' });
});

test('attributes of a group are kept without their sign, and only those that groups have', async () => {
  const group = (attributes: Record<string, string>) =>
    caller.request(
      UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
      {},
      { body: encodeSubscriptionGroupConfig(createSubscriptionGroupConfig('G', { attributes })) },
    );
  assert.equal((await group({ '+priority.factor': '7' })).code, 0);
  const kept = await caller.request(GET_SUBSCRIPTIONGROUP_CONFIG, { group: 'G' });
  assert.deepEqual(decodeSubscriptionGroupConfig(kept.body).attributes, { 'priority.factor': '7' });
  assert.equal((await group({ '+priority.factor': '101' })).remark, 'value is not in range(0, 100)');
  assert.equal((await group({ '+other': '1' })).remark, 'unsupported key: other');
});
