import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Asks a consumer of RequestTopic and prints its reply. Source: example/rpc/RequestProducer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'please_rename_unique_group_name' });
  const topic = 'RequestTopic';
  await producer.start();
  try {
    const begin = performance.now();
    const reply = await producer.request({ topic, body: 'Hello world' }, { timeoutMs: 3000 });
    const costMs = Math.round(performance.now() - begin);
    console.log(`request to <${topic}> cost: ${costMs} replyMessage: ${reply} `);
  } catch (error) {
    console.error(error);
  }
  await producer.shutdown();
}
