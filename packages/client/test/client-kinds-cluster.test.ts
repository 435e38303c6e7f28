import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { LocalTransactionState, MessageExt, TransactionProducerOptions } from '@rocketmq-ts/client';
import { decodeTraceRecords } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';
/** A broker that asks soon. */
const asking = { transactionTimeOut: '6000', transactionCheckInterval: '5000' };

let cluster: Cluster;
let received: MessageExt[];

async function start(brokerProperties: Record<string, string>, brokers = 1): Promise<void> {
  cluster = await startCluster({ seed: 51, brokers, topics: { [TOPIC]: 2 }, brokerProperties });
  received = [];
  const options = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;
  await cluster.consumer(options, (message) => void received.push(message));
}
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
});

const transactions = (check: TransactionProducerOptions['check']) =>
  cluster.transactionProducer({ producerGroup: 'orders', topics: [TOPIC], check });
const bodies = (): string[] => received.map((message) => message.text()).sort();

test('consumers get what is committed, not what is rolled back or open', async () => {
  await start(asking);
  const producer = await transactions(async () => 'UNKNOWN');
  for (const [index, state] of (['COMMIT', 'ROLLBACK', 'UNKNOWN', 'COMMIT'] as const).entries()) {
    const message = { topic: TOPIC, body: `${state} ${index}`, keys: 'k' };
    const result = await cluster.run(producer.sendInTransaction(message, async () => state));
    assert.equal(result.sendStatus, 'SEND_OK');
  }
  await cluster.advance(20_000);
  assert.deepEqual(bodies(), ['COMMIT 0', 'COMMIT 3']);
  assert.equal(received[0]!.transactionId, received[0]!.msgId);
});

test('the state of what was left open is asked for until the check knows it', async () => {
  await start(asking);
  const asked: string[] = [];
  const answers: (() => LocalTransactionState)[] = [
    () => {
      throw new Error('the database is away');
    },
    () => 'UNKNOWN',
    () => 'COMMIT',
  ];
  const producer = await transactions(async (message) => {
    asked.push(message.transactionId!);
    return answers[asked.length - 1]!();
  });
  const result = await cluster.run(
    producer.sendInTransaction({ topic: TOPIC, body: 'open' }, () => Promise.reject(new Error('not now'))),
  );
  await cluster.advance(60_000);
  assert.deepEqual(asked, [result.transactionId, result.transactionId, result.transactionId]);
  assert.deepEqual(bodies(), ['open']);
  assert.equal(received[0]!.msgId, result.msgId);
});

test('a producer that dies in its local transaction is answered for by another process of its group', async () => {
  await start(asking);
  const producer = await transactions(async () => 'ROLLBACK');
  let stored = 0;
  for (const body of ['first', 'second']) {
    producer
      .sendInTransaction({ topic: TOPIC, body }, () => {
        stored++;
        return new Promise(() => {});
      })
      .catch(() => {});
  }
  await cluster.advance(1000);
  assert.equal(stored, 2);
  cluster.killClient(producer);
  await cluster.advance(1000);
  await transactions(async (message) => (message.text() === 'first' ? 'COMMIT' : 'ROLLBACK'));
  await cluster.advance(60_000);
  assert.deepEqual(bodies(), ['first']);
});

test('an outcome that is lost with the connection, or with the broker, is asked for', async () => {
  await start(asking);
  const producer = await transactions(async () => 'COMMIT');
  const cut = await cluster.run(
    producer.sendInTransaction({ topic: TOPIC, body: 'cut' }, async () => {
      cluster.partition('broker-a', 'client-2');
      return 'COMMIT';
    }),
  );
  assert.equal(cut.localTransactionState, 'COMMIT');
  cluster.heal();
  await cluster.run(
    producer.sendInTransaction({ topic: TOPIC, body: 'killed' }, async () => {
      cluster.broker('broker-a').kill();
      return 'COMMIT';
    }),
  );
  await cluster.broker('broker-a').start();
  await cluster.advance(120_000);
  assert.deepEqual([...new Set(bodies())], ['cut', 'killed']);
});

