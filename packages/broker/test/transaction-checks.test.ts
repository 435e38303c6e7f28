import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import {
  CLEAN_UNUSED_TOPIC,
  createOffsetMessageId,
  DELETE_SUBSCRIPTIONGROUP,
  DELETE_TOPIC_IN_BROKER,
  MessageProperty,
  RESUME_CHECK_HALF_MESSAGE,
  ResponseCode,
  SEND_MESSAGE_V2,
} from '@rocketmq-ts/protocol';
import { recordOf, SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type Caller, properties, Stage } from './stage.ts';
import { COMMIT, collectChecks, DISCARDED, end, HALF, OPS, pass, ROLLBACK, sendHalf } from './transacting.ts';

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(config: Record<string, string> = {}): Promise<void> {
  await stage.broker(config);
  caller = await stage.caller();
  await caller.putTopic('T', 1);
}

async function bodiesOf(topic: string): Promise<string[]> {
  return (await caller.pull(topic)).code === ResponseCode.PULL_NOT_FOUND ? [] : caller.bodies(topic);
}

test('any live member of the group is asked, each in its turn, also one of another process', async () => {
  await start();
  const other = await stage.caller('broker:10911', 'client2');
  const first = collectChecks(caller, () => COMMIT);
  const second = collectChecks(other, () => COMMIT);
  for (let i = 0; i < 6; i++) await sendHalf(caller, 'T', `k${i}`);
  await other.heartbeat({ clientID: 'c2', producerGroups: ['PG'] });
  await pass(caller, 31_000);
  assert.deepEqual([first.length, second.length], [3, 3]);
  assert.equal((await caller.bodies('T')).length, 6);
});

test('the other instance answers for a producer that was killed', async () => {
  await start();
  await sendHalf(caller, 'T', 'k1');
  await caller.heartbeat({ clientID: 'c1', producerGroups: ['PG'] });
  stage.environment.network.killHost('client');
  const other = await stage.caller('broker:10911', 'client2');
  const checks = collectChecks(other, () => COMMIT);
  await pass(other, 31_000, 'PG', 'c2');
  assert.equal(checks.length, 1);
  assert.deepEqual(await other.bodies('T'), ['body of k1']);
});

test('a group without a producer holds up nobody, and is logged once a round', async () => {
  await start();
  for (let i = 0; i < 40; i++) await sendHalf(caller, 'T', `gone${i}`, { PGROUP: 'GONE' });
  await sendHalf(caller, 'T', 'k1');
  const checks = collectChecks(caller, () => COMMIT);
  await pass(caller, 31_000);
  assert.equal(checks.length, 1);
  const lines = stage.log.lines.filter(({ sentence }) => sentence.includes('no producer of a group is connected'));
  assert.equal(lines.length, 1);
});

test('a late commit by the offsets of the send ends the copy that was checked: stored once, asked for no more', async () => {
  await start();
  const half = await sendHalf(caller, 'T', 'k1');
  const checks = collectChecks(caller);
  await pass(caller, 95_000);
  assert.equal(checks.length, 3);
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  assert.equal((await end(caller, checks[1]!.half, COMMIT, { fromTransactionCheck: true })).code, ResponseCode.SUCCESS);
  await pass(caller, 60_000);
  assert.equal(checks.length, 3);
  assert.deepEqual(await caller.bodies('T'), ['body of k1']);
});

test('an end that comes twice stores once; the opposite end is refused', async () => {
  await start();
  const committed = await sendHalf(caller, 'T', 'k1');
  const undone = await sendHalf(caller, 'T', 'k2');
  for (let i = 0; i < 2; i++) assert.equal((await end(caller, committed, COMMIT)).code, ResponseCode.SUCCESS);
  for (let i = 0; i < 2; i++) assert.equal((await end(caller, undone, ROLLBACK)).code, ResponseCode.SUCCESS);
  assert.match((await end(caller, committed, ROLLBACK)).remark ?? '', /was committed before/);
  assert.match((await end(caller, undone, COMMIT)).remark ?? '', /was rolled back before/);
  assert.deepEqual(await caller.bodies('T'), ['body of k1']);
});

