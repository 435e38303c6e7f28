import { PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { untilStopped } from '../until-stopped.ts';

/** Prints what comes to a topic of a namespace, until it is stopped. Source: example/namespace/PushConsumerWithNamespace. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const consumer = new PushConsumer({
    namesrvAddr: nameServers(env),
    consumerGroup: 'cidTest',
    namespace: 'InstanceTest',
    consumeFrom: 'FIRST_OFFSET',
  });
  consumer.subscribe('NAMESPACE_TOPIC', '*');
  await consumer.start(({ topic, msgId, reconsumeTimes }) => {
    console.log(`Msg topic is:${topic}, MsgId is:${msgId}, reconsumeTimes is:${reconsumeTimes}`);
  });
  console.log('Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
}
