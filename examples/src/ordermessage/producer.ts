import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

const tags = ['TagA', 'TagB', 'TagC', 'TagD', 'TagE'];

/** Sends the messages of ten orders, each order to a queue of its own. Source: example/ordermessage/Producer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'please_rename_unique_group_name' });
  await producer.start();
  for (let i = 0; i < 100; i++) {
    const orderId = i % 10;
    const message = {
      topic: 'TopicTestjjj',
      tags: tags[i % tags.length],
      keys: `KEY${i}`,
      body: `Hello RocketMQ ${i}`,
    };
    console.log(`${await producer.send(message, { select: (queues) => queues[orderId % queues.length] })}`);
  }
  await producer.shutdown();
}
