import { type MessageExt, Producer, PushConsumer, TransactionProducer } from '@rocketmq-ts/client';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import type { LiveCluster } from './clusters.ts';

/** What a seeded cluster has, for deep links. */
export interface Seeded {
  /** Unique key of a message that was sent with trace, and consumed. */
  readonly msgId: string;
  /** They may be stopped once more by `stop`. */
  stopConsumers(): Promise<void>;
  stop(): Promise<void>;
}

export const TOPIC = 'orders';
export const GROUP = 'billing';
/** Gives every message up at once. */
export const FAILING_GROUP = 'stock';

/**
 * Topics with messages, a consumer that is online and one that is behind, dead letters, delays, open transactions, names that
 * need care in addresses. `home`: a folder for the commands that are run.
 */
export async function seed(cluster: LiveCluster, home: string): Promise<Seeded> {
  const admin = (...words: string[]): Promise<unknown> =>
    runOurCommand('mqadmin', [...words, '-n', cluster.namesrv], { home });
  for (const [topic, type] of [
    [TOPIC, 'NORMAL'],
    ['payments', 'FIFO'],
    ['reminders', 'DELAY'],
    ['transfers', 'TRANSACTION'],
  ]) {
    await admin('updateTopic', '-b', cluster.broker, '-t', topic!, '-r', '4', '-w', '4', '-a', `+message.type=${type}`);
  }
  await admin('updateSubGroup', '-b', cluster.broker, '-g', FAILING_GROUP, '-r', '0');
  const producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: 'shop', enableMsgTrace: true });
  await producer.start();
  const bodies = Array.from({ length: 40 }, (_, at) =>
    JSON.stringify({ order: 1000 + at, customer: `c${at % 7}`, amount: 12.5 * at }),
  );
  let msgId = '';
  for (const [at, body] of bodies.entries()) {
    const sent = await producer.send({
      topic: TOPIC,
      tags: at % 2 === 0 ? 'paid' : 'open',
      keys: [`order-${1000 + at}`],
      body,
    });
    msgId = sent.msgId;
  }
  for (let at = 0; at < 5; at++) await producer.send({ topic: 'reminders', body: `reminder ${at}`, delayLevel: 14 });
  const open = await openTransaction(cluster);
  const online = await consumer(cluster, GROUP, TOPIC, () => 'CONSUME_SUCCESS');
  const failing = await consumer(cluster, FAILING_GROUP, TOPIC, () => 'RECONSUME_LATER');
  const stopConsumers = async (): Promise<void> => {
    await Promise.all([online.stop(), failing.stop()]);
  };
  return {
    msgId,
    stopConsumers,
    async stop() {
      await Promise.all([producer.stop(), open.stop(), stopConsumers()]);
    },
  };
}

async function consumer(
  { namesrv }: LiveCluster,
  consumerGroup: string,
  topic: string,
  answer: (message: MessageExt) => 'CONSUME_SUCCESS' | 'RECONSUME_LATER',
): Promise<PushConsumer> {
  const made = new PushConsumer({
    ...{ namesrvAddr: namesrv, consumerGroup, consumeFrom: 'FIRST_OFFSET', enableMsgTrace: true },
    maxReconsumeTimes: consumerGroup === FAILING_GROUP ? 0 : 16,
  });
  made.subscribe(topic);
  await made.start((message) => answer(message));
  return made;
}

async function openTransaction({ namesrv }: LiveCluster): Promise<TransactionProducer> {
  const producer = new TransactionProducer({
    ...{ namesrvAddr: namesrv, producerGroup: 'bank', topics: ['transfers'] },
    check: () => 'UNKNOWN',
  });
  await producer.start();
  for (let at = 0; at < 3; at++)
    await producer.sendInTransaction({ topic: 'transfers', body: `transfer ${at}` }, () => 'UNKNOWN');
  return producer;
}
