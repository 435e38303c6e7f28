import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Sends three messages in one request. Source: example/batch/SimpleBatchProducer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'BatchProducerGroupName' });
  await producer.start();
  const messages = [1, 2, 3].map((i) => ({
    topic: 'BatchTest',
    tags: 'Tag',
    keys: `OrderID00${i}`,
    body: `Hello world ${i - 1}`,
  }));
  console.log(`${await producer.send(messages)}`);
  await producer.shutdown();
}
