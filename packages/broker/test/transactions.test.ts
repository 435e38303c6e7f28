import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { MessageSysFlag, parseMessageProperties, ResponseCode, UPDATE_BROKER_CONFIG } from '@rocketmq-ts/protocol';
import { type Caller, properties, Stage } from './stage.ts';
import { COMMIT, collectChecks, DISCARDED, end, HALF, OPS, pass, ROLLBACK, sendHalf } from './transacting.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
  await caller.putTopic('T', 2);
});
afterEach(() => stage.dispose());

const bodiesOf = async (topic: string): Promise<string[]> =>
  (await caller.pull(topic)).code === ResponseCode.PULL_NOT_FOUND ? [] : caller.bodies(topic);

// Source: TransactionalMessageBridge#parseHalfMessageInner.
test('a half message waits in the half topic, and its answer has its place there', async () => {
  const response = await caller.send('T', 'x', {
    queueId: 1,
    properties: properties({ UNIQ_KEY: 'k1', TRAN_MSG: 'true', PGROUP: 'PG', TAGS: 'a' }),
    sysFlag: MessageSysFlag.TRANSACTION_PREPARED,
  });
  assert.equal(response.header.transactionId, 'k1');
  assert.equal(response.header.queueOffset, 0);
  assert.equal(response.header.queueId, 1);
  const half = await caller.last(HALF);
  assert.equal(half.sysFlag & MessageSysFlag.TRANSACTION_MASK, 0);
  const { REAL_TOPIC, REAL_QID, __transactionId__, TRAN_MSG } = Object.fromEntries(half.properties);
  assert.deepEqual(
    { REAL_TOPIC, REAL_QID, __transactionId__, TRAN_MSG },
    {
      ...{ REAL_TOPIC: 'T', REAL_QID: '1', __transactionId__: 'k1', TRAN_MSG: 'true' },
    },
  );
  assert.deepEqual(await bodiesOf('T'), []);
});

test('a commit brings the message to its queue, and the op message follows in a batch', async () => {
  const first = await sendHalf(caller, 'T', 'k1');
  const second = await sendHalf(caller, 'T', 'k2');
  assert.equal((await end(caller, first, COMMIT)).code, ResponseCode.SUCCESS);
  assert.equal((await end(caller, second, COMMIT)).code, ResponseCode.SUCCESS);
  assert.deepEqual(await caller.bodies('T'), ['body of k1', 'body of k2']);
  const committed = (await caller.messages('T'))[0]!;
  assert.equal(committed.sysFlag & MessageSysFlag.TRANSACTION_MASK, COMMIT);
  assert.equal(committed.preparedTransactionOffset, first.commitLogOffset);
  assert.deepEqual(
    ['REAL_TOPIC', 'REAL_QID', 'TRAN_MSG', 'PGROUP'].map((name) => committed.properties.get(name)),
    [undefined, undefined, 'true', 'PG'],
  );
  assert.deepEqual(await bodiesOf(OPS), []);
  await stage.clock.advance(3100);
  const op = await caller.last(OPS);
  assert.equal(op.body.toString(), '0,1,');
  assert.deepEqual(Object.fromEntries(parseMessageProperties(op.propertiesText)), { WAIT: 'true', TAGS: 'd' });
});

test('a rolled back message reaches nobody and is never asked for', async () => {
  const checks = collectChecks(caller);
  const half = await sendHalf(caller, 'T', 'k1');
  assert.equal((await end(caller, half, ROLLBACK)).code, ResponseCode.SUCCESS);
  await pass(caller, 120_000);
  assert.deepEqual(await bodiesOf('T'), []);
  assert.deepEqual(checks, []);
  assert.deepEqual(await caller.bodies(OPS), ['0,']);
});

test('a transaction that is not ended is asked for, and its answer commits it', async () => {
  const half = await sendHalf(caller, 'T', 'k1', { TAGS: 'a' });
  const checks = collectChecks(caller, () => COMMIT);
  await pass(caller, 31_000);
  assert.equal(checks.length, 1);
  const [{ header, message }] = checks as [(typeof checks)[0]];
  assert.equal(message.topic, 'T');
  assert.equal(message.properties.get('TRANSACTION_CHECK_TIMES'), '1');
  assert.equal(header.topic, HALF);
  assert.equal(header.msgId, 'k1');
  assert.equal(header.transactionId, 'k1');
  assert.equal(header.targetBrokerName, 'a');
  assert.equal(header.tranStateTableOffset, half.tranStateTableOffset + 1);
  assert.equal(message.queueOffset, header.tranStateTableOffset);
  assert.equal(message.physicalOffset, header.commitLogOffset);
  assert.deepEqual(await caller.bodies('T'), ['body of k1']);
  await pass(caller, 120_000);
  assert.equal(checks.length, 1);
  assert.deepEqual(stage.saved('consumerOffset').offsetTable[`${HALF}@CID_RMQ_SYS_TRANS`], { 0: 2 });
});

test('what nobody ends is given up after transactionCheckMax checks', async () => {
  await caller.request(
    UPDATE_BROKER_CONFIG,
    {},
    { body: Buffer.from('transactionCheckMax=3\ntransactionCheckInterval=10000') },
  );
  const checks = collectChecks(caller);
  await sendHalf(caller, 'T', 'k1');
  await pass(caller, 100_000);
  assert.deepEqual(
    checks.map(({ message }) => message.properties.get('TRANSACTION_CHECK_TIMES')),
    ['1', '2', '3'],
  );
  assert.deepEqual(await caller.bodies(DISCARDED), ['body of k1']);
});

test('half messages are refused with rejectTransactionMessage, and served again without it', async () => {
  await caller.configure('rejectTransactionMessage=true');
  const half = properties({ UNIQ_KEY: 'k1', TRAN_MSG: 'true', PGROUP: 'PG' });
  const refused = await caller.send('T', 'x', { properties: half });
  assert.equal(refused.code, ResponseCode.NO_PERMISSION);
  assert.match(refused.remark ?? '', /^the broker\[.*\] sending transaction message is forbidden/);
  assert.deepEqual(await bodiesOf(HALF), []);
  await caller.configure('rejectTransactionMessage=false');
  assert.equal((await caller.send('T', 'x', { properties: half })).code, ResponseCode.SUCCESS);
});
