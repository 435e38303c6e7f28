import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerError, type Message, type MessageExt, Producer, PushConsumer } from '@rocketmq-ts/client';
import { decodeRecallHandle, encodeRecallHandle } from '@rocketmq-ts/protocol';
import type { Cluster } from './cluster.ts';

const TEST_MS = 60_000;
/** `timerPrecisionMs` of the broker: Apache's rounds a time of delivery down to it. */
export const TIMER_PRECISION_MS = 100;
/** So late a delivery may be on a busy machine. */
const LATE_MS = 5000;

/** Our client's timer messages over whatever cluster is given; its broker has the wheel and recalls on. */
export function timerScenarios(clusterOf: () => Cluster): void {
  const scenario = (name: string, run: (cluster: Cluster) => Promise<void>): void =>
    void test(name, { timeout: TEST_MS }, () => run(clusterOf()));
  scenario('a message comes after its delay, at its time, or at once if that is past', onTime);
  scenario('a message that was recalled does not come, and the others do', recalled);
  scenario('forged handles and those of other topics are refused by the broker', forged);
}

async function onTime(cluster: Cluster): Promise<void> {
  const topic = 'TimersOnTime';
  const startMs = Date.now();
  const wanted: Record<string, { readonly message: Partial<Message>; readonly dueMs: number }> = {
    'after its delay': { message: { delayMs: 2500 }, dueMs: startMs + 2500 },
    'at its time': { message: { deliverAt: startMs + 3300 }, dueMs: startMs + 3300 },
    'at its date': { message: { deliverAt: new Date(startMs + 2000) }, dueMs: startMs + 2000 },
    'in the past': { message: { deliverAt: startMs - 60_000 }, dueMs: startMs },
    'by level': { message: { delayLevel: 1 }, dueMs: startMs + 1000 },
    'no delay': { message: {}, dueMs: startMs },
  };
  const deliveries = await withTimers(cluster, topic, Object.keys(wanted), async (producer) => {
    for (const [body, { message }] of Object.entries(wanted)) await producer.send({ topic, body, ...message });
  });
  for (const { message, atMs } of deliveries) {
    const { dueMs } = wanted[message.text()]!;
    assert.ok(atMs >= dueMs - TIMER_PRECISION_MS, `"${message.text()}" came ${dueMs - atMs} ms early`);
    assert.ok(atMs <= dueMs + LATE_MS, `"${message.text()}" came ${atMs - dueMs} ms late`);
  }
}

async function recalled(cluster: Cluster): Promise<void> {
  const topic = 'TimersRecalled';
  const deliveries = await withTimers(cluster, topic, ['last'], async (producer) => {
    const deliverAt = Date.now() + 3000;
    const results = [];
    for (const body of ['one', 'two', 'three']) results.push(await producer.send({ topic, body, deliverAt }));
    const [, two] = results;
    const handle = decodeRecallHandle(two!.recallHandle!);
    assert.equal(handle?.brokerName, two!.messageQueue.brokerName);
    assert.equal(handle?.messageId, two!.msgId);
    assert.equal(await producer.recall(topic, two!.recallHandle!), two!.msgId);
    // Twice is as good as once.
    await producer.recall(topic, two!.recallHandle!);
    const plain = await producer.send({ topic: 'TimersOther', body: 'not delayed' });
    assert.equal(plain.recallHandle, undefined);
    // Due a second later: what comes by then is all that comes.
    await producer.send({ topic, body: 'last', deliverAt: deliverAt + 1000 });
  });
  assert.deepEqual(deliveries.map(({ message }) => message.text()).sort(), ['last', 'one', 'three']);
}

async function forged(cluster: Cluster): Promise<void> {
  const producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: 'compat_forged_timers' });
  await producer.start();
  try {
    const topic = 'TimersForged';
    const { recallHandle, msgId } = await producer.send({ topic, body: 'x', delayMs: 60_000 });
    await producer.send({ topic: 'TimersOther', body: 'makes the topic' });
    const handle = { topic, brokerName: 'broker-a', timestamp: Date.now() + 60_000, messageId: msgId };
    const forgeries: [string, string][] = [
      ['TimersOther', recallHandle!],
      [topic, encodeRecallHandle({ ...handle, brokerName: 'broker-z' })],
      [topic, encodeRecallHandle({ ...handle, timestamp: Date.now() - 1000 })],
      [topic, encodeRecallHandle({ ...handle, timestamp: Number.MAX_SAFE_INTEGER })],
      [topic, encodeRecallHandle({ ...handle, timestamp: 'soon' as never })],
    ];
    for (const [of, forgery] of forgeries) {
      await assert.rejects(producer.recall(of, forgery), (error) => {
        assert.ok(error instanceof BrokerError, `${error}`);
        assert.match(error.remark, /recall failed/);
        return true;
      });
    }
    await producer.recall(topic, recallHandle!);
  } finally {
    await producer.stop();
  }
}

interface TimedDelivery {
  readonly message: MessageExt;
  readonly atMs: number;
}

/** Sends with a producer while a consumer runs; returns its deliveries once the bodies of `waitFor` are among them. */
async function withTimers(
  cluster: Cluster,
  topic: string,
  waitFor: readonly string[],
  work: (producer: Producer) => Promise<void>,
): Promise<TimedDelivery[]> {
  const producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: `compat_${topic}` });
  const consumer = new PushConsumer({
    namesrvAddr: cluster.namesrv,
    consumerGroup: `compat_${topic}`,
    consumeFrom: 'FIRST_OFFSET',
    pollNameServerIntervalMs: 200,
  });
  consumer.subscribe(topic);
  const deliveries: TimedDelivery[] = [];
  const came = (body: string): boolean => deliveries.some(({ message }) => message.text() === body);
  await producer.start();
  try {
    await consumer.start((message) => void deliveries.push({ message, atMs: Date.now() }));
    await work(producer);
    while (!waitFor.every(came)) await new Promise((resolve) => setTimeout(resolve, 50));
    return deliveries;
  } finally {
    await Promise.all([producer.stop(), consumer.stop()]);
  }
}
