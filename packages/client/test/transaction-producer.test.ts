import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  ClientError,
  type ClientErrorCode,
  type LocalTransactionState,
  type MessageExt,
  TransactionProducer,
  type TransactionProducerOptions,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessage, MessageSysFlag } from '@rocketmq-ts/protocol';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

const { TRANSACTION_COMMIT, TRANSACTION_ROLLBACK, TRANSACTION_NOT_TYPE } = MessageSysFlag;
const message = { topic: 'TopicTest', tags: 'TagA', keys: ['k1'], body: 'Hello' };
const withCode = (code: ClientErrorCode) => (error: unknown) => error instanceof ClientError && error.code === code;

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let producers: TransactionProducer[];
let unhandled: unknown[];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

async function started(changes: Partial<TransactionProducerOptions> = {}): Promise<TransactionProducer> {
  const producer = new TransactionProducer({
    namesrvAddr: cluster.namesrvAddr,
    producerGroup: 'orders',
    platform: environment.machine('client'),
    logger: silentLogger,
    check: async () => 'UNKNOWN',
    ...changes,
  });
  producers.push(producer);
  await environment.clock.run(producer.start());
  return producer;
}

const run = <T>(promise: Promise<T>): Promise<T> => environment.clock.run(promise);

beforeEach(async () => {
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
  environment = new SimulatedEnvironment(31);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 4 });
  producers = [];
});

afterEach(async () => {
  for (const producer of producers) await run(producer.stop());
  await run(cluster.stop());
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled, []);
  assert.equal(environment.clock.pendingTimers, 0, 'a stopped producer leaves no timer');
  assert.equal(environment.network.connectionCount, 0, 'a stopped producer leaves no connection');
});

