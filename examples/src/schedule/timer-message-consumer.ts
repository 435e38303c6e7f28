import { PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { untilStopped } from '../until-stopped.ts';

/** Prints how long after its send each message of TimerTopic comes, until it is stopped. Source: example/schedule/TimerMessageConsumer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumer = new PushConsumer({ namesrvAddr: nameServers(env), consumerGroup: 'TimerMessageConsumerGroup' });
  consumer.subscribe('TimerTopic', '*');
  await consumer.start((message) => {
    console.log(`Receive message[msgId=${message.msgId} ${Date.now() - message.bornTimestamp}  ms later]`);
  });
  await untilStopped();
  await consumer.shutdown();
}
