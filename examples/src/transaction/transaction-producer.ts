import { type LocalTransactionState, TransactionProducer } from '@rocketmq-ts/client';
import { type Environment, nameServers } from '../environment.ts';
import { untilStopped } from '../until-stopped.ts';

const topic = 'TopicTest1234';
const tags = ['TagA', 'TagB', 'TagC', 'TagD', 'TagE'];
const states: readonly LocalTransactionState[] = ['UNKNOWN', 'COMMIT', 'ROLLBACK'];

/**
 * Sends ten messages whose local transactions leave their state open; when the broker asks for it, every third one is still
 * unknown, one is committed and one rolled back. Answers until it is stopped. Source: example/transaction/TransactionProducer.
 */
export async function main(_args: readonly string[], env: Environment): Promise<void> {
  const transactions = new Map<string, LocalTransactionState>();
  const producer = new TransactionProducer({
    namesrvAddr: nameServers(env),
    producerGroup: 'please_rename_unique_group_name',
    topics: [topic],
    checkThreadPoolMaxSize: 5,
    check: async (message) => {
      const state = transactions.get(message.transactionId!) ?? 'COMMIT';
      console.log(`Check ${message.transactionId} ${message.text()}: ${state}`);
      return state;
    },
  });
  await producer.start();
  for (let i = 0; i < 10; i++) {
    const message = { topic, tags: tags[i % tags.length], keys: `KEY${i}`, body: `Hello RocketMQ ${i}` };
    try {
      const result = await producer.sendInTransaction(message, async ({ transactionId }) => {
        transactions.set(transactionId, states[i % states.length]!);
        return 'UNKNOWN';
      });
      console.log(`${result}`);
    } catch (error) {
      console.error(error);
    }
  }
  await untilStopped();
  await producer.shutdown();
}
