import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type Command,
  decodeMessages,
  NOTIFICATION,
  PEEK_MESSAGE,
  POLLING_INFO,
  type RequestInput,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
} from '@rocketmq-ts/protocol';
import type { Call, Response } from '@rocketmq-ts/remoting';
import { AskedNotification } from '../src/peek/notification.ts';
import type { Unconsumed } from '../src/peek/unconsumed.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const peek = (header: Partial<RequestInput<typeof PEEK_MESSAGE>> = {}) =>
  caller.request(PEEK_MESSAGE, { consumerGroup: 'G', topic: 'T', queueId: 0, ...header });
const bodies = ({ body }: Response): string[] =>
  decodeMessages(body, { inflate: false }).map((message) => message.body.toString());

interface Asked {
  answer: Response<typeof NOTIFICATION> | undefined;
}

const hasMsg = ({ answer }: Asked): boolean | undefined => answer?.header.hasMsg;

/** A notification under way: its answer, once it is there. */
function ask(header: Partial<RequestInput<typeof NOTIFICATION>> = {}): Asked {
  const state: Asked = { answer: undefined };
  const asked = caller.ask(NOTIFICATION, { consumerGroup: 'G', topic: 'T', queueId: 0, pollTime: 10_000, ...header });
  void asked.then((answer) => {
    state.answer = answer;
  });
  return state;
}

// Source: PeekMessageProcessor.
test('a peek returns what the group has before it, from its offset on, and moves nothing', async () => {
  caller = await stage.started();
  for (const body of ['0', '1', '2']) await caller.send('T', body);
  const all = await peek();
  assert.deepEqual([all.code, all.remark, bodies(all), all.header.restNum], [0, 'FOUND', ['0', '1', '2'], 3]);
  await caller.commit('G', 'T', 1);
  for (let again = 0; again < 2; again++) {
    const two = await peek({ maxMsgNums: 1 });
    assert.deepEqual([bodies(two), two.header.restNum, two.header.popTime], [['1'], 2, 0]);
  }
  await caller.commit('G', 'T', 3);
  const none = await peek();
  assert.deepEqual([none.code, none.remark, none.header.restNum], [19, 'NO_MESSAGE_IN_QUEUE', 0]);
});

test('a peek of all queues counts the rest of all of them and stops at the number that was asked for', async () => {
  caller = await stage.started();
  await caller.putTopic('T', 4);
  for (let queueId = 0; queueId < 4; queueId++) {
    for (let nth = 0; nth < 3; nth++) await caller.send('T', `${queueId}-${nth}`, { queueId });
  }
  const some = await peek({ queueId: -1, maxMsgNums: 5 });
  assert.deepEqual([bodies(some).length, some.header.restNum], [5, 12]);
  const all = await peek({ queueId: -1 });
  assert.equal(new Set(bodies(all)).size, 12);
});

test('messages that pop consumers did not acknowledge are peeked from their retry topic', async () => {
  caller = await stage.started();
  await caller.putTopic('T');
  await caller.putTopic('%RETRY%G_T');
  await caller.send('%RETRY%G_T', 'again', {});
  const found = await peek();
  assert.deepEqual([bodies(found), found.header.restNum], [['again'], 1]);
});

test('a peek has as many bytes as an answer may have; a message larger than that comes alone', async () => {
  caller = await stage.started({ maxTransferBytesOnMessageInMemory: '1000' });
  await caller.putTopic('T', 3);
  for (let queueId = 0; queueId < 3; queueId++) await caller.send('T', 'x'.repeat(700), { queueId });
  assert.equal(bodies(await peek({ queueId: -1 })).length, 1);
  await caller.putTopic('Large', 2);
  for (let queueId = 0; queueId < 2; queueId++) await caller.send('Large', 'x'.repeat(5000), { queueId });
  const large = await peek({ topic: 'Large', queueId: -1 });
  assert.deepEqual([bodies(large).length, large.header.restNum], [1, 2]);
});

