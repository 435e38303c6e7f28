import { Producer, splitBatch } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

const MESSAGE_COUNT = 100_000;
const MAX_BYTES = 1_000_000;

/** Sends 100,000 messages in batches of at most 1 MB. Source: example/batch/SplitBatchProducer. */
export async function main([count]: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'BatchProducerGroupName' });
  await producer.start();
  const messages = Array.from({ length: Number(count ?? MESSAGE_COUNT) }, (_, i) => ({
    topic: 'BatchTest',
    tags: 'Tag',
    keys: `OrderID${i}`,
    body: `Hello world ${i}`,
  }));
  for (const batch of splitBatch(messages, { maxBytes: MAX_BYTES })) {
    const { sendStatus, messageQueue, queueOffset } = await producer.send(batch);
    console.log(`${sendStatus} ${batch.length} messages, queue ${messageQueue.queueId} from offset ${queueOffset} on`);
  }
  await producer.shutdown();
}
