import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Sends 100 messages to a topic of a namespace. Source: example/namespace/ProducerWithNamespace, which has the namespace in headers only. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({
    namesrvAddr: nameServers(env),
    producerGroup: 'pidTest',
    namespace: 'InstanceTest',
  });
  await producer.start();
  for (let i = 0; i < 100; i++) {
    const { messageQueue, msgId } = await producer.send({
      topic: 'NAMESPACE_TOPIC',
      tags: 'tagTest',
      body: 'Hello world',
    });
    console.log(`Topic:${messageQueue.topic} send success, msgId is:${msgId}`);
  }
  await producer.shutdown();
}
