import { join } from 'node:path';
import { Producer, PushConsumer } from '@rocketmq-ts/client';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqadmin } from '@rocketmq-ts/mqadmin';
import { type Make, startBroker, startCluster } from '../cluster.ts';
import type { Scene } from './scene.ts';

const PROPERTIES = { brokerClusterName: 'DefaultCluster' };
const MESSAGES = 6;

/**
 * Brokers `broker-a` and `broker-b`, and a static topic `Fixed` of two queues that began on the first, took six messages there,
 * moved to the second and took six more; group `readers` has read all, and is gone. Names: `broker`, `second` (addresses),
 * `namesrv`.
 */
export async function startStaticTopicScene(make: Make): Promise<Scene> {
  const cluster = await startCluster({ namesrv: make, broker: make }, { ...PROPERTIES, brokerName: 'broker-a' });
  const ends: (() => Promise<unknown>)[] = [() => cluster.stop()];
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    const { namesrv } = cluster;
    const folder = join(cluster.home, 'second');
    const second = await startBroker(make, folder, namesrv, { ...PROPERTIES, brokerName: 'broker-b' });
    ends.push(() => second.kill());
    await ourMqadmin(namesrv, 'updateStaticTopic', '-b', 'broker-a', '-t', 'Fixed', '-qn', '2');
    await send(namesrv);
    await ourMqadmin(namesrv, 'remappingStaticTopic', '-b', 'broker-b', '-t', 'Fixed');
    await send(namesrv);
    await readAll(namesrv);
    return { make, namesrv, names: { broker: cluster.broker, second: second.address, namesrv }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ourMqadmin(namesrv: string, ...words: string[]): Promise<void> {
  let said = '';
  const code = await runMqadmin([...words, '-n', namesrv], {
    ...{ platform: nodePlatform, env: {} },
    stdout: () => {},
    stderr: (text) => (said += text),
  });
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${said}`);
}

async function send(namesrvAddr: string): Promise<void> {
  const producer = new Producer({ namesrvAddr, producerGroup: 'writers' });
  await producer.start();
  for (let i = 0; i < MESSAGES; i++) await producer.send({ topic: 'Fixed', body: `message ${i}`, keys: `key-${i}` });
  await producer.stop();
}

/**
 * None is handled before all are there: then no pull tells how far the group is. Apache's broker takes the number of a pull, which
 * counts in the logical queue, for one of its own queue, and whether a pull or the report at the end is the last is a matter of
 * the moment.
 */
async function readAll(namesrvAddr: string): Promise<void> {
  const consumer = new PushConsumer({ namesrvAddr, consumerGroup: 'readers', consumeFrom: 'FIRST_OFFSET' });
  consumer.subscribe('Fixed');
  const all = Promise.withResolvers<void>();
  let received = 0;
  await consumer.start(async () => {
    received += 1;
    if (received === 2 * MESSAGES) all.resolve();
    await all.promise;
    return 'CONSUME_SUCCESS';
  });
  await all.promise;
  await consumer.stop();
}
