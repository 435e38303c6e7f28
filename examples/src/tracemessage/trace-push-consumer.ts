import { PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { printReceived } from '../print-received.ts';
import { untilStopped } from '../until-stopped.ts';

/** Prints every message of TopicTest and leaves its trace, until it is stopped. Source: example/tracemessage/TracePushConsumer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumerGroup = 'ProducerGroupName';
  const consumer = new PushConsumer({
    namesrvAddr: nameServers(env),
    consumerGroup,
    consumeFrom: 'FIRST_OFFSET',
    consumeTimestamp: '20181109221800',
    enableMsgTrace: true,
  });
  consumer.subscribe('TopicTest', '*');
  await consumer.start((message) => printReceived(consumerGroup, [message]));
  console.log('Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
}
