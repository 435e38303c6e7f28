import { setTimeout as pause } from 'node:timers/promises';
import { createReplyMessage, Producer, PushConsumer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { untilStopped } from '../until-stopped.ts';

/** Replies to every message of RequestTopic, until it is stopped. Source: example/rpc/ResponseConsumer. */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const namesrvAddr = nameServers(env);
  // Replies need a producer of their own.
  const replyProducer = new Producer({ namesrvAddr, producerGroup: 'please_rename_unique_group_name' });
  await replyProducer.start();
  const consumer = new PushConsumer({ namesrvAddr, consumerGroup: 'please_rename_unique_group_name' });
  consumer.subscribe('RequestTopic', '*');
  await consumer.start(async (message) => {
    console.log(`handle message: ${message}`);
    await pause(100);
    const reply = createReplyMessage(message, 'reply message contents.');
    console.log(`reply to ${reply.replyTo?.clientId} , ${await replyProducer.send(reply, { timeoutMs: 3000 })} `);
  });
  console.log('Consumer Started.');
  await untilStopped();
  await consumer.shutdown();
  await replyProducer.shutdown();
}
