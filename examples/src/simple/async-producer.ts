import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Sends 100 messages at once and prints each answer as it comes. Source: example/simple/AsyncProducer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({
    namesrvAddr: nameServers(env),
    producerGroup: 'Jodie_Daily_test',
    retryTimesWhenSendFailed: 0,
  });
  await producer.start();
  const sends = Array.from({ length: 100 }, async (_unused, index) => {
    const message = { topic: 'Jodie_topic_1023', tags: 'TagA', keys: 'OrderID188', body: 'Hello world' };
    try {
      const result = await producer.send(message, { signal: AbortSignal.timeout(5000) });
      console.log(`${String(index).padEnd(10)} OK ${result.msgId} `);
    } catch (error) {
      console.log(`${String(index).padEnd(10)} Exception ${error} `);
    }
  });
  await Promise.all(sends);
  await producer.shutdown();
}
