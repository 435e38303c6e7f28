import { Producer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';

/**
 * Sends ten messages that consumers get ten seconds later; brokers need `timerWheelEnable`, from version 5.0 on.
 * Source: example/schedule/TimerMessageProducer.
 */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const producer = new Producer({ namesrvAddr: nameServers(env), producerGroup: 'TimerMessageProducerGroup' });
  await producer.start();
  for (let i = 0; i < 10; i++) {
    // The same as `delayMs: 10_000`, but by the clock of this machine.
    const deliverAt = Date.now() + 10_000;
    console.log(`${await producer.send({ topic: 'TimerTopic', body: `Hello scheduled message ${i}`, deliverAt })}`);
  }
  await producer.shutdown();
}
