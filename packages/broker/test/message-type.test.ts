import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { parseMessageProperties, ResponseCode, topicMessageType } from '@rocketmq-ts/protocol';
import { type Caller, properties, Stage } from './stage.ts';

const MESSAGES = {
  NORMAL: { TAGS: 'A' },
  FIFO: { __SHARDINGKEY: 'order-1' },
  DELAY: { DELAY: '1' },
  TRANSACTION: { TRAN_MSG: 'true', PGROUP: 'G' },
  PRIORITY: { _SYS_MSG_PRIORITY_: '1' },
} as const;
const TYPES = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker({ enableMixedMessageType: 'true' });
  caller = await stage.caller();
  for (const type of [...TYPES, 'MIXED', 'UNSPECIFIED']) {
    assert.equal((await caller.putTopic(type, 1, { attributes: `+message.type=${type}` })).code, 0);
  }
});
afterEach(() => stage.dispose());

const send = (topic: string, type: keyof typeof MESSAGES, more: Record<string, string> = {}) =>
  caller.send(topic, 'x', { properties: properties({ ...MESSAGES[type], ...more }) });

// Source: TopicMessageType#parseFromMessageProperty.
test('the first property that names a kind is the type of a message', () => {
  const typeOf = (given: Record<string, string>) => topicMessageType(parseMessageProperties(properties(given)));
  for (const type of TYPES) assert.equal(typeOf(MESSAGES[type]), type);
  assert.equal(typeOf({ ...MESSAGES.FIFO, ...MESSAGES.DELAY, ...MESSAGES.TRANSACTION }), 'TRANSACTION');
  assert.equal(typeOf({ ...MESSAGES.FIFO, ...MESSAGES.DELAY }), 'DELAY');
  assert.equal(typeOf({ TRAN_MSG: 'false' }), 'NORMAL');
  for (const name of ['TIMER_DELIVER_MS', 'TIMER_DELAY_SEC', 'TIMER_DELAY_MS'])
    assert.equal(typeOf({ [name]: '9' }), 'DELAY');
});

test("a topic takes every kind of message, as with Apache's broker, which leaves the check to the proxy", async () => {
  for (const topic of [...TYPES, 'UNSPECIFIED'])
    for (const type of TYPES) assert.equal((await send(topic, type)).code, 0);
});

test('with enableTopicMessageTypeCheck a topic takes what its message.type says, which works at once', async () => {
  await caller.configure('enableTopicMessageTypeCheck=true');
  for (const topic of TYPES) {
    for (const type of TYPES) {
      const { code, remark } = await send(topic, type);
      if (topic === type) {
        assert.equal(code, 0, remark);
        continue;
      }
      const text = `TopicMessageType validate failed, the expected type is ${topic}, but actual type is ${type}`;
      assert.deepEqual([code, remark], [ResponseCode.MESSAGE_ILLEGAL, text]);
    }
  }
  for (const type of TYPES) assert.equal((await send('MIXED', type)).code, 0);
  assert.equal((await send('UNSPECIFIED', 'NORMAL')).code, ResponseCode.MESSAGE_ILLEGAL);
  assert.equal((await send('MadeBySend', 'NORMAL')).code, 0);
  assert.equal((await send('MadeBySend', 'FIFO')).code, ResponseCode.MESSAGE_ILLEGAL);
  assert.equal((await send('NORMAL', 'FIFO', { TRANSFER_FLAG: 'yes' })).code, 0);
});

test('of a batch the first message counts, and retries and dead letters are not looked at', async () => {
  await caller.configure('enableTopicMessageTypeCheck=true');
  const batch = (topic: string, type: keyof typeof MESSAGES) =>
    caller.sendBatch(topic, [{ propertiesText: properties(MESSAGES[type]) }, {}]);
  assert.equal((await batch('FIFO', 'FIFO')).code, 0);
  assert.equal((await batch('FIFO', 'NORMAL')).code, ResponseCode.MESSAGE_ILLEGAL);
  await send('DELAY', 'DELAY');
  assert.equal((await send('%RETRY%G', 'DELAY')).code, 0);
});
