import { PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { printReceived } from '../print-received.ts';
import { untilStopped } from '../until-stopped.ts';

/** Prints the messages of TagFilterTest with one of two tags, until it is stopped. Source: example/filter/TagFilterConsumer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumerGroup = 'please_rename_unique_group_name';
  const consumer = new PushConsumer({ namesrvAddr: nameServers(env), consumerGroup });
  consumer.subscribe('TagFilterTest', 'TagA || TagC');
  await consumer.start((message) => printReceived(consumerGroup, [message]));
  console.log('Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
}
