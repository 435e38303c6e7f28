import { PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { printReceived } from '../print-received.ts';
import { untilStopped } from '../until-stopped.ts';

/** Every one of these gets every message. Source: example/broadcast/PushConsumer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumerGroup = 'please_rename_unique_group_name_1';
  const consumer = new PushConsumer({
    namesrvAddr: nameServers(env),
    consumerGroup,
    consumeFrom: 'FIRST_OFFSET',
    model: 'BROADCASTING',
  });
  consumer.subscribe('TopicTest', 'TagA || TagC || TagD');
  await consumer.start((message) => printReceived(consumerGroup, [message]));
  console.log('Broadcast Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
}
