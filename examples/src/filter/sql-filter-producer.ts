import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

const TAGS = ['TagA', 'TagB', 'TagC'] as const;

/** Sends ten messages with tags in turn and the property `a`. Source: example/filter/SqlFilterProducer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'please_rename_unique_group_name' });
  await producer.start();
  for (let i = 0; i < 10; i++) {
    const properties = { a: String(i) };
    const tags = TAGS[i % TAGS.length]!;
    console.log(`${await producer.send({ topic: 'SqlFilterTest', tags, body: `Hello RocketMQ ${i}`, properties })}`);
  }
  await producer.shutdown();
}
