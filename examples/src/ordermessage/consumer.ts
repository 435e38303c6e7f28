import { PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { printReceived } from '../print-received.ts';
import { untilStopped } from '../until-stopped.ts';

/** Prints messages in the order of their queues; every tenth call asks for a pause. Source: example/ordermessage/Consumer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumerGroup = 'please_rename_unique_group_name_3';
  const consumer = new PushConsumer({ namesrvAddr: nameServers(env), consumerGroup, consumeFrom: 'FIRST_OFFSET' });
  consumer.subscribe('TopicTest', 'TagA || TagC || TagD');
  let calls = 0;
  await consumer.start({
    orderly(messages, context) {
      printReceived(consumerGroup, messages);
      calls++;
      if (calls % 2 === 0 || calls % 5 !== 0) return 'SUCCESS';
      context.suspendCurrentQueueTimeMs = 3000;
      return 'SUSPEND_CURRENT_QUEUE_A_MOMENT';
    },
  });
  console.log('Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
}
