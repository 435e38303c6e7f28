import { setTimeout as pause } from 'node:timers/promises';
import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Sends 1000 messages to TopicTest and prints what became of each. Source: example/quickstart/Producer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({
    namesrvAddr: nameServers(env),
    producerGroup: 'please_rename_unique_group_name',
  });
  await producer.start();
  for (let i = 0; i < 1000; i++) {
    try {
      const message = { topic: 'TopicTest', tags: 'TagA', body: `Hello RocketMQ ${i}` };
      const result = await producer.send(message, { timeoutMs: 20_000 });
      console.log(`${result}`);
    } catch (error) {
      console.error(error);
      await pause(1000);
    }
  }
  await producer.shutdown();
}