test('ends with wrong fields are refused as Apache’s, and nothing is stored', async () => {
  await start();
  const half = await sendHalf(caller, 'T', 'k1');
  const plain = await caller.send('T', 'plain');
  const remarkOf = async (header: Parameters<typeof end>[3], of = half, how = COMMIT): Promise<string> => {
    const { code, remark } = await end(caller, of, how, header);
    assert.equal(code, ResponseCode.SYSTEM_ERROR);
    return remark ?? '';
  };
  assert.equal(await remarkOf({ producerGroup: 'Other' }), 'The producer group wrong');
  assert.equal(await remarkOf({ tranStateTableOffset: 5 }), 'The transaction state table offset wrong');
  for (const commitLogOffset of [-1, half.commitLogOffset + 1, 2 ** 52]) {
    assert.equal(await remarkOf({ commitLogOffset }), 'Find prepared transaction message failed', `${commitLogOffset}`);
  }
  assert.equal(plain.code, ResponseCode.SUCCESS);
  for (const type of [0, 4, 7, -1]) assert.equal((await end(caller, half, type)).code, ResponseCode.SUCCESS);
  assert.deepEqual(await caller.bodies('T'), ['plain']);
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
});

test('bytes in a message that look like a half message are none', async () => {
  await start();
  const half = await sendHalf(caller, 'T', 'k1', {}, 'x'.repeat(40));
  const bytes = (await caller.pull(HALF)).body;
  const at = Number((await caller.send('T', 'probe')).header.queueOffset);
  assert.equal(at, 0);
  // The record of the next half message, as a body that begins where its own record says.
  const response = await caller.request(SEND_MESSAGE_V2, { ...SEND_FIELDS, topic: 'T' }, { body: bytes });
  assert.equal(response.code, ResponseCode.SUCCESS);
  const carrier = await caller.last('T');
  const inside = carrier.physicalOffset + 84 + 4;
  assert.match((await end(caller, { ...half, commitLogOffset: inside }, COMMIT)).remark ?? '', /Find prepared/);
});

test('an immune transaction is asked for after its time only, and those behind it before', async () => {
  await start({ transactionCheckInterval: '10000' });
  await sendHalf(caller, 'T', 'immune', { CHECK_IMMUNITY_TIME_IN_SECONDS: '100' });
  const late = await sendHalf(caller, 'T', 'late', { CHECK_IMMUNITY_TIME_IN_SECONDS: '20' });
  await sendHalf(caller, 'T', 'plain');
  const checks = collectChecks(caller);
  const asked = (): string[] => [...new Set(checks.map(({ half }) => half.transactionId))];
  await pass(caller, 15_000);
  assert.deepEqual(asked(), ['plain']);
  await pass(caller, 10_000);
  assert.equal((await end(caller, late, COMMIT)).code, ResponseCode.ILLEGAL_OPERATION);
  await pass(caller, 60_000);
  assert.deepEqual(asked(), ['plain', 'late']);
  await pass(caller, 40_000);
  assert.deepEqual(asked(), ['plain', 'late', 'immune']);
  const ofLate = checks.findLast(({ half }) => half.transactionId === 'late')!;
  assert.equal((await end(caller, ofLate.half, COMMIT, { fromTransactionCheck: true })).code, ResponseCode.SUCCESS);
  assert.deepEqual(await caller.bodies('T'), ['body of late']);
});

test('an immune transaction that is committed in its time is never asked for, nor stored twice', async () => {
  await start({ transactionCheckInterval: '10000' });
  const half = await sendHalf(caller, 'T', 'immune', { CHECK_IMMUNITY_TIME_IN_SECONDS: '100' });
  const checks = collectChecks(caller);
  await pass(caller, 45_000);
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  await pass(caller, 120_000);
  assert.deepEqual(checks, []);
  assert.equal((await caller.messages(HALF)).length, 1);
  assert.deepEqual(stage.saved('consumerOffset').offsetTable[`${HALF}@CID_RMQ_SYS_TRANS`], { 0: 1 });
});

test('one bad half message among many never stops the rest', async () => {
  const store = await stage.store();
  const put = (text: Record<string, string>, body: string): void =>
    void store.put(
      recordOf({ topic: HALF, queueId: 0, body: Buffer.from(body), properties: properties(text) }),
      undefined,
      true,
    );
  const good = { REAL_TOPIC: 'T', REAL_QID: '0', PGROUP: 'PG', TRAN_MSG: 'true' };
  put({}, 'nothing at all');
  put({ ...good, UNIQ_KEY: 'a' }, 'good a');
  put({ ...good, REAL_QID: 'x' }, 'no queue');
  put({ ...good, REAL_TOPIC: 'a b' }, 'no topic');
  put({ REAL_TOPIC: 'T', REAL_QID: '0' }, 'no group');
  put({ ...good, TRANSACTION_CHECK_TIMES: 'zwölf' }, 'odd count');
  put({ ...good, CHECK_IMMUNITY_TIME_IN_SECONDS: 'soon' }, 'odd immunity');
  put({ ...good, a: 'x'.repeat(32_710) }, 'no room');
  put({ ...good, UNIQ_KEY: 'b' }, 'good b');
  await stage.clock.advance(10);
  await stage.clock.run(store.stop());
  await start();
  const checks = collectChecks(caller, () => COMMIT);
  await pass(caller, 61_000);
  assert.deepEqual((await caller.bodies('T')).sort(), ['good a', 'good b', 'odd count', 'odd immunity']);
  assert.deepEqual((await caller.bodies(DISCARDED)).sort(), [
    'no group',
    'no queue',
    'no room',
    'no topic',
    'nothing at all',
  ]);
  assert.equal(checks.length, 4);
});

