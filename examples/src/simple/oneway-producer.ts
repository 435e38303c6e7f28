import { setTimeout as pause } from 'node:timers/promises';
import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Sends 100 messages without asking what became of them. Source: example/simple/OnewayProducer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'please_rename_unique_group_name' });
  await producer.start();
  for (let i = 0; i < 100; i++) {
    await producer.sendOneway({ topic: 'TopicTest', tags: 'TagA', body: `Hello RocketMQ ${i}` });
  }
  // There is no answer: when the last one is stored is not known.
  await pause(5000);
  await producer.shutdown();
}
