import { PushConsumer, sql } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { printReceived } from '../print-received.ts';
import { untilStopped } from '../until-stopped.ts';

/**
 * Prints the messages of SqlFilterTest whose properties match, until it is stopped. Apache's broker needs
 * enablePropertyFilter=true. Source: example/filter/SqlFilterConsumer.
 */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumerGroup = 'please_rename_unique_group_name';
  const consumer = new PushConsumer({ namesrvAddr: nameServers(env), consumerGroup });
  consumer.subscribe(
    'SqlFilterTest',
    sql("(TAGS is not null and TAGS in ('TagA', 'TagB')) and (a is not null and a between 0 and 3)"),
  );
  await consumer.start((message) => printReceived(consumerGroup, [message]));
  console.log('Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
}
