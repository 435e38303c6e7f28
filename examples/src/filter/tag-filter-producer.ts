import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

const TAGS = ['TagA', 'TagB', 'TagC'] as const;

/** Sends sixty messages with tags in turn. Source: example/filter/TagFilterProducer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'please_rename_unique_group_name' });
  await producer.start();
  for (let i = 0; i < 60; i++) {
    const tags = TAGS[i % TAGS.length]!;
    console.log(`${await producer.send({ topic: 'TagFilterTest', tags, body: 'Hello world' })}`);
  }
  await producer.shutdown();
}
