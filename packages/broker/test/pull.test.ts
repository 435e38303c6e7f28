import assert from 'node:assert/strict';
import { afterEach, beforeEach, type TestContext, test } from 'node:test';
import { compileExpression, type MessageFilter } from '@rocketmq-ts/filter';
import {
  DELETE_TOPIC_IN_BROKER,
  decodeMessages,
  endOfValue,
  findProperty,
  LITE_PULL_MESSAGE,
  type PULL_MESSAGE,
  PullSysFlag,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_AND_GET_GROUP_FORBIDDEN,
} from '@rocketmq-ts/protocol';
import type { Response } from '@rocketmq-ts/remoting';
import { consumer, subscription } from './consumers.ts';
import { type Caller, properties, Stage } from './stage.ts';

type Pulled = Response<typeof PULL_MESSAGE>;

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const bodies = (pulled: Pulled): string[] =>
  decodeMessages(pulled.body, { inflate: false }).map((message) => message.body.toString());
const HELD = PullSysFlag.SUBSCRIPTION | PullSysFlag.SUSPEND;

interface Held {
  answer: Pulled | undefined;
}

const isHeld = (pull: Held): boolean => pull.answer === undefined;

/** A pull under way: its answer, once it is there. */
function held(pull: Promise<Pulled>): Held {
  const state: Held = { answer: undefined };
  void pull.then((answer) => {
    state.answer = answer;
  });
  return state;
}

test('a pull finds what was sent, in order, and returns the offset of the next one', async () => {
  caller = await stage.started();
  for (const body of ['0', '1', '2']) await caller.send('T', body);
  const pulled = await caller.pull('T', { queueOffset: 1 });
  assert.deepEqual([pulled.code, pulled.remark, bodies(pulled)], [0, 'FOUND', ['1', '2']]);
  assert.deepEqual(pulled.extFields, {
    suggestWhichBrokerId: '0',
    nextBeginOffset: '3',
    minOffset: '0',
    maxOffset: '3',
    topicSysFlag: '0',
    groupSysFlag: '0',
  });
  assert.deepEqual(bodies(await caller.pull('T', { maxMsgNums: 1 })), ['0']);
});

// Codes recorded from a 5.4.0 broker.
test('offsets outside the queue are corrected with code 21; the end of the queue is code 19', async () => {
  caller = await stage.started();
  await caller.send('T', 'x');
  const outcome = async (queueId: number, queueOffset: number): Promise<unknown[]> => {
    const { code, remark, header } = await caller.pull('T', { queueId, queueOffset });
    return [code, remark, header.nextBeginOffset];
  };
  assert.deepEqual(await outcome(0, 1), [19, 'OFFSET_OVERFLOW_ONE', 1]);
  assert.deepEqual(await outcome(0, 99), [21, 'OFFSET_OVERFLOW_BADLY', 1]);
  assert.deepEqual(await outcome(0, -1), [21, 'OFFSET_TOO_SMALL', 0]);
  assert.deepEqual(await outcome(1, 0), [19, 'NO_MESSAGE_IN_QUEUE', 0]);
  assert.deepEqual(await outcome(1, 5), [21, 'NO_MESSAGE_IN_QUEUE', 0]);
});

test('a filter passes its tags only; where none match the next pull begins behind what was looked at', async () => {
  caller = await stage.started();
  for (const tag of ['A', 'B', 'A', 'C']) await caller.send('T', tag, { properties: properties({ TAGS: tag }) });
  await caller.send('T', 'none');
  assert.deepEqual(bodies(await caller.pull('T', { subscription: 'A||C' })), ['A', 'A', 'C']);
  const nothing = await caller.pull('T', { subscription: 'Z' });
  assert.deepEqual([nothing.code, nothing.remark, nothing.header.nextBeginOffset], [20, 'NO_MATCHED_MESSAGE', 5]);
});

test('a held pull is answered by the message it waits for', async () => {
  caller = await stage.started();
  await caller.send('T', '0');
  const waiting = held(caller.askPull('T', { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 15_000 }));
  await stage.clock.advance(10_000);
  assert.equal(isHeld(waiting), true);
  await caller.send('T', 'other queue', { queueId: 1 });
  assert.equal(isHeld(waiting), true);
  await caller.send('T', '1');
  await stage.clock.advance(10);
  assert.deepEqual(waiting.answer && bodies(waiting.answer), ['1']);
});

