import { Producer, PushConsumer } from '@rocketmq-ts/client';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqadmin } from '@rocketmq-ts/mqadmin';
import { type Cluster, type Make, startCluster } from '../cluster.ts';
import { until } from '../until.ts';

/** A cluster with some life, as the steps find it: topic `Orders` of four queues with eight messages, and clients that stay. */
export interface Scene {
  readonly make: Make;
  readonly namesrv: string;
  /** What `{name}` in a step is replaced by. */
  readonly names: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** What brokers of both makes are started with. */
const BROKER_PROPERTIES = { traceTopicEnable: true, brokerClusterName: 'DefaultCluster' };

/**
 * Names: `broker` (address), `namesrv`, `msgId` (unique key of a message with key `order-1` and tag `paid`), `offsetMsgId` of the same, `queueId` and
 * `queueOffset` of the same, `clientId` of the member of group `billing`; producer group `sellers` is online too.
 */
export async function startScene(make: Make): Promise<Scene> {
  const cluster: Cluster = await startCluster({ namesrv: make, broker: make }, BROKER_PROPERTIES);
  const clients: { stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<void> => {
    for (const client of clients) await client.stop();
    await cluster.stop();
  };
  try {
    const producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: 'sellers', enableMsgTrace: true });
    await producer.start();
    clients.push(producer);
    const sent = [];
    for (let i = 1; i <= 8; i++)
      sent.push(await producer.send({ topic: 'Orders', body: `order ${i}`, keys: `order-${i}`, tags: 'paid' }));
    const all = Promise.withResolvers<void>();
    const consumer = new PushConsumer({
      ...{ namesrvAddr: cluster.namesrv, consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', enableMsgTrace: true },
    });
    let received = 0;
    consumer.subscribe('Orders');
    await consumer.start(() => {
      received += 1;
      if (received === sent.length) all.resolve();
      return 'CONSUME_SUCCESS';
    });
    clients.push(consumer);
    await all.promise;
    const [first] = sent;
    await traced(cluster.namesrv, first!.msgId);
    await committed(cluster.namesrv, 'billing');
    return {
      make,
      namesrv: cluster.namesrv,
      names: {
        broker: cluster.broker,
        namesrv: cluster.namesrv,
        msgId: first!.msgId,
        offsetMsgId: first!.offsetMsgId!,
        queueId: String(first!.messageQueue.queueId),
        queueOffset: String(first!.queueOffset),
        clientId: consumer.clientId!,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves when the records of a message's trace are stored, those of its consumer too. They are sent some seconds later. */
function traced(namesrv: string, msgId: string): Promise<unknown> {
  return printed(namesrv, ['queryMsgTraceById', '-i', msgId], [/^Pub /m, /^Sub /m]);
}

/** Resolves when the group has committed for each of its topics. A topic is in its progress from then on, some seconds later. */
function committed(namesrv: string, group: string): Promise<unknown> {
  return printed(namesrv, ['consumerProgress', '-g', group], [/^Orders /m, new RegExp(`^%RETRY%${group} `, 'm')]);
}

/** Resolves when what this command prints has all of these. */
function printed(namesrv: string, argv: readonly string[], wanted: readonly RegExp[]): Promise<unknown> {
  return until(`mqadmin ${argv.join(' ')}: ${wanted.join(', ')}`, async () => {
    let stdout = '';
    await runMqadmin([...argv, '-n', namesrv], {
      ...{ platform: nodePlatform, env: {} },
      stdout: (text) => (stdout += text),
      stderr: () => {},
    });
    return wanted.every((each) => each.test(stdout));
  });
}
