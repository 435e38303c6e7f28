import { TransactionProducer } from '@rocketmq-ts/client';

/**
 * A program: sends half messages to a topic and never ends their local transactions. Prints `HALF <transaction id>` for each
 * that is stored, and stays until it is killed. Arguments: name server, group, topic, bodies.
 */
const [namesrvAddr, producerGroup, topic, ...bodies] = process.argv.slice(2);
const producer = new TransactionProducer({
  namesrvAddr: namesrvAddr!,
  producerGroup: producerGroup!,
  check: () => new Promise(() => {}),
});
await producer.start();
for (const body of bodies) {
  void producer.sendInTransaction({ topic: topic!, body }, (message) => {
    console.log(`HALF ${message.transactionId}`);
    return new Promise(() => {});
  });
}
