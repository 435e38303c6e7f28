import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/**
 * Sends 128 messages whose trace `mqadmin queryMsgTraceById -i <msgId>` prints; brokers need `traceTopicEnable`.
 * Source: example/tracemessage/TraceProducer.
 */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({
    namesrvAddr: nameServers(env),
    producerGroup: 'ProducerGroupName',
    enableMsgTrace: true,
  });
  await producer.start();
  for (let i = 0; i < 128; i++) {
    try {
      const message = { topic: 'TopicTest', tags: 'TagA', keys: 'OrderID188', body: 'Hello world' };
      console.log(`${await producer.send(message)}`);
    } catch (error) {
      console.error(error);
    }
  }
  await producer.shutdown();
}
