import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/**
 * Sends two messages to TimerTopic that are due in ten seconds, and recalls the first: only the second comes. Brokers need
 * `timerWheelEnable` and `recallMessageEnable`. Apache has no example of it; its call is `DefaultMQProducer#recallMessage`.
 */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'RecallMessageProducerGroup' });
  const topic = 'TimerTopic';
  await producer.start();
  try {
    const first = await producer.send({ topic, body: 'Never seen', delayMs: 10_000 });
    const second = await producer.send({ topic, body: 'Seen', delayMs: 10_000 });
    console.log(`${first}\n${second}`);
    if (first.recallHandle !== undefined) {
      console.log(`Recalled ${await producer.recall(topic, first.recallHandle)}`);
    }
  } catch (error) {
    console.error(error);
  }
  await producer.shutdown();
}