test('the trace of a transaction, its consumer and its failures is in the trace topic', async () => {
  await start({ ...asking, traceTopicEnable: 'true' });
  const producer = await cluster.transactionProducer({
    producerGroup: 'orders',
    enableMsgTrace: true,
    check: async () => 'UNKNOWN',
  });
  const options = { consumerGroup: 'audit', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;
  const consumer = await cluster.consumer({ ...options, enableMsgTrace: true }, () => {});
  const traces: MessageExt[] = [];
  const readers = {
    consumerGroup: 'traces',
    consumeFrom: 'FIRST_OFFSET',
    topics: { RMQ_SYS_TRACE_TOPIC: '*' },
  } as const;
  await cluster.consumer(readers, (message) => void traces.push(message));
  const { msgId } = await cluster.run(
    producer.sendInTransaction({ topic: TOPIC, body: 'x', keys: 'k' }, async () => 'COMMIT'),
  );
  await cluster.advance(2000);
  await cluster.stopClient(producer);
  await cluster.stopClient(consumer);
  await cluster.advance(5000);
  const records = traces.flatMap((message) => decodeTraceRecords(message.text()));
  assert.deepEqual(records.map(({ type }) => type).sort(), ['EndTransaction', 'Pub', 'SubAfter', 'SubBefore']);
  for (const record of records) assert.equal(record.msgId, msgId);
  for (const trace of traces) assert.ok(trace.keys.includes(msgId));
});

const timers = { timerWheelEnable: 'true', recallMessageEnable: 'true', timerPrecisionMs: '100' };

test('a message comes after its delay or at its time, never before, and at once when that is past', async () => {
  await start(timers);
  const producer = await cluster.producer({ producerGroup: 'timers' });
  const startMs = cluster.clock.now();
  const due: Record<string, number> = {
    delay: startMs + 2500,
    time: startMs + 5000,
    date: startMs + 1500,
    past: startMs,
  };
  const messages = [
    { body: 'delay', delayMs: 2500 },
    { body: 'time', deliverAt: startMs + 5000 },
    { body: 'date', deliverAt: new Date(startMs + 1500) },
    { body: 'past', deliverAt: startMs - 86_400_000 },
  ];
  for (const message of messages) await cluster.run(producer.send({ topic: TOPIC, ...message }));
  await cluster.advance(10_000);
  assert.deepEqual(bodies(), ['date', 'delay', 'past', 'time']);
  for (const message of received) {
    const lateMs = message.consumeStartMs! - due[message.text()]!;
    assert.ok(lateMs >= 0 && lateMs < 1000, `"${message.text()}" came ${lateMs} ms late`);
  }
});

test('a recalled message does not come; twice is as good as once, and a delivered one is not called back', async () => {
  await start(timers);
  const producer = await cluster.producer({ producerGroup: 'timers' });
  const send = (body: string) => cluster.run(producer.send({ topic: TOPIC, body, delayMs: 3000 }));
  const [, second] = [await send('first'), await send('second'), await send('third')];
  const other = await cluster.producer({ producerGroup: 'others' });
  for (const from of [producer, other, producer]) {
    assert.equal(await cluster.run(from.recall(TOPIC, second.recallHandle!)), second.msgId);
  }
  await cluster.advance(10_000);
  assert.deepEqual(bodies(), ['first', 'third']);
  await assert.rejects(cluster.run(producer.recall(TOPIC, second.recallHandle!)), { code: 'BROKER_REFUSED' });
  const plain = await cluster.run(producer.send({ topic: TOPIC, body: 'plain' }));
  assert.equal(plain.recallHandle, undefined);
});

test('a recall where the broker has them switched off is refused with its remark', async () => {
  await start({ ...timers, recallMessageEnable: 'false' });
  const producer = await cluster.producer({ producerGroup: 'timers' });
  const { recallHandle } = await cluster.run(producer.send({ topic: TOPIC, body: 'x', delayMs: 3000 }));
  await assert.rejects(cluster.run(producer.recall(TOPIC, recallHandle!)), {
    code: 'BROKER_REFUSED',
    responseCode: 16,
  });
});

test('the delay of a transactional message counts from its commit', async () => {
  await start({ ...asking, ...timers });
  const producer = await transactions(async () => 'UNKNOWN');
  const committedMs: number[] = [];
  const sent = producer.sendInTransaction({ topic: TOPIC, body: 'x', delayMs: 4000 }, async () => {
    await new Promise<void>((resolve) => cluster.clock.after(2000, resolve));
    committedMs.push(cluster.clock.now());
    return 'COMMIT';
  });
  await cluster.run(sent);
  await cluster.advance(10_000);
  assert.deepEqual(bodies(), ['x']);
  const delayMs = received[0]!.consumeStartMs! - committedMs[0]!;
  assert.ok(delayMs >= 4000 && delayMs < 5000, `${delayMs} ms after the commit`);
});