test('a held pull that sees nothing is answered with code 19 when its time is over', async () => {
  caller = await stage.started();
  await caller.send('T', '0');
  const waiting = held(caller.askPull('T', { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 3000 }));
  await stage.clock.advance(2900);
  assert.equal(isHeld(waiting), true);
  await stage.clock.advance(500);
  assert.deepEqual([waiting.answer?.code, waiting.answer?.header.nextBeginOffset], [ResponseCode.PULL_NOT_FOUND, 1]);
});

test('a held pull stays held while only other tags arrive', async () => {
  caller = await stage.started();
  await caller.send('T', 'first', { properties: properties({ TAGS: 'A' }) });
  const wanted = { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 15_000, subscription: 'A' };
  const waiting = held(caller.askPull('T', wanted));
  for (let i = 0; i < 5; i++) await caller.send('T', 'B', { properties: properties({ TAGS: 'B' }) });
  await stage.clock.advance(1000);
  assert.equal(isHeld(waiting), true);
  await caller.send('T', 'A', { properties: properties({ TAGS: 'A' }) });
  await stage.clock.advance(10);
  assert.deepEqual(waiting.answer && bodies(waiting.answer), ['A']);
  assert.equal(waiting.answer?.header.nextBeginOffset, 7);
});

/** Gives filters of tags a second stage for a test, as an expression over properties has one: wants a value of KEYS. */
function alsoByKey(t: TestContext, key: string): void {
  const filters: MessageFilter = Object.getPrototypeOf(compileExpression('any'));
  filters.matchesRecord = (bytes, from, end) => {
    const at = findProperty(bytes, from, end, Buffer.from('KEYS'));
    return at >= 0 && bytes.toString('utf8', at, endOfValue(bytes, at, end)) === key;
  };
  t.after(() => delete filters.matchesRecord);
}

test('a filter that asks for properties passes what has them; where none match the next pull begins behind what was looked at', async (t) => {
  caller = await stage.started();
  alsoByKey(t, 'k');
  for (const [i, tag] of ['A', 'B', 'A', 'A', 'B'].entries()) {
    await caller.send('T', `${tag}${i}`, { properties: properties({ TAGS: tag, ...(i > 1 && { KEYS: 'k' }) }) });
  }
  const found = await caller.pull('T', { subscription: 'A', maxMsgNums: 1 });
  assert.deepEqual([bodies(found), found.header.nextBeginOffset], [['A2'], 3]);
  assert.deepEqual(bodies(await caller.pull('T', { subscription: 'A' })), ['A2', 'A3']);
  alsoByKey(t, 'none');
  const nothing = await caller.pull('T', { subscription: 'A' });
  assert.deepEqual([nothing.code, nothing.remark, nothing.header.nextBeginOffset], [20, 'NO_MATCHED_MESSAGE', 5]);
});

test('a held pull stays held while records come whose properties are not wanted', async (t) => {
  caller = await stage.started();
  alsoByKey(t, 'k');
  await caller.send('T', 'first');
  const wanted = { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 15_000, subscription: 'A' };
  const waiting = held(caller.askPull('T', wanted));
  for (let i = 0; i < 3; i++) await caller.send('T', 'other', { properties: properties({ TAGS: 'A', KEYS: 'x' }) });
  await stage.clock.advance(1000);
  assert.equal(isHeld(waiting), true);
  await caller.send('T', 'wanted', { properties: properties({ KEYS: 'k', TAGS: 'A' }) });
  await stage.clock.advance(10);
  assert.deepEqual(waiting.answer && bodies(waiting.answer), ['wanted']);
  assert.equal(waiting.answer?.header.nextBeginOffset, 5);
});

