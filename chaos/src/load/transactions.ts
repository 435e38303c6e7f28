import { setTimeout as pause } from 'node:timers/promises';
import { type LocalTransactionState, TransactionProducer } from '@rocketmq-ts/client';
import { bodyOf, idOf, monotonicMs } from '../history/events.ts';
import type { HistoryWriter } from '../history/history-file.ts';
import type { ChecksJob, ProducerJob } from './job.ts';

const SEND_TIMEOUT_MS = 3000;

/** What the local transactions of four messages that follow each other answer: half of them leave it to the check. */
const ANSWERS: readonly LocalTransactionState[] = ['COMMIT', 'ROLLBACK', 'UNKNOWN', 'UNKNOWN'];

/** How the transaction of a message ends, which each member of the group can tell from its id. */
export function endOf(id: string): 'COMMIT' | 'ROLLBACK' {
  return Number(id.slice(id.lastIndexOf('.') + 1)) % 2 === 0 ? 'COMMIT' : 'ROLLBACK';
}

/** A producer that can answer for the transactions of all. */
export function transactionProducer({ name, namesrv, topic }: ProducerJob | ChecksJob): TransactionProducer {
  return new TransactionProducer({
    namesrvAddr: namesrv,
    producerGroup: 'chaos-transactions',
    instanceName: `${name}-transactions`,
    topics: [topic],
    pollNameServerIntervalMs: 2000,
    heartbeatIntervalMs: 2000,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    retryTimesWhenSendFailed: 0,
    compressOverBytes: 1_000_000,
    awaitTerminationMs: SEND_TIMEOUT_MS,
    check: async (message) => {
      const id = idOf(message.body.toString('latin1'));
      return id === undefined ? 'UNKNOWN' : endOf(id);
    },
  });
}

/** Sends half messages one after the other, each with its end. */
export async function sendTransactions(
  producer: TransactionProducer,
  job: ProducerJob,
  intervalMs: number,
  history: HistoryWriter,
  isStopped: () => boolean,
): Promise<void> {
  for (let count = 0; !isStopped(); count++) {
    const due = monotonicMs() + intervalMs;
    await sendOne(producer, job, count, history);
    await pause(Math.max(1, due - monotonicMs()));
  }
}

async function sendOne(
  producer: TransactionProducer,
  { name, topic }: ProducerJob,
  count: number,
  history: HistoryWriter,
): Promise<void> {
  const id = `${name}.${process.pid}.transaction.${count}`;
  const rolledBack = endOf(id) === 'ROLLBACK';
  const failed = (error: string): void => {
    history.record({ t: 'failed', at: monotonicMs(), id, error: error.slice(0, 200) });
  };
  history.record({ t: 'sending', at: monotonicMs(), id, copies: 0, rolledBack });
  try {
    const message = { topic, body: bodyOf(id) };
    const { sendStatus, messageQueue, queueOffset } = await producer.sendInTransaction(
      message,
      async () => ANSWERS[count % ANSWERS.length],
    );
    // Then the client rolls back, and only if that is lost a check may commit.
    if (sendStatus !== 'SEND_OK') return failed(`half message: ${sendStatus}`);
    if (rolledBack) return failed('rolled back');
    const place = { broker: messageQueue.brokerName, queue: messageQueue.queueId, offset: queueOffset };
    history.record({ t: 'sent', at: monotonicMs(), id, status: sendStatus, topic, ...place, placed: false });
  } catch (error) {
    failed(String(error));
  }
}

/** Answers the brokers' questions until `isStopped`, also when the producers have ended. */
export async function answerChecks(job: ChecksJob, isStopped: () => boolean): Promise<void> {
  const producer = transactionProducer(job);
  await producer.start();
  while (!isStopped()) await pause(50);
  await producer.shutdown();
}