test('peek, notification and polling info are refused in the same order, for the same reasons', async () => {
  caller = await stage.started({ autoCreateSubscriptionGroup: 'false' });
  await caller.putTopic('T');
  await caller.putTopic('NoRead', 1, { perm: 2 });
  const group = { groupName: 'Off', consumeEnable: false };
  await caller.request(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, { body: Buffer.from(JSON.stringify(group)) });
  for (const command of [PEEK_MESSAGE, NOTIFICATION, POLLING_INFO] as readonly Command[]) {
    const outcome = async (fields: object): Promise<[number, string | undefined]> => {
      const given = { consumerGroup: 'G', topic: 'T', queueId: 0, ...fields };
      const { code, remark } = await caller.request(command, given as never);
      return [code, remark];
    };
    assert.deepEqual(await outcome({ topic: 'Unknown' }), [
      ResponseCode.TOPIC_NOT_EXIST,
      'topic[Unknown] not exist, apply first please!',
    ]);
    assert.equal((await outcome({ topic: 'NoRead' }))[0], ResponseCode.NO_PERMISSION);
    const [code, remark] = await outcome({ queueId: 7 });
    assert.equal(code, ResponseCode.INVALID_PARAMETER);
    assert.match(remark ?? '', /^queueId\[7\] is illegal, topic:\[T\] topicConfig\.readQueueNums:\[1\] consumer:\[/);
    assert.equal((await outcome({}))[0], ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    assert.deepEqual(await outcome({ consumerGroup: 'Off' }), [
      ResponseCode.NO_PERMISSION,
      'subscription group no permission, Off',
    ]);
  }
  await caller.configure('brokerPermission=2');
  assert.match((await peek()).remark ?? '', /^the broker\[.*\] peeking message is forbidden$/);
});

test('a peek of a negative number of messages is refused by name, one of none finds none', async () => {
  caller = await stage.started();
  await caller.send('T', 'x');
  const negative = await peek({ maxMsgNums: -1 });
  assert.deepEqual(
    [negative.code, negative.remark],
    [ResponseCode.INVALID_PARAMETER, 'maxMsgNums[-1] is illegal, it is negative'],
  );
  const none = await peek({ maxMsgNums: 0 });
  assert.deepEqual([none.code, none.header.restNum], [ResponseCode.PULL_NOT_FOUND, 1]);
});

// Source: NotificationProcessor, PopLongPollingService.
test('a notification is answered at once when the group has messages, and by the first that arrives otherwise', async () => {
  caller = await stage.started();
  await caller.putTopic('T', 2);
  await caller.send('T', '0');
  const now = ask();
  await stage.clock.advance(10);
  assert.deepEqual([now.answer?.code, now.answer?.header.hasMsg, now.answer?.header.pollingFull], [0, true, false]);
  await caller.commit('G', 'T', 1);
  const ofQueue = ask();
  const ofTopic = ask({ queueId: -1 });
  await stage.clock.advance(3000);
  assert.deepEqual([hasMsg(ofQueue), hasMsg(ofTopic)], [undefined, undefined]);
  await caller.send('T', 'other queue', { queueId: 1 });
  await stage.clock.advance(10);
  assert.deepEqual([hasMsg(ofQueue), hasMsg(ofTopic)], [undefined, true]);
  await caller.send('T', '1');
  await stage.clock.advance(10);
  assert.equal(hasMsg(ofQueue), true);
});

test('a notification ends without messages when its time is over, at once when it may not wait', async () => {
  caller = await stage.started();
  await caller.putTopic('T');
  const never = ask({ pollTime: 0 });
  await stage.clock.advance(10);
  assert.equal(never.answer?.header.hasMsg, false);
  const later = ask({ pollTime: 5000 });
  await stage.clock.advance(4900);
  assert.equal(hasMsg(later), undefined);
  await stage.clock.advance(500);
  assert.deepEqual([later.answer?.header.hasMsg, later.answer?.header.pollingFull], [false, false]);
});

test('a notification waits for what is left of its time, and never longer than it asked, whatever the clocks say', async () => {
  caller = await stage.started();
  await caller.putTopic('T');
  const bornTime = stage.clock.now();
  const late = ask({ pollTime: 5000, bornTime: bornTime - 4000 });
  const ahead = ask({ pollTime: 5000, bornTime: bornTime + 3_600_000 });
  const over = ask({ pollTime: 5000, bornTime: bornTime - 6000 });
  await stage.clock.advance(500);
  assert.deepEqual([over.answer?.header.hasMsg, late.answer, ahead.answer], [false, undefined, undefined]);
  await stage.clock.advance(1000);
  assert.deepEqual([late.answer?.header.hasMsg, ahead.answer], [false, undefined]);
  await stage.clock.advance(4000);
  assert.equal(ahead.answer?.header.hasMsg, false);
});

test('a message in the retry topic of pop consumers ends a notification of the topic', async () => {
  caller = await stage.started();
  await caller.putTopic('T');
  await caller.putTopic('%RETRY%G_T');
  const asked = ask();
  await stage.clock.advance(100);
  await caller.send('%RETRY%G_T', 'again');
  await stage.clock.advance(10);
  assert.equal(asked.answer?.header.hasMsg, true);
});

// Source: PollingInfoProcessor.
test('no pop is held by a broker without pop consumers', async () => {
  caller = await stage.started();
  await caller.putTopic('T');
  const info = await caller.request(POLLING_INFO, { consumerGroup: 'G', topic: 'T', queueId: 0 });
  assert.deepEqual([info.code, info.header.pollingNum], [0, 0]);
});

test('a notification that can not be held, since too many requests are, says so', async () => {
  caller = await stage.started();
  await caller.putTopic('T');
  const answers: unknown[] = [];
  const header = { consumerGroup: 'G', topic: 'T', queueId: -1, pollTime: 1000, bornTime: 0, order: false };
  const call = { header, answer: (answer: unknown) => answers.push(answer) } as unknown as Call<typeof NOTIFICATION>;
  const held = { isFull: true, hold: () => assert.fail('it is held') };
  const unconsumed = { queues: () => [], count: () => 0 } as unknown as Unconsumed;
  const parts = { clock: stage.clock, held, unconsumed, store: { queue: () => assert.fail('no queue is named') } };
  new AskedNotification(parts, call).look();
  assert.deepEqual(answers, [{ hasMsg: false, pollingFull: true }]);
});
