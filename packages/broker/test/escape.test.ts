import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { LocalTransactionState, Producer, TransactionProducer } from '@rocketmq-ts/client';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';
const COUNT = 12;

let cluster: Cluster;
/** Bodies as consumers got them. */
let got: string[];
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
});

/** Two masters; the consumer is there from the start. */
async function start(properties: Readonly<Record<string, string>> = {}): Promise<void> {
  got = [];
  cluster = await startCluster({
    ...{ seed: 31, brokers: 2, topics: { [TOPIC]: 2 } },
    nameServerProperties: { supportActingMaster: 'true' },
    brokerProperties: {
      ...{ enableSlaveActingMaster: 'true', enableRemoteEscape: 'true', slaveReadEnable: 'true' },
      ...{ transactionTimeOut: '3000', transactionCheckInterval: '2000', ...properties },
    },
  });
  const options = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;
  await cluster.consumer(options, (message) => void got.push(message.text()));
}

/** The log of broker-a is that of a slave from now on, whose master is gone. */
async function masterIsGone(): Promise<void> {
  await cluster.advance(1000);
  cluster.broker('broker-a').kill();
  await cluster.broker('broker-a').start({ brokerRole: 'SLAVE', brokerId: '1' });
  await cluster.advance(3000);
}

/** And that of a master again. */
async function masterIsBack(): Promise<void> {
  await cluster.broker('broker-a').stop();
  await cluster.broker('broker-a').start({ brokerRole: 'ASYNC_MASTER', brokerId: '0' });
  await cluster.advance(3000);
}

const bodies = (): string[] => Array.from({ length: COUNT }, (_, index) => `message ${index}`);
const sortedBodies = (): string[] => bodies().sort();

async function sendDelayed(producer: Producer, options: (index: number) => object): Promise<Set<string>> {
  const brokers = new Set<string>();
  for (const [index, body] of bodies().entries()) {
    const { messageQueue } = await cluster.run(producer.send({ topic: TOPIC, body, ...options(index) }));
    brokers.add(messageQueue.brokerName);
  }
  return brokers;
}

for (const [kind, options] of [
  ['delayed messages', () => ({ delayLevel: 4 })],
  ['timer messages', (index: number) => ({ delayMs: 30_000 + index * 100 })],
] as const) {
  test(`${kind} of an absent master are delivered by its slave through another master, each once`, async () => {
    await start();
    const producer = await cluster.producer({ producerGroup: 'orders' });
    assert.equal((await sendDelayed(producer, options)).size, 2);
    await masterIsGone();
    await cluster.advance(20_000);
    assert.deepEqual(got, [], 'none is early');
    await cluster.advance(20_000);
    assert.deepEqual([...got].sort(), sortedBodies());
    await masterIsBack();
    await cluster.advance(40_000);
    assert.deepEqual([...got].sort(), sortedBodies());
  });

  test(`without enableRemoteEscape ${kind} wait for the master, and none is lost`, async () => {
    await start({ enableRemoteEscape: 'false' });
    const producer = await cluster.producer({ producerGroup: 'orders' });
    await sendDelayed(producer, options);
    await masterIsGone();
    await cluster.advance(40_000);
    assert.ok(got.length > 0 && got.length < COUNT, `${got.length} came`);
    await masterIsBack();
    await cluster.advance(20_000);
    assert.deepEqual([...got].sort(), sortedBodies());
  });

  test(`while no other master takes them ${kind} are kept by the slave`, async () => {
    await start();
    const producer = await cluster.producer({ producerGroup: 'orders' });
    await sendDelayed(producer, options);
    await cluster.advance(500);
    cluster.broker('broker-b').kill();
    await masterIsGone();
    await cluster.advance(40_000);
    assert.deepEqual(got, []);
    await cluster.broker('broker-b').start();
    await cluster.advance(40_000);
    assert.deepEqual([...new Set(got)].sort(), sortedBodies());
  });
}

for (const [kind, options] of [
  ['delayed messages', () => ({ delayLevel: 4 })],
  ['timer messages', (index: number) => ({ delayMs: 30_000 + index * 500 })],
] as const) {
  test(`one of the ${kind} that the other master finds illegal does not hold up those behind it`, async () => {
    await start();
    const producer = await cluster.producer({ producerGroup: 'orders' });
    const queue = { topic: TOPIC, brokerName: 'broker-a', queueId: 0 };
    for (const [index, body] of ['first', 'x'.repeat(3000), ...bodies()].entries())
      await cluster.run(producer.send({ topic: TOPIC, body, ...options(index) }, { queue }));
    await cluster.broker('broker-b').stop();
    await cluster.broker('broker-b').start({ maxMessageSize: '2000' });
    await masterIsGone();
    await cluster.advance(60_000);
    assert.deepEqual([...new Set(got)].sort(), ['first', ...sortedBodies()]);
  });
}

test('messages far ahead in time pass to another master’s wheel', async () => {
  await start({ timerRollWindowSlot: '120' });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  await sendDelayed(producer, () => ({ delayMs: 300_000 }));
  await masterIsGone();
  await cluster.advance(280_000);
  assert.deepEqual(got, [], 'none is early');
  await cluster.advance(40_000);
  assert.deepEqual([...got].sort(), sortedBodies());
});

async function openTransactions(answer: () => LocalTransactionState): Promise<TransactionProducer> {
  const producer = await cluster.transactionProducer({
    ...{ producerGroup: 'payments', topics: [TOPIC], check: async () => answer() },
  });
  for (const body of bodies())
    await cluster.run(producer.sendInTransaction({ topic: TOPIC, body }, async () => 'UNKNOWN'));
  return producer;
}

test('open transactions of an absent master are asked for and ended by another master, each once', async () => {
  await start();
  let answer: LocalTransactionState = 'UNKNOWN';
  await openTransactions(() => answer);
  await masterIsGone();
  answer = 'COMMIT';
  await cluster.advance(30_000);
  assert.deepEqual([...got].sort(), sortedBodies());
  await masterIsBack();
  await cluster.advance(40_000);
  assert.deepEqual([...got].sort(), sortedBodies());
});

test('without enableRemoteEscape open transactions wait for the master, and none is lost', async () => {
  await start({ enableRemoteEscape: 'false' });
  let answer: LocalTransactionState = 'UNKNOWN';
  await openTransactions(() => answer);
  await masterIsGone();
  answer = 'COMMIT';
  await cluster.advance(30_000);
  assert.ok(got.length < COUNT, `${got.length} came`);
  await masterIsBack();
  await cluster.advance(30_000);
  assert.deepEqual([...got].sort(), sortedBodies());
});