test('a held pull that asks for no messages at all gets one', async () => {
  caller = await stage.started();
  await caller.send('T', '0');
  const none = held(
    caller.askPull('T', { queueOffset: 1, maxMsgNums: 0, sysFlag: HELD, suspendTimeoutMillis: 15_000 }),
  );
  await stage.clock.settle();
  await caller.send('T', '1');
  await stage.clock.advance(10);
  assert.deepEqual(none.answer && bodies(none.answer), ['1']);
});

test('without long polling a pull is held for shortPollingTimeMills', async () => {
  caller = await stage.started({ longPollingEnable: 'false', shortPollingTimeMills: '500' });
  await caller.send('T', '0');
  const waiting = held(caller.askPull('T', { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 15_000 }));
  await stage.clock.advance(400);
  assert.equal(isHeld(waiting), true);
  await stage.clock.advance(400);
  assert.equal(waiting.answer?.code, ResponseCode.PULL_NOT_FOUND);
});

test('a broker that stops answers the pulls it holds', async () => {
  const broker = await stage.broker();
  caller = await stage.caller();
  await caller.send('T', '0');
  const waiting = held(caller.askPull('T', { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 60_000 }));
  await stage.clock.settle();
  await stage.stop(broker);
  assert.equal(waiting.answer?.code, ResponseCode.PULL_NOT_FOUND);
});

test('the pulls of a deleted topic are answered at once', async () => {
  caller = await stage.started();
  await caller.send('T', '0');
  const waiting = held(caller.askPull('T', { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 60_000 }));
  await stage.clock.settle();
  await caller.request(DELETE_TOPIC_IN_BROKER, { topic: 'T' });
  await stage.clock.advance(10);
  assert.notEqual(waiting.answer, undefined);
  assert.equal((await caller.pull('T')).code, ResponseCode.TOPIC_NOT_EXIST);
});

