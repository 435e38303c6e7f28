import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { LocalTransactionState } from '@rocketmq-ts/client';
import {
  decodeKVTable,
  END_TRANSACTION,
  GET_BROKER_RUNTIME_INFO,
  GET_ROUTEINFO_BY_TOPIC,
  GET_TIMER_CHECK_POINT,
  MessageSysFlag,
  parseOffsetMessageId,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { type Cluster, type ClusterLogLine, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'TopicTest';
const EACH = 6;

let cluster: Cluster;
let lines: ClusterLogLine[];
/** Bodies as consumers got them. */
let got: string[];
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
});

/** Two masters with slaves of their own: broker-a is what things happen to, broker-b takes what escapes. */
async function start(slaves: number, options: Parameters<typeof startCluster>[0] = {}): Promise<void> {
  [got, lines] = [[], []];
  const { brokerProperties, ...rest } = options;
  cluster = await startCluster({
    ...{ seed: 41, brokers: 2, slaves, topics: { [TOPIC]: 2 }, onLog: (line) => void lines.push(line) },
    nameServerProperties: { supportActingMaster: 'true', notifyMinBrokerIdChanged: 'true' },
    brokerProperties: {
      ...{ enableSlaveActingMaster: 'true', enableRemoteEscape: 'true', slaveReadEnable: 'true' },
      ...{ totalReplicas: String(slaves + 1), transactionTimeOut: '3000', transactionCheckInterval: '2000' },
      ...brokerProperties,
    },
    ...rest,
  });
  const billing = { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;
  await cluster.consumer(billing, (message) => void got.push(message.text()));
  await cluster.advance(5000);
}

let answer: LocalTransactionState;

/** Delayed messages, timers and open transactions, at both masters. Resolves with their bodies when slaves have them. */
async function leavePending(): Promise<string[]> {
  answer = 'UNKNOWN';
  const producer = await cluster.producer({ producerGroup: 'orders' });
  const transactions = await cluster.transactionProducer({
    ...{ producerGroup: 'payments', topics: [TOPIC], check: async () => answer },
  });
  const bodies: string[] = [];
  for (let index = 0; index < EACH; index++) {
    await cluster.run(producer.send({ topic: TOPIC, body: `delayed ${index}`, delayLevel: 4 }));
    await cluster.run(producer.send({ topic: TOPIC, body: `timer ${index}`, delayMs: 30_000 + index }));
    const message = { topic: TOPIC, body: `transaction ${index}` };
    await cluster.run(transactions.sendInTransaction(message, async () => 'UNKNOWN'));
    bodies.push(`delayed ${index}`, `timer ${index}`, `transaction ${index}`);
  }
  await cluster.advance(4000);
  return bodies.sort();
}

const acts = (machine: string): number =>
  lines.filter((line) => line.machine === machine && /open transactions of the absent master/.test(line.sentence))
    .length;

test('master and slave without a message find each other, and both are online', async () => {
  await start(1, { topics: {} });
  await cluster.advance(6000);
  const online = (machine: string): boolean =>
    lines.some((line) => line.machine === machine && line.sentence === 'this broker is online');
  for (const machine of ['broker-a', 'broker-a-s1']) assert.ok(online(machine), machine);
});

test('what a killed master left pending is delivered by its slave, once, and not again after its return', async () => {
  await start(1);
  const bodies = await leavePending();
  cluster.broker('broker-a').kill();
  answer = 'COMMIT';
  await cluster.advance(45_000);
  assert.deepEqual([...got].sort(), bodies);
  assert.ok(acts('broker-a-s1') > 0);
  await cluster.broker('broker-a').start();
  await cluster.advance(40_000);
  assert.deepEqual([...got].sort(), bodies);
});

test('a late end of a transaction that its slave moved to another master stores nothing at the returned master', async () => {
  await start(1);
  const transactions = await cluster.transactionProducer({
    ...{ producerGroup: 'payments', topics: [TOPIC], check: async () => answer },
  });
  answer = 'UNKNOWN';
  const halves: { offsetMsgId: string | undefined; queueOffset: number; brokerName: string }[] = [];
  const bodies = Array.from({ length: EACH }, (_, index) => `transaction ${index}`);
  for (const body of bodies) {
    const sent = await cluster.run(transactions.sendInTransaction({ topic: TOPIC, body }, async () => 'UNKNOWN'));
    halves.push({ ...sent, brokerName: sent.messageQueue.brokerName });
  }
  // Into the slave's log, and not yet checked: later ends are about these offsets.
  await cluster.advance(1000);
  cluster.broker('broker-a').kill();
  await cluster.advance(20_000);
  answer = 'COMMIT';
  await cluster.advance(10_000);
  assert.deepEqual([...got].sort(), bodies);
  await cluster.broker('broker-a').start();
  await cluster.advance(20_000);
  const own = halves.filter(({ brokerName }) => brokerName === 'broker-a');
  assert.ok(own.length > 0);
  for (const { offsetMsgId, queueOffset } of own) {
    const response = await cluster.run(
      cluster.admin.ask(cluster.broker('broker-a').address, END_TRANSACTION, {
        ...{ producerGroup: 'payments', commitOrRollback: MessageSysFlag.TRANSACTION_COMMIT },
        ...{ commitLogOffset: parseOffsetMessageId(offsetMsgId!).physicalOffset, tranStateTableOffset: queueOffset },
      }),
    );
    assert.match(response?.remark ?? '', /was ended before/);
  }
  await cluster.advance(5000);
  assert.deepEqual([...got].sort(), bodies);
});

test('the timer checkpoint of a master without a timer begins where the master does: Apache’s slave reads each second from there', async () => {
  await start(1, { topics: {} });
  await cluster.advance(4000);
  for (const machine of ['broker-a', 'broker-a-s1']) {
    const { address } = cluster.broker(machine);
    const response = await cluster.run(cluster.admin.ask(address, GET_TIMER_CHECK_POINT, {}));
    const agoMs = cluster.clock.now() - Number(response!.body.readBigInt64BE(0));
    assert.ok(agoMs >= 0 && agoMs < 60_000, `${machine}: ${agoMs} ms ago`);
  }
});

test('a slave is no further behind in its timers than its master, however long there is none', async () => {
  await start(1, { topics: {} });
  await cluster.advance(300_000);
  for (const machine of ['broker-a', 'broker-a-s1']) {
    const { address } = cluster.broker(machine);
    const response = await cluster.run(cluster.admin.ask(address, GET_BROKER_RUNTIME_INFO, {}));
    const behindSeconds = Number(decodeKVTable(response!.body).get('timerReadBehind'));
    assert.ok(behindSeconds <= 2, `${machine}: ${behindSeconds} s behind`);
  }
});

/** The count of changes in the timer checkpoint of a broker, by which Apache's master knows the newer one. */
async function timerVersion(machine: string): Promise<bigint> {
  const { address } = cluster.broker(machine);
  const response = await cluster.run(cluster.admin.ask(address, GET_TIMER_CHECK_POINT, {}));
  return response!.body.readBigInt64BE(48);
}

test('the timer checkpoint of a slave has its master’s version, and a newer one than that had once it delivered for it', async () => {
  await start(1);
  await leavePending();
  // Each change of the master's is counted, also those after the slave has asked.
  const followed = await timerVersion('broker-a-s1');
  await cluster.advance(2000);
  const last = await timerVersion('broker-a');
  assert.ok(followed > 0n && followed <= last, `${followed} of ${last}`);
  cluster.broker('broker-a').kill();
  await cluster.advance(32_000);
  assert.ok((await timerVersion('broker-a-s1')) >= last + 10n);
});

test('when the acting slave is killed too the next one continues, and the master continues after both', async () => {
  await start(2);
  const bodies = await leavePending();
  cluster.broker('broker-a').kill();
  await cluster.advance(500);
  cluster.broker('broker-a-s1').kill();
  answer = 'COMMIT';
  await cluster.advance(45_000);
  assert.deepEqual([...new Set(got)].sort(), bodies);
  await cluster.broker('broker-a').start();
  await cluster.broker('broker-a-s1').start();
  await cluster.advance(40_000);
  assert.deepEqual([...new Set(got)].sort(), bodies);
});

test('a master that returns while its slave acts ends that work before it begins its own', async () => {
  await start(1);
  const bodies = await leavePending();
  cluster.broker('broker-a').kill();
  await cluster.advance(3000);
  await cluster.broker('broker-a').start();
  answer = 'COMMIT';
  await cluster.advance(40_000);
  assert.deepEqual([...got].sort(), bodies);
});

test('a slave that still hears its master does not act for it, whatever name servers say', async () => {
  await start(1, { nameServers: 2 });
  const bodies = await leavePending();
  answer = 'COMMIT';
  cluster.partition('broker-a', 'namesrv-1');
  cluster.partition('broker-a', 'namesrv-2');
  await cluster.advance(60_000);
  assert.equal(acts('broker-a-s1'), 0);
  cluster.heal();
  await cluster.advance(20_000);
  assert.deepEqual([...got].sort(), bodies);
});

test('a slave whose log was cut off delivers the timers of its master’s new log, each once, also after a restart', async () => {
  await start(1, { brokerProperties: { skipPreOnline: 'true', slaveTruncateOnDivergence: 'true' } });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  const queue = { topic: TOPIC, brokerName: 'broker-a', queueId: 0 };
  const send = async (what: string, count: number, delayMs: number): Promise<string[]> => {
    const bodies = Array.from({ length: count }, (_, index) => `${what} ${index}`);
    for (const body of bodies) await cluster.run(producer.send({ topic: TOPIC, body, delayMs }, { queue }));
    return bodies.sort();
  };
  const old = await send('old', 12, 3000);
  await cluster.advance(10_000);
  assert.deepEqual(got.sort(), old);
  const master = cluster.broker('broker-a');
  master.kill();
  master.platform.disk.replace();
  await master.start();
  await cluster.createTopic(TOPIC, 2);
  // More than were there, before the slave asks how far its master is.
  const bodies = await send('new', 14, 40_000);
  await cluster.advance(15_000);
  const { disk } = cluster.broker('broker-a-s1').platform;
  assert.equal(disk.list('/store/truncated-log').length, 1);
  got = [];
  master.kill();
  await cluster.advance(60_000);
  assert.deepEqual(got.sort(), bodies);
  cluster.broker('broker-a-s1').kill();
  await cluster.broker('broker-a-s1').start();
  await cluster.advance(60_000);
  assert.deepEqual(got.sort(), bodies);
});

test('consumers read and commit at the acting slave, and do not get it again from the master', async () => {
  await start(1);
  const producer = await cluster.producer({ producerGroup: 'orders' });
  const bodies: string[] = [];
  for (let index = 0; index < 40; index++) bodies.push(`message ${index}`);
  for (const body of bodies) await cluster.run(producer.send({ topic: TOPIC, body }));
  await cluster.advance(2000);
  assert.equal(got.length, 40);
  const more = bodies.map((body) => `later ${body}`);
  for (const body of more) await cluster.run(producer.send({ topic: TOPIC, body }));
  cluster.broker('broker-a').kill();
  await cluster.advance(25_000);
  assert.deepEqual([...new Set(got)].sort(), [...bodies, ...more].sort(), 'all that is there comes');
  const before = got.length;
  await cluster.broker('broker-a').start();
  await cluster.advance(25_000);
  assert.equal(got.length, before, 'nothing comes again');
});

test('with disappearTimeAfterStart a broker is known to name servers, and delivers timers, only then', async () => {
  await start(0, { brokers: 1, brokerProperties: { totalReplicas: '1' } });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  await cluster.run(producer.send({ topic: TOPIC, body: 'timer', delayMs: 2000 }));
  cluster.broker('broker-a').kill();
  await cluster.broker('broker-a').start({ disappearTimeAfterStart: '15000' });
  const isKnown = async (): Promise<boolean> => {
    const { address } = cluster.nameServer('namesrv-1');
    const response = await cluster.run(cluster.admin.ask(address, GET_ROUTEINFO_BY_TOPIC, { topic: TOPIC }));
    return response?.code === ResponseCode.SUCCESS;
  };
  await cluster.advance(12_000);
  assert.deepEqual([await isKnown(), got], [false, []]);
  await cluster.advance(10_000);
  assert.deepEqual([await isKnown(), got], [true, ['timer']]);
});
