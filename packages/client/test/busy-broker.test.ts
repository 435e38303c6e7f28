import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { BrokerError, type SendResult } from '@rocketmq-ts/client';
import { ResponseCode } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** What producers do while a broker refuses sends as busy, since its disk is slow. */
const TOPIC = 'TopicTest';
const SYNC_FLUSH = { flushDiskType: 'SYNC_FLUSH' };

let cluster: Cluster;
afterEach(() => cluster.stop());

/** From now on one flush of a broker takes so long. */
function slowFlush(broker: string, delayMs: number): void {
  cluster.environment.machine(broker).disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs });
}

test('sends go to the other broker while the disk of one is slow, and none is lost or sent twice', async () => {
  cluster = await startCluster({ seed: 3, brokers: 2, topics: { [TOPIC]: 2 }, brokerProperties: SYNC_FLUSH });
  const producer = await cluster.producer({ producerGroup: 'orders', sendTimeoutMs: 8000 });
  const got: string[] = [];
  await cluster.consumer(
    { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } },
    (message) => void got.push(message.body.toString()),
  );
  slowFlush('broker-a', 5000);
  const sends: Promise<SendResult>[] = [];
  for (let nth = 0; nth < 40; nth++) {
    sends.push(producer.send({ topic: TOPIC, body: `${nth}` }));
    await cluster.advance(100);
  }
  const results = await cluster.run(Promise.all(sends));
  const late = results.slice(20).map(({ messageQueue }) => messageQueue.brokerName);
  assert.deepEqual([...new Set(late)], ['broker-b'], 'from the second second on all of them are at the other broker');
  await cluster.advance(10_000);
  assert.deepEqual(
    got.map(Number).sort((left, right) => left - right),
    sends.map((_, nth) => nth),
  );
});

test('with one broker a send is tried again as often as it may be, and ends with what the broker said', async () => {
  cluster = await startCluster({ seed: 4, topics: { [TOPIC]: 1 }, brokerProperties: SYNC_FLUSH });
  const patient = await cluster.producer({ producerGroup: 'patient', retryTimesWhenSendFailed: 10 });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  slowFlush('broker-a', 2500);
  const slow = producer.send({ topic: TOPIC, body: 'slow' });
  await cluster.advance(1500);
  const again = patient.send({ topic: TOPIC, body: 'again' });
  const results = await cluster.run(Promise.all([slow, again]));
  assert.deepEqual(
    results.map(({ sendStatus }) => sendStatus),
    ['SEND_OK', 'SEND_OK'],
  );
  slowFlush('broker-a', 20_000);
  void producer.send({ topic: TOPIC, body: 'first' }).catch(() => {});
  await cluster.advance(1500);
  const refused = producer.send({ topic: TOPIC, body: 'refused' }).catch((error: unknown) => error);
  const error = await cluster.run(refused);
  const cause = error instanceof BrokerError ? error : (error as Error).cause;
  assert.ok(cause instanceof BrokerError, `${error}`);
  assert.equal(cause.responseCode, ResponseCode.SYSTEM_BUSY);
  assert.match(
    cause.remark ?? '',
    /^\[REJECTREQUEST\]system busy, start flow control for a while: a flush of the commit log /,
  );
  await cluster.advance(30_000);
});
