import { PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { printReceived } from '../print-received.ts';
import { untilStopped } from '../until-stopped.ts';

/** Prints every message of TopicTest, until it is stopped. Source: example/quickstart/Consumer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumerGroup = 'please_rename_unique_group_name_4';
  const consumer = new PushConsumer({ namesrvAddr: nameServers(env), consumerGroup, consumeFrom: 'FIRST_OFFSET' });
  consumer.subscribe('TopicTest', '*');
  await consumer.start((message) => printReceived(consumerGroup, [message]));
  console.log('Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
}
