import { setTimeout as pause } from 'node:timers/promises';
import { ClientError, Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/** Sends 1000 messages to TopicTest and prints what became of each. Source: example/quickstart/Producer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({
    namesrvAddr: nameServers(env),
    producerGroup: 'please_rename_unique_group_name',
  });
  await producer.start();
  for (let i = 0; i < 1000; i++) {
    try {
      const message = { topic: 'TopicTest', tags: 'TagA', body: `Hello RocketMQ ${i}` };
      const result = await producer.send(message, { timeoutMs: 20_000 });
      console.log(`${result}`);
    } catch (error) {
      // Without a name server no message can go anywhere: the reason ends the program.
      if (error instanceof ClientError && error.code === 'NAMESRV_UNREACHABLE') throw error;
      console.error(error);
      await pause(1000);
    }
  }
  await producer.shutdown();
}
