import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Asks ten times at once and prints each reply as it comes. Source: example/rpc/AsyncRequestProducer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'please_rename_unique_group_name' });
  const topic = 'RequestTopic';
  await producer.start();
  const requests = Array.from({ length: 10 }, async (_unused, index) => {
    const begin = performance.now();
    try {
      const reply = await producer.request({ topic, body: `Hello world ${index}` }, { timeoutMs: 3000 });
      const costMs = Math.round(performance.now() - begin);
      console.log(`request to <${topic}> cost: ${costMs} replyMessage: ${reply.text()} `);
    } catch (error) {
      console.error(`request to <${topic}> fail. ${error}`);
    }
  });
  await Promise.all(requests);
  await producer.shutdown();
}
