import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeRecallHandle,
  encodeRecallHandle,
  GET_TIMER_CHECK_POINT,
  GET_TIMER_METRICS,
  RECALL_MESSAGE,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { inspectStore, verifyStore } from '@rocketmq-ts/store';
import type { Broker } from '../src/index.ts';
import { type Caller, properties, ROOT, Stage } from './stage.ts';

const DAY_MS = 86_400_000;
/** From the due time to the record in the log's file. */
const LATE_MS = 50;

let stage: Stage;
let caller: Caller;
let broker: Broker;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(config: Record<string, string> = {}): Promise<void> {
  broker = await stage.broker({ recallMessageEnable: 'true', ...config });
  caller = await stage.caller();
}

const timed = (body: string, pairs: Record<string, string | number>, topic = 'T') =>
  caller.send(topic, body, {
    properties: properties(Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, String(value)]))),
  });

async function bodies(topic = 'T'): Promise<string[]> {
  const response = await caller.pull(topic);
  return response.code === 0 ? caller.bodies(topic) : [];
}

/** How long after its due time each message was stored where it is for, by body. */
async function lateness(dueMs: ReadonlyMap<string, number>, topic = 'T'): Promise<Map<string, number>> {
  const late = new Map<string, number>();
  for (const message of await caller.messages(topic)) {
    const body = message.body.toString();
    late.set(body, message.storeTimestamp - dueMs.get(body)!);
  }
  return late;
}

async function waiting(topic = 'T'): Promise<number> {
  const { body } = await caller.request(GET_TIMER_METRICS, {});
  return JSON.parse(body.toString()).timingCount[topic]?.count ?? 0;
}

const recall = (recallHandle: string, topic = 'T') => caller.request(RECALL_MESSAGE, { topic, recallHandle });

test('each of the three properties delays to the millisecond, with what Apache stores', async () => {
  await start();
  const now = stage.clock.now();
  const due = new Map([
    ['seconds', now + 3000],
    ['milliseconds', now + 3217],
    ['time', now + 4650],
    ['next slot', Math.ceil(now / 1000) * 1000 + 6000],
  ]);
  await timed('seconds', { TIMER_DELAY_SEC: 3 });
  await timed('milliseconds', { TIMER_DELAY_MS: 3217, TAGS: 'a' });
  await timed('time', { TIMER_DELIVER_MS: now + 4650 });
  await timed('next slot', { TIMER_DELIVER_MS: due.get('next slot')! });
  assert.deepEqual(await bodies(), []);
  assert.equal(await waiting(), 4);
  await stage.clock.advance(10_000);
  const late = await lateness(due);
  assert.deepEqual([...late.keys()], [...due.keys()]);
  for (const [body, ms] of late) assert.ok(ms >= 0 && ms <= LATE_MS, `${body}: ${ms}`);
  const message = (await caller.messages('T'))[1]!;
  const table = message.properties;
  assert.equal(table.get('TIMER_OUT_MS'), String(Math.floor((now + 3217 - 1) / 1000) * 1000));
  assert.equal(table.get('REAL_TOPIC'), 'T');
  assert.ok(Number(table.get('TIMER_DEQUEUE_MS')) >= now + 3217);
  assert.equal(await waiting(), 0);
});

