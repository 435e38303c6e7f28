import { after, before, test } from 'node:test';
import { type Cluster, type ReceivedMessage, startCluster, TestingError } from '@rocketmq-ts/testing';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ brokers: 2, clock: 'virtual', topics: { Orders: 4 } });
});
after(() => cluster.stop());

test('types hold in a strict program', async () => {
  await using other = await startCluster();
  const producer = await other.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'hello' });
  other.broker('broker-a').slowDisk('2s');
  const received: readonly ReceivedMessage[] = await other.received('billing', { count: 0, timeout: 10 });
  const error = new TestingError('NO_SUCH_SERVER', String(received[0]?.text()));
  if (error.code === 'NO_SUCH_SERVER') other.heal();
});