// Source: DefaultMQProducerImpl#sendMessageInTransaction, #endTransaction.
test('a half message is marked, and its outcome is sent with the place where it lies', async () => {
  const producer = await started();
  const codes = { COMMIT: TRANSACTION_COMMIT, ROLLBACK: TRANSACTION_ROLLBACK, UNKNOWN: TRANSACTION_NOT_TYPE };
  for (const [index, state] of (['COMMIT', 'ROLLBACK', 'UNKNOWN'] as const).entries()) {
    let seen: string | undefined;
    const result = await run(
      producer.sendInTransaction(message, async (local) => {
        seen = local.transactionId;
        assert.equal(cluster.ended.length, index, 'the broker hears of it when the local transaction has ended');
        assert.equal(local.body, 'Hello');
        return state;
      }),
    );
    const half = decodeMessage(cluster.log[index]!.record);
    assert.equal(half.property('TRAN_MSG'), 'true');
    assert.equal(half.property('PGROUP'), 'orders');
    assert.equal(half.uniqueKey, seen);
    assert.equal(result.transactionId, seen);
    assert.equal(result.localTransactionState, state);
    assert.equal(result.localTransactionError, undefined);
    assert.match(`${result}`, /^SendResult \[sendStatus=SEND_OK, msgId=/);
    await environment.clock.advance(10);
    const { header, remark } = cluster.ended[index]!;
    assert.equal(header.commitOrRollback, codes[state]);
    assert.equal(header.commitLogOffset, half.physicalOffset);
    assert.equal(header.tranStateTableOffset, result.queueOffset);
    assert.equal(header.msgId, result.msgId);
    assert.equal(header.producerGroup, 'orders');
    assert.equal(header.topic, 'TopicTest');
    assert.equal(header.targetBrokerName, 'broker-a');
    assert.equal(header.fromTransactionCheck, false);
    assert.equal(remark, '');
  }
});

test('a delay level has no effect in a transaction, a time of delivery has', async () => {
  const producer = await started();
  await run(producer.sendInTransaction({ ...message, delayLevel: 3 }, async () => 'COMMIT'));
  await run(producer.sendInTransaction({ ...message, delayMs: 1000 }, async () => 'COMMIT'));
  const [first, second] = cluster.log.map((one) => decodeMessage(one.record));
  assert.equal(first!.property('DELAY'), undefined);
  assert.equal(second!.property('TIMER_DELAY_MS'), '1000');
});

test('a local transaction that throws leaves its state unknown, and the caller and the broker get the error', async () => {
  const producer = await started();
  const thrown = new TypeError('no database');
  const bare = Object.create(null) as object;
  const cases: [() => never | Promise<never>, unknown, RegExp][] = [
    [
      () => {
        throw thrown;
      },
      thrown,
      /^executeLocalTransactionBranch exception: TypeError: no database$/,
    ],
    [() => Promise.reject(thrown), thrown, /TypeError: no database$/],
    [() => Promise.reject(bare), bare, /: a value of type object$/],
    [() => Promise.reject(`long ${'x'.repeat(5000)}`), `long ${'x'.repeat(5000)}`, /^.{900,1100}$/],
  ];
  for (const [index, [local, error, remark]] of cases.entries()) {
    const result = await run(producer.sendInTransaction(message, local));
    assert.equal(result.localTransactionState, 'UNKNOWN');
    assert.equal(result.localTransactionError, error);
    await environment.clock.advance(10);
    assert.equal(cluster.ended[index]!.header.commitOrRollback, TRANSACTION_NOT_TYPE);
    assert.match(cluster.ended[index]!.remark, remark);
  }
  const nothing = await run(producer.sendInTransaction(message, () => Promise.reject()));
  assert.ok(nothing.localTransactionError instanceof Error, 'a rejection without a reason is an error too');
});

test('nothing counts as unknown, and what is no state as an error', async () => {
  const producer = await started();
  for (const value of [undefined, null]) {
    const result = await run(producer.sendInTransaction(message, async () => value as undefined));
    assert.deepEqual([result.localTransactionState, result.localTransactionError], ['UNKNOWN', undefined]);
  }
  for (const value of ['COMMIT_MESSAGE', 'commit', true, 0, {}, Symbol('x'), Object.create(null)]) {
    const result = await run(producer.sendInTransaction(message, async () => value as LocalTransactionState));
    assert.equal(result.localTransactionState, 'UNKNOWN');
    assert.ok(withCode('TRANSACTION_STATE_ILLEGAL')(result.localTransactionError));
  }
});

test('a half message that is stored but not flushed is rolled back, and its local transaction does not run', async () => {
  const producer = await started();
  cluster.sendCode = 10;
  const result = await run(producer.sendInTransaction(message, () => assert.fail('it must not run')));
  assert.equal(result.sendStatus, 'FLUSH_DISK_TIMEOUT');
  assert.equal(result.localTransactionState, 'ROLLBACK');
  await environment.clock.advance(10);
  assert.equal(cluster.ended[0]!.header.commitOrRollback, TRANSACTION_ROLLBACK);
});

test('a half message that is refused, or illegal, rejects before its local transaction runs', async () => {
  const producer = await started({ retryTimesWhenSendFailed: 0 });
  const never = (): never => assert.fail('it must not run');
  cluster.refuseNext('SEND_MESSAGE_V2', 16, 'read only');
  await assert.rejects(run(producer.sendInTransaction(message, never)), withCode('SEND_FAILED'));
  const illegal: unknown[] = [[message], [], null, undefined, 'x', { topic: 'TopicTest' }, { ...message, body: '' }];
  for (const one of illegal) {
    await assert.rejects(run(producer.sendInTransaction(one as never, never)), withCode('MESSAGE_ILLEGAL'));
  }
  const long = { ...message, properties: { long: 'x'.repeat(32_680) } };
  await assert.rejects(run(producer.sendInTransaction(long, never)), withCode('MESSAGE_ILLEGAL'));
  await assert.rejects(run(producer.sendInTransaction({ ...message, topic: 'a b' }, never)), withCode('NAME_ILLEGAL'));
  await assert.rejects(run(producer.sendInTransaction(message, undefined as never)), withCode('OPTION_ILLEGAL'));
  await assert.rejects(run(producer.sendInTransaction(message, never, { timeoutMs: -1 })), withCode('OPTION_ILLEGAL'));
  assert.equal(cluster.log.length, 0);
  assert.equal(cluster.ended.length, 0);
  assert.equal(producer.openTransactions, 0);
});

test('options that cannot work are refused', async () => {
  const base = { namesrvAddr: cluster.namesrvAddr, producerGroup: 'orders', check: async () => 'UNKNOWN' as const };
  for (const change of [
    { check: undefined },
    { check: 'yes' },
    { checkThreadPoolMaxSize: 0 },
    { checkRequestHoldMax: -1 },
    { checkTimeoutMs: 0 },
  ]) {
    assert.throws(() => new TransactionProducer({ ...base, ...change } as never), withCode('OPTION_ILLEGAL'));
  }
});

// Source: DefaultMQProducerImpl#checkTransactionState.
test("a broker's question is answered with what the check says, at the place that it named", async () => {
  const checked: MessageExt[] = [];
  const producer = await started({
    check: async (half) => {
      checked.push(half);
      return 'COMMIT';
    },
  });
  const { transactionId } = await run(producer.sendInTransaction(message, async () => 'UNKNOWN'));
  await environment.clock.advance(10);
  cluster.askForTransaction('orders', cluster.log[0]!);
  await environment.clock.advance(10);
  assert.equal(checked.length, 1);
  assert.equal(checked[0]!.transactionId, transactionId);
  assert.equal(checked[0]!.text(), 'Hello');
  assert.deepEqual(checked[0]!.keys, ['k1']);
  const { header } = cluster.ended[1]!;
  assert.equal(header.commitOrRollback, TRANSACTION_COMMIT);
  assert.equal(header.fromTransactionCheck, true);
  assert.equal(header.tranStateTableOffset, 7);
  assert.equal(header.commitLogOffset, 700);
  assert.equal(header.msgId, transactionId);
  assert.equal(header.targetBrokerName, 'broker-a');
});

test('a transaction in a namespace has the names of the broker on the wire, and those of the user in the check', async () => {
  cluster.topics.set('ns%TopicTest', 1);
  const checked: string[] = [];
  const producer = await started({
    namespace: 'ns',
    check: async (half) => {
      checked.push(half.topic);
      return 'COMMIT';
    },
  });
  const { messageQueue } = await run(producer.sendInTransaction(message, async () => 'UNKNOWN'));
  assert.equal(messageQueue.topic, 'TopicTest');
  await environment.clock.advance(10);
  const half = cluster.log[0]!;
  assert.equal(half.topic, 'ns%TopicTest');
  cluster.askForTransaction('ns%orders', half);
  await environment.clock.advance(10);
  assert.deepEqual(checked, ['TopicTest']);
  for (const { header } of cluster.ended) {
    assert.deepEqual([header.topic, header.producerGroup], ['ns%TopicTest', 'ns%orders']);
  }
  assert.equal(cluster.ended.length, 2);
});

test('a broker is informed of the group as soon as the producer is connected to it', async () => {
  const producer = await started();
  assert.equal(cluster.producers.size, 0, 'it knows no broker yet');
  await run(producer.sendInTransaction(message, async () => 'COMMIT'));
  await environment.clock.advance(10);
  assert.ok([...cluster.producers.values()].some((groups) => groups.includes('orders')));
});

test('a member that sends nothing answers for the others, if it names the topic', async () => {
  const sender = await started({ instanceName: 'sender' });
  await run(sender.sendInTransaction(message, async () => undefined));
  await run(sender.stop());
  cluster.producers.clear();
  await started({ instanceName: 'other', topics: ['TopicTest'], check: async () => 'ROLLBACK' });
  await environment.clock.advance(10);
  cluster.askForTransaction('orders', cluster.log[0]!);
  await environment.clock.advance(10);
  assert.equal(cluster.ended.at(-1)!.header.commitOrRollback, TRANSACTION_ROLLBACK);
});

test('a check that throws, or returns no state, is answered as unknown with a remark', async () => {
  const answers: (() => unknown)[] = [
    () => {
      throw new Error('away');
    },
    () => 'MAYBE',
    () => undefined,
  ];
  const remarks = [/^checkLocalTransactionState Exception: Error: away$/, /MAYBE/, /^$/];
  let call = 0;
  const producer = await started({ check: () => answers[call++]!() as never });
  await run(producer.sendInTransaction(message, async () => 'UNKNOWN'));
  for (const remark of remarks) {
    cluster.askForTransaction('orders', cluster.log[0]!);
    await environment.clock.advance(10);
    const { header, remark: got } = cluster.ended.at(-1)!;
    assert.equal(header.commitOrRollback, TRANSACTION_NOT_TYPE);
    assert.match(got, remark);
  }
  assert.equal(cluster.ended.length, 4);
});

test('a check that hangs is answered as unknown in time, and the next ones are not held up', async () => {
  let calls = 0;
  const producer = await started({
    check: () => (calls++ === 0 ? new Promise(() => {}) : Promise.resolve('COMMIT')),
    checkThreadPoolMaxSize: 1,
    checkTimeoutMs: 2000,
  });
  await run(producer.sendInTransaction(message, async () => 'UNKNOWN'));
  await environment.clock.advance(10);
  cluster.askForTransaction('orders', cluster.log[0]!);
  cluster.askForTransaction('orders', cluster.log[0]!);
  await environment.clock.advance(1900);
  assert.equal(cluster.ended.length, 1);
  await environment.clock.advance(200);
  assert.deepEqual(
    cluster.ended.slice(1).map(({ header }) => header.commitOrRollback),
    [TRANSACTION_NOT_TYPE, TRANSACTION_COMMIT],
  );
  assert.match(cluster.ended[1]!.remark, /did not end within 2000 ms/);
});

test('checks run a bounded number at a time, and those beyond the queue are dropped', async () => {
  const open: (() => void)[] = [];
  const producer = await started({
    check: () => new Promise((resolve) => open.push(() => resolve('COMMIT'))),
    checkThreadPoolMaxSize: 2,
    checkRequestHoldMax: 3,
  });
  await run(producer.sendInTransaction(message, async () => 'UNKNOWN'));
  for (let i = 0; i < 10; i++) cluster.askForTransaction('orders', cluster.log[0]!);
  await environment.clock.advance(10);
  assert.equal(open.length, 2);
  for (let i = 0; i < 5; i++) {
    open[i]!();
    await environment.clock.advance(10);
  }
  assert.equal(open.length, 5, 'two ran and three waited');
  assert.equal(cluster.ended.length, 1 + 5);
});

test('a question for another group, for a plain producer or with a damaged message is passed over', async () => {
  const producer = await started();
  await run(producer.sendInTransaction(message, async () => 'UNKNOWN'));
  await environment.clock.advance(10);
  const { record } = cluster.log[0]!;
  const foreign = cluster.put('TopicTest', 0, 'x', { PGROUP: 'others', TRAN_MSG: 'true' });
  const nobody = cluster.put('TopicTest', 0, 'x', {});
  const damaged = { ...foreign, record: Buffer.from(record.subarray(0, 50)) };
  for (const one of [foreign, nobody]) cluster.askForTransaction('orders', one);
  const connection = [...cluster.connections.values()][0]!;
  const { CHECK_TRANSACTION_STATE } = await import('@rocketmq-ts/protocol');
  const header = { tranStateTableOffset: 0, commitLogOffset: 0 };
  connection.notify(CHECK_TRANSACTION_STATE, header, { body: damaged.record });
  connection.notify(CHECK_TRANSACTION_STATE, header);
  await environment.clock.advance(100);
  assert.equal(cluster.ended.length, 1);
  await run(producer.sendInTransaction(message, async () => 'COMMIT'));
});

test('stop waits for local transactions under way, whose state is sent', async () => {
  const producer = await started();
  const local = Promise.withResolvers<'COMMIT'>();
  const sent = producer.sendInTransaction(message, () => local.promise);
  await environment.clock.advance(100);
  assert.equal(producer.openTransactions, 1);
  const stopping = producer.stop();
  await environment.clock.advance(1000);
  await assert.rejects(run(producer.sendInTransaction(message, async () => 'COMMIT')), withCode('WRONG_STATE'));
  local.resolve('COMMIT');
  assert.equal((await run(sent)).endTransactionError, undefined);
  await run(stopping);
  assert.equal(cluster.ended[0]!.header.commitOrRollback, TRANSACTION_COMMIT);
});

test('the state of a local transaction that ends after stop is not sent, and its caller gets the reason', async () => {
  const producer = await started({ awaitTerminationMs: 500 });
  const local = Promise.withResolvers<'COMMIT'>();
  const sent = producer.sendInTransaction(message, () => local.promise);
  await environment.clock.advance(100);
  await run(producer.stop());
  local.resolve('COMMIT');
  const result = await run(sent);
  assert.equal(result.localTransactionState, 'COMMIT');
  assert.ok(withCode('STOPPED')(result.endTransactionError));
  assert.equal(cluster.ended.length, 0);
});

test('a caller may change its message while the half message is under way, and end the wait for it', async () => {
  const producer = await started();
  cluster.sendDelayMs = 100;
  const mine = { ...message, body: 'before' };
  const sent = producer.sendInTransaction(mine, async (local) => {
    assert.equal(local.body, 'before');
    return 'COMMIT';
  });
  mine.body = 'after';
  await run(sent);
  assert.equal(decodeMessage(cluster.log[0]!.record).body.toString(), 'before');
  const abort = new AbortController();
  const never = (): never => assert.fail('it must not run');
  const cut = producer.sendInTransaction(message, never, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await assert.rejects(run(cut), withCode('ABORTED'));
});

test('as many transactions may be under way as sends may be and wait', async () => {
  const producer = await started({ maxInFlight: 2, maxWaitingSends: 1, awaitTerminationMs: 100 });
  const local = Promise.withResolvers<'COMMIT'>();
  const open = [1, 2, 3].map(() => producer.sendInTransaction(message, () => local.promise));
  await environment.clock.advance(100);
  const late = producer.sendInTransaction(message, async () => 'COMMIT');
  await assert.rejects(run(late), withCode('TOO_MANY_SENDS'));
  local.resolve('COMMIT');
  await run(Promise.all(open));
  await run(producer.sendInTransaction(message, async () => 'COMMIT'));
});

test('a local transaction that stops its own producer does not hold the stop for ever', async () => {
  const producer = await started({ awaitTerminationMs: 500 });
  const sent = producer.sendInTransaction(message, async () => {
    await producer.stop();
    return 'COMMIT';
  });
  const result = await run(sent);
  assert.ok(withCode('STOPPED')(result.endTransactionError));
});