test('a time that has passed is now; what no wheel can hold is refused with the limit, and nothing is stored', async () => {
  await start({ timerMaxDelaySec: '2592000' });
  const now = stage.clock.now();
  for (const [pairs, name] of [
    [{ TIMER_DELIVER_MS: now - 1 }, 'past'],
    [{ TIMER_DELIVER_MS: 0 }, 'zero'],
    [{ TIMER_DELIVER_MS: -1 }, 'before 1970'],
    [{ TIMER_DELAY_MS: 0 }, 'no delay'],
    [{ TIMER_DELAY_SEC: '-9223372036854775808' }, 'far back'],
  ] as const) {
    const sent = await timed(name, pairs);
    assert.equal(sent.code, 0);
    assert.equal(sent.header.recallHandle, undefined);
  }
  assert.deepEqual(await bodies(), ['past', 'zero', 'before 1970', 'no delay', 'far back']);
  assert.equal((await timed('near', { TIMER_DELIVER_MS: now + 29 * DAY_MS })).code, 0);
  for (const pairs of [
    { TIMER_DELIVER_MS: now + 31 * DAY_MS },
    { TIMER_DELAY_SEC: 31 * 86_400 },
    { TIMER_DELAY_SEC: '9223372036854775807' },
    { TIMER_DELAY_MS: '9223372036854775807' },
    { TIMER_DELAY_MS: '9223372036854775808' },
    { TIMER_DELIVER_MS: 'x' },
    { TIMER_DELAY_MS: '1e3' },
    { TIMER_DELAY_SEC: ' 1' },
    { TIMER_DELIVER_MS: now - 5, TIMER_DEL_UNIQKEY: 'key' },
  ]) {
    const { code, remark } = await timed('refused', pairs as unknown as Record<string, string>);
    assert.equal(code, ResponseCode.MESSAGE_ILLEGAL, JSON.stringify(pairs));
    assert.match(remark ?? '', /not be bigger than the max delay 2592000000ms/);
  }
  assert.equal(await waiting(), 1);
});

test('of both kinds at once seconds count, then milliseconds; a delay level counts more than all (rocketmq#5376)', async () => {
  await start();
  await timed('level', { DELAY: 1, TIMER_DELAY_SEC: 50 });
  await timed('seconds', { TIMER_DELAY_SEC: 2, TIMER_DELAY_MS: 60_000, TIMER_DELIVER_MS: 1 });
  await timed('milliseconds', { TIMER_DELAY_MS: 3000, TIMER_DELIVER_MS: 1 });
  await stage.clock.advance(3500);
  assert.deepEqual(await bodies(), ['level', 'seconds', 'milliseconds']);
});

test('the time that clients for Alibaba Cloud name is obeyed, where it stands alone', async () => {
  await start();
  const now = stage.clock.now();
  const due = new Map([['ali-ons', now + 4321]]);
  await timed('ali-ons', { __STARTDELIVERTIME: now + 4321 });
  await timed('past', { __STARTDELIVERTIME: now - 1 });
  await timed('both', { __STARTDELIVERTIME: now + 4321, TIMER_DELAY_MS: 500 });
  assert.deepEqual(await bodies(), ['past']);
  await stage.clock.advance(1000);
  assert.deepEqual(await bodies(), ['past', 'both']);
  await stage.clock.advance(9000);
  const late = (await caller.messages('T')).at(-1)!.storeTimestamp - due.get('ali-ons')!;
  assert.ok(late >= 0 && late <= LATE_MS, `${late}`);
  assert.equal((await timed('nonsense', { __STARTDELIVERTIME: 'soon' })).code, ResponseCode.MESSAGE_ILLEGAL);
});

test('a broker without a wheel refuses timers with the reason', async () => {
  await start({ timerWheelEnable: 'false' });
  const { code, remark } = await timed('x', { TIMER_DELAY_SEC: 1 });
  assert.equal(code, ResponseCode.SYSTEM_ERROR);
  assert.match(remark ?? '', /timerWheelEnable is false/);
});