test('a thousand open transactions are asked for in one round', async () => {
  await start();
  for (let i = 0; i < 1000; i++) await sendHalf(caller, 'T', `k${i}`);
  const checks = collectChecks(caller, ({ half }) => (half.transactionId.endsWith('7') ? ROLLBACK : COMMIT));
  await pass(caller, 40_000);
  assert.equal(checks.length, 1000);
  assert.equal((await caller.messages('T')).length, 900);
});

test('a transaction with a delay level waits from its commit on', async () => {
  await start();
  const half = await sendHalf(caller, 'T', 'k1', { DELAY: '2' });
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  await stage.clock.advance(4000);
  assert.deepEqual(await bodiesOf('T'), []);
  await stage.clock.advance(2000);
  const [message] = await caller.messages('T');
  assert.equal(message!.body.toString(), 'body of k1');
  assert.equal(message!.preparedTransactionOffset, 0);
});

test('a transaction with a time of its own waits from its commit on; one for an impossible time is refused as a half', async () => {
  await start();
  const half = await sendHalf(caller, 'T', 'k1', { TIMER_DELAY_MS: '5000' });
  await stage.clock.advance(10_000);
  assert.equal((await end(caller, half, COMMIT)).code, ResponseCode.SUCCESS);
  await stage.clock.advance(3500);
  assert.deepEqual(await bodiesOf('T'), []);
  await stage.clock.advance(3000);
  assert.deepEqual(await bodiesOf('T'), ['body of k1']);
  for (const time of ['99999999999999', 'soon']) {
    const refused = await caller.send('T', 'x', {
      properties: properties({ UNIQ_KEY: 'k2', TRAN_MSG: 'true', PGROUP: 'PG', TIMER_DELAY_MS: time }),
    });
    assert.equal(refused.code, ResponseCode.MESSAGE_ILLEGAL);
  }
  assert.equal((await caller.messages(HALF)).length, 1);
});

test('open transactions are counted by topic in config/transactionMetrics', async () => {
  await start();
  const half = await sendHalf(caller, 'T', 'k1');
  await sendHalf(caller, 'T', 'k2');
  await end(caller, half, COMMIT);
  await stage.clock.advance(11_000);
  const text = stage.machine().disk.readFile('/store/config/transactionMetrics')!.toString();
  assert.match(
    text,
    /^\{"dataVersion":\{"counter":\d+,"stateVersion":0,"timestamp":\d+\},"transactionCount":\{"T":\{"count":1,"timeStamp":\d+\}\}\}$/,
  );
});

test('rocketmq#1648: the copy of a committed message that a consumer sends to its retry topic is an ordinary retry', async () => {
  await start();
  await caller.heartbeat({
    consumers: [
      {
        groupName: 'G',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
        subscriptionDataSet: [],
        unitMode: false,
      },
    ],
  });
  const copy = { TRAN_MSG: 'true', PGROUP: 'PG', UNIQ_KEY: 'k1', RETRY_TOPIC: 'T', RECONSUME_TIME: '1' };
  for (const header of [{ reconsumeTimes: 1 }, { reconsumeTimes: 1, sysFlag: 4 }, {}]) {
    const sent = await caller.send('%RETRY%G', 'again', { ...header, properties: properties(copy) });
    assert.equal(sent.code, ResponseCode.SUCCESS, sent.remark);
  }
  assert.deepEqual(await bodiesOf(HALF), []);
  assert.deepEqual(await bodiesOf('%RETRY%G'), ['again', 'again', 'again']);
});

test('rocketmq#2133: deleting topics and groups leaves ended transactions ended', async () => {
  await start();
  await caller.putTopic('Other');
  for (let i = 0; i < 50; i++) await end(caller, await sendHalf(caller, 'T', `k${i}`), COMMIT);
  await stage.clock.advance(4000);
  for (const topic of ['Other', 'T', HALF, OPS]) await caller.request(DELETE_TOPIC_IN_BROKER, { topic });
  for (const groupName of ['G', 'CID_RMQ_SYS_TRANS']) {
    await caller.request(DELETE_SUBSCRIPTIONGROUP, { groupName, removeOffset: true });
  }
  await caller.request(CLEAN_UNUSED_TOPIC, {});
  const checks = collectChecks(caller);
  await pass(caller, 90_000);
  assert.deepEqual(checks, []);
  stage.end('kill');
  await stage.broker();
  caller = await stage.caller();
  const later = collectChecks(caller);
  await pass(caller, 90_000);
  assert.deepEqual(later, []);
});

