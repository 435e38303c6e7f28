import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/**
 * Sends messages one by one; the producer gathers those of the same moment to batches, and each send has its own result.
 * Source: DefaultMQProducer#setAutoBatch.
 */
export async function main([count]: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({
    namesrvAddr: nameServers(env),
    producerGroup: 'BatchProducerGroupName',
    autoBatch: true,
    batchMaxDelayMs: 10,
    batchMaxBytes: 32 * 1024,
  });
  await producer.start();
  const sends = Array.from({ length: Number(count ?? 1000) }, (_, i) =>
    producer.send({ topic: 'BatchTest', tags: 'Tag', keys: `OrderID${i}`, body: `Hello world ${i}` }),
  );
  for (const result of await Promise.all(sends)) console.log(`${result}`);
  await producer.shutdown();
}