test('a recalled message never comes, and the count of what waits is never negative (rocketmq#7979, rocketmq#8974)', async () => {
  await start();
  const { header } = await timed('gone', { TIMER_DELAY_SEC: 20 });
  await timed('stays', { TIMER_DELAY_SEC: 20 });
  const handle = header.recallHandle!;
  assert.deepEqual(
    { ...decodeRecallHandle(handle), timestamp: 0, messageId: '' },
    { topic: 'T', brokerName: 'a', timestamp: 0, messageId: '' },
  );
  assert.equal((await recall(handle)).code, 0);
  assert.equal((await recall(handle)).code, 0);
  const { brokerName, timestamp, messageId } = decodeRecallHandle(handle)!;
  assert.equal(
    (await recall(encodeRecallHandle({ topic: 'T', brokerName, timestamp, messageId: 'no such message' }))).code,
    0,
  );
  for (const [text, code, topic] of [
    [handle, ResponseCode.TOPIC_NOT_EXIST, 'Other'],
    [encodeRecallHandle({ topic: 'T', brokerName: 'b', timestamp, messageId }), ResponseCode.ILLEGAL_OPERATION, 'T'],
    [
      encodeRecallHandle({ topic: 'T', brokerName, timestamp: stage.clock.now(), messageId }),
      ResponseCode.ILLEGAL_OPERATION,
      'T',
    ],
    [
      encodeRecallHandle({ topic: 'T', brokerName, timestamp: timestamp + 4 * DAY_MS, messageId }),
      ResponseCode.ILLEGAL_OPERATION,
      'T',
    ],
    [
      encodeRecallHandle({ topic: 'T', brokerName, timestamp, messageId: 'a\u0001b' }),
      ResponseCode.ILLEGAL_OPERATION,
      'T',
    ],
    ['forged', ResponseCode.ILLEGAL_OPERATION, 'T'],
    ['', ResponseCode.ILLEGAL_OPERATION, 'T'],
  ] as const) {
    assert.equal((await recall(text, topic)).code, code, text);
  }
  await stage.clock.advance(25_000);
  assert.deepEqual(await bodies(), ['stays']);
  assert.equal(await waiting(), 0);
  assert.equal((await recall(handle)).code, ResponseCode.ILLEGAL_OPERATION);
  await stage.clock.advance(5000);
  assert.equal(await waiting(), 0);
});

test('recalls are forbidden by default', async () => {
  await start({ recallMessageEnable: 'false' });
  const { header } = await timed('x', { TIMER_DELAY_SEC: 20 });
  assert.equal((await recall(header.recallHandle!)).code, ResponseCode.NO_PERMISSION);
});

test('pending messages survive a stop, a kill and a loss of power', async () => {
  await start();
  for (const [body, seconds] of [
    ['1', 10],
    ['2', 20],
    ['3', 30],
    ['4', 40],
  ] as const)
    await timed(body, { TIMER_DELAY_SEC: seconds });
  await stage.clock.advance(12_000);
  await stage.stop(broker);
  await start();
  await stage.clock.advance(10_000);
  stage.end('kill');
  await start();
  await stage.clock.advance(10_000);
  stage.end('power loss');
  await start();
  await stage.clock.advance(10_000);
  assert.deepEqual([...new Set(await bodies())], ['1', '2', '3', '4']);
  assert.equal(await waiting(), 0);
  const { body } = await caller.request(GET_TIMER_CHECK_POINT, {});
  assert.equal(body.length, 56);
});

test('the store tool says what waits, and finds a slot that leads nowhere', async () => {
  await start();
  for (let i = 0; i < 10; i++) await timed(String(i), { TIMER_DELAY_SEC: 100 + (i % 2) });
  await stage.clock.advance(2000);
  await stage.stop(broker);
  const { disk } = stage.machine();
  const { timers } = inspectStore({ disk, root: ROOT });
  assert.deepEqual([timers?.messages, timers?.slots, timers?.writer, timers?.queueOffset], [10, 2, 'rocketmq-ts', 10]);
  assert.deepEqual(verifyStore({ disk, root: ROOT }).findings, []);
  const file = disk.open(`${ROOT}/timerlog/${'0'.repeat(20)}`, 'write');
  file.writeSync(Buffer.alloc(520), 0, 520, 0);
  file.close();
  const { findings } = verifyStore({ disk, root: ROOT });
  assert.deepEqual(
    findings.map(({ kind, count, damage }) => [kind, count, damage]),
    [['TIMER_CHAIN', 2, false]],
  );
});