for (const [type, flags] of [
  ['zlib', 0x301],
  ['lz4', 0x101],
  ['zstd', 0x201],
] as const) {
  test(`rocketmq#9953: a compressed half message (${type}) that is resumed comes as it was sent`, async () => {
    await start({ transactionCheckMax: '1', transactionCheckInterval: '10000' });
    const body = deflateSync(Buffer.alloc(10_240, 'abc'));
    const sent = await caller.request(
      SEND_MESSAGE_V2,
      {
        ...SEND_FIELDS,
        topic: 'T',
        bornTimestamp: stage.clock.now(),
        sysFlag: flags,
        properties: properties({ UNIQ_KEY: 'k1', TRAN_MSG: 'true', PGROUP: 'PG' }),
      },
      { body },
    );
    assert.equal(sent.code, ResponseCode.SUCCESS);
    await pass(caller, 30_000);
    const given = await caller.last(DISCARDED);
    assert.deepEqual(given.body, body);
    const msgId = createOffsetMessageId(given.storeHost, given.physicalOffset);
    const resume = (): Promise<{ readonly code: number; readonly remark: string | undefined }> =>
      caller.request(RESUME_CHECK_HALF_MESSAGE, { msgId, topic: 'T' });
    assert.equal((await resume()).code, ResponseCode.SUCCESS);
    assert.match((await resume()).remark ?? '', /was resumed before/);
    const checks = collectChecks(caller, () => COMMIT);
    await pass(caller, 25_000);
    assert.equal(checks.length, 1);
    assert.deepEqual(checks[0]!.message.body, body);
    const [committed] = await caller.messages('T');
    assert.deepEqual(committed!.body, body);
    assert.equal(committed!.sysFlag & 0x701, flags);
    assert.equal(committed!.properties.get(MessageProperty.TRANSACTION_CHECK_TIMES), '1');
  });
}

test('only what was given up is resumed', async () => {
  await start();
  const resumed = async (msgId: string): Promise<string> => {
    const { code, remark } = await caller.request(RESUME_CHECK_HALF_MESSAGE, { msgId });
    assert.equal(code, ResponseCode.SYSTEM_ERROR);
    return remark ?? '';
  };
  const open = await sendHalf(caller, 'T', 'k1');
  const plain = await caller.send('T', 'plain');
  const idOf = (offset: number): string =>
    plain.header.msgId.slice(0, 16) + offset.toString(16).padStart(16, '0').toUpperCase();
  assert.match(await resumed(''), /no offset message id/);
  assert.match(await resumed('zz'), /no offset message id/);
  assert.match(await resumed(idOf(77)), /has no message/);
  assert.match(await resumed(plain.header.msgId), /is not half of a transaction/);
  assert.match(await resumed(idOf(open.commitLogOffset)), /is open and is checked/);
  await end(caller, open, COMMIT);
  assert.match(await resumed(idOf(open.commitLogOffset)), /was ended/);
  const committed = await caller.last('T');
  assert.match(await resumed(idOf(committed.physicalOffset)), /is not half/);
});

test('half messages from clocks that are ahead or behind are asked for, and none is given up unasked', async () => {
  await start();
  for (const [key, shiftMs] of [
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
    ['ancient', -400 * 3_600_000],
  ] as const) {
    await caller.send('T', key, {
      properties: properties({ UNIQ_KEY: key, TRAN_MSG: 'true', PGROUP: 'PG' }),
      bornTimestamp: stage.clock.now() + shiftMs,
    });
  }
  const checks = collectChecks(caller, () => COMMIT);
  await pass(caller, 31_000);
  assert.deepEqual(
    checks.map(({ half }) => half.transactionId),
    ['ahead', 'behind', 'ancient'],
  );
});

test('op messages are stored when they are full, and hold what they may', async () => {
  await start({ transactionOpMsgMaxSize: '20' });
  const halves = [];
  for (let i = 0; i < 25; i++) halves.push(await sendHalf(caller, 'T', `k${i}`));
  for (const half of halves) void end(caller, half, ROLLBACK);
  await stage.clock.advance(100);
  const full = await caller.bodies(OPS);
  assert.deepEqual(full, ['0,1,2,3,4,5,6,7,8,9,', '10,11,12,13,14,15,16,', '17,18,19,20,21,22,23,']);
  await stage.clock.advance(3000);
  assert.deepEqual((await caller.bodies(OPS)).at(-1), '24,');
});