// Recorded from a 5.4.0 broker.
test('pulls are refused with the codes of Apache', async () => {
  caller = await stage.started();
  await caller.send('T', 'x');
  const cases: [string, Parameters<Caller['pull']>[1], number, RegExp][] = [
    ['NOPE', {}, 17, /^topic\[NOPE\] not exist, apply first please!/],
    ['T', { queueId: 99 }, 29, /^queueId\[99\] is illegal, topic:\[T\] topicConfig.readQueueNums:\[4\]/],
    ['T', { queueId: -1 }, 29, /^queueId\[-1\] is illegal/],
    ['T', { sysFlag: 0 }, 24, /^the consumer's group info not exist/],
    ['T', { subscription: '||' }, 23, /^parse the consumer's subscription failed/],
    ['T', { subscription: 'a >', expressionType: 'SQL92' }, 23, /^parse the .* failed: line 1, column 4 /],
    ['T', { subscription: 'a', expressionType: 'tag' }, 23, /^parse the .* failed: .* TAG or SQL92, not tag/],
  ];
  for (const [topic, header, code, remark] of cases) {
    const answer = await caller.pull(topic, header);
    assert.equal(answer.code, code, answer.remark);
    assert.match(answer.remark ?? '', remark);
    assert.deepEqual(answer.extFields, {});
  }
});

test('what an operator forbids is code 16, and forbiddenType names the reason', async () => {
  caller = await stage.started();
  const topic = { topicFilterType: 'SINGLE_TAG', topicSysFlag: 0, order: false, readQueueNums: 4, writeQueueNums: 4 };
  await caller.request(UPDATE_AND_CREATE_TOPIC, { ...topic, topic: 'WO', perm: 2 });
  await caller.send('T', 'x');
  const group = (fields: object) =>
    caller.request(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, { body: Buffer.from(JSON.stringify(fields)) });
  await group({ groupName: 'OFF', consumeEnable: false });
  await group({ groupName: 'NOBROADCAST', consumeBroadcastEnable: false });
  await caller.heartbeat({ consumers: [consumer('NOBROADCAST', [subscription('T')], 'BROADCASTING')] });
  const outcome = async (name: string, header: Parameters<Caller['pull']>[1]): Promise<unknown[]> => {
    const { code, extFields } = await caller.pull(name, header);
    return [code, extFields.forbiddenType];
  };
  assert.deepEqual(await outcome('T', { consumerGroup: 'OFF' }), [16, '2']);
  assert.deepEqual(await outcome('WO', {}), [16, '3']);
  assert.deepEqual(await outcome('T', { consumerGroup: 'NOBROADCAST', sysFlag: 0 }), [16, '4']);
  await caller.heartbeat({ clientID: 'c2', consumers: [consumer('SHUT', [subscription('T')])] });
  await caller.request(UPDATE_AND_GET_GROUP_FORBIDDEN, { group: 'SHUT', topic: 'T', readable: false });
  assert.deepEqual(await outcome('T', { consumerGroup: 'SHUT', sysFlag: 0 }), [16, '5']);
  await caller.request(UPDATE_AND_GET_GROUP_FORBIDDEN, { group: 'SHUT', topic: 'T', readable: true });
  assert.deepEqual(await outcome('T', { consumerGroup: 'SHUT', sysFlag: 0 }), [0, undefined]);
  await caller.configure('brokerPermission=2\n');
  assert.deepEqual(await outcome('T', {}), [16, '1']);
});

test('a pull without a subscription of its own uses the one that the group registered, if it is not too old', async () => {
  caller = await stage.started();
  for (const tag of ['A', 'B']) await caller.send('T', tag, { properties: properties({ TAGS: tag }) });
  await caller.heartbeat({ consumers: [consumer('G', [subscription('T', 'B', 5)])] });
  assert.deepEqual(bodies(await caller.pull('T', { sysFlag: 0, subVersion: 5 })), ['B']);
  assert.equal((await caller.pull('T', { sysFlag: 0, subVersion: 6 })).code, ResponseCode.SUBSCRIPTION_NOT_LATEST);
  await caller.send('T2', 'x');
  assert.equal((await caller.pull('T2', { sysFlag: 0 })).code, ResponseCode.SUBSCRIPTION_NOT_EXIST);
});

test('an unknown group is made by its first pull, unless that is turned off', async () => {
  caller = await stage.started({ autoCreateSubscriptionGroup: 'false' });
  await caller.send('T', 'x');
  assert.equal((await caller.pull('T')).code, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
  await caller.configure('autoCreateSubscriptionGroup=true\n');
  assert.equal((await caller.pull('T')).code, 0);
});

test('a pull commits the offset it carries when its flag is set', async () => {
  caller = await stage.started();
  await caller.send('T', 'x');
  const committed = async (): Promise<number | undefined> =>
    (
      await caller.request(QUERY_CONSUMER_OFFSET, {
        consumerGroup: 'G',
        topic: 'T',
        queueId: 0,
        setZeroIfNotFound: false,
      })
    ).header.offset;
  await caller.pull('T', { commitOffset: 1 });
  assert.equal(await committed(), undefined);
  await caller.pull('T', { commitOffset: 1, sysFlag: PullSysFlag.SUBSCRIPTION | PullSysFlag.COMMIT_OFFSET });
  assert.equal(await committed(), 1);
});

// Source: config.md 3.
test('the fast port serves sends but no pulls', async () => {
  caller = await stage.started();
  const fast = await stage.caller('broker:10909', 'client2');
  assert.equal((await fast.send('T', 'x')).code, 0);
  const refused = await fast.pull('T');
  assert.deepEqual(
    [refused.code, refused.remark],
    [
      3,
      ' request type 11 not supported: PULL_MESSAGE is not served, since this port, two below listenPort, takes no pulls; ask the port two above it',
    ],
  );
  const lite = await fast.request(LITE_PULL_MESSAGE, { consumerGroup: 'G', topic: 'T', queueId: 0, queueOffset: 0 });
  assert.equal(lite.code, 3);
});

test('a client that disconnects while its pull is held leaves nothing behind', async () => {
  caller = await stage.started();
  await caller.send('T', '0');
  const other = await stage.caller('broker:10911', 'client2');
  const ended = other
    .askPull('T', { queueOffset: 1, sysFlag: HELD, suspendTimeoutMillis: 60_000 })
    .catch(() => undefined);
  await stage.clock.settle();
  other.remoting.closeConnection(other.address);
  await ended;
  await caller.send('T', '1');
  assert.deepEqual(bodies(await caller.pull('T', { queueOffset: 1 })), ['1']);
});
