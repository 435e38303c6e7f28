import { setTimeout as pause } from 'node:timers/promises';
import { type Message, Producer, type SendCall, type SendResult } from '@rocketmq-ts/client';
import { bodyOf, monotonicMs } from '../history/events.ts';
import type { HistoryWriter } from '../history/history-file.ts';
import type { ProducerJob } from './job.ts';
import { sendTransactions, transactionProducer } from './transactions.ts';

const SEND_TIMEOUT_MS = 3000;
/** Attempts of the sends that may choose another broker. */
const FREE_ATTEMPTS = 3;
/** Levels 1 to 3: 1, 5 and 10 seconds. */
const DELAY_LEVELS = [
  { delayLevel: 1, delayMs: 1000 },
  { delayLevel: 2, delayMs: 5000 },
  { delayLevel: 3, delayMs: 10_000 },
];
const TIMER_DELAYS_MS = [300, 2500, 7000];
const TRANSACTION_SHARE = 0.5;

/** Sends of one lane follow each other: the next begins after the answer to the last. */
interface Lane {
  readonly name: string;
  readonly copies: number;
  /** Share of the lanes with a queue of their own, which have 1. */
  readonly share: number;
  readonly message: (count: number) => Partial<Message>;
  /** Of delayed messages. */
  readonly delayMs?: (count: number) => number;
  readonly call: SendCall;
}

/** Sends with our producer until `isStopped`; every send and its answer is in the history. */
export async function produce(job: ProducerJob, history: HistoryWriter, isStopped: () => boolean): Promise<void> {
  const options = {
    namesrvAddr: job.namesrv,
    pollNameServerIntervalMs: 2000,
    heartbeatIntervalMs: 5000,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    compressOverBytes: 1_000_000,
    awaitTerminationMs: SEND_TIMEOUT_MS,
  };
  // One request for a message, so that it is stored once at most; and one that tries again elsewhere.
  const once = new Producer({
    ...options,
    producerGroup: 'chaos-once',
    instanceName: `${job.name}-once`,
    retryTimesWhenSendFailed: 0,
  });
  const free = new Producer({
    ...options,
    producerGroup: 'chaos-free',
    instanceName: `${job.name}-free`,
    retryTimesWhenSendFailed: FREE_ATTEMPTS - 1,
    attemptTimeoutMs: SEND_TIMEOUT_MS / FREE_ATTEMPTS,
  });
  const transactions = transactionProducer(job);
  await Promise.all([once.start(), free.start(), transactions.start()]);
  const lanes = lanesOf(job);
  const shares = lanes.reduce((sum, lane) => sum + lane.share, TRANSACTION_SHARE);
  const intervalOf = (share: number): number => (1000 * shares) / (job.messagesPerSecond * share);
  const work = async (lane: Lane): Promise<void> => {
    const intervalMs = intervalOf(lane.share);
    const producer = lane.copies === FREE_ATTEMPTS ? free : once;
    for (let count = 1; !isStopped(); count++) {
      const due = monotonicMs() + intervalMs;
      await send(producer, job, lane, count, history);
      await pause(Math.max(1, due - monotonicMs()));
    }
  };
  await Promise.all([
    ...lanes.map(work),
    sendTransactions(transactions, job, intervalOf(TRANSACTION_SHARE), history, isStopped),
  ]);
  await Promise.all([once.shutdown(), free.shutdown(), transactions.shutdown()]);
}

function lanesOf(job: ProducerJob): Lane[] {
  const lanes: Lane[] = job.brokers.flatMap((broker) =>
    Array.from({ length: job.queues }, (_, queue) => ({
      name: `${broker}.${queue}`,
      copies: 1,
      share: 1,
      message: () => ({}),
      call: {
        select: (queues) => queues.find((each) => each.brokerName === broker && each.queueId === queue),
      } satisfies SendCall,
    })),
  );
  const byItself: SendCall = {};
  lanes.push({ name: 'free', copies: FREE_ATTEMPTS, share: 1, message: () => ({}), call: byItself });
  lanes.push({
    name: 'delayed',
    copies: 0,
    share: 0.5,
    message: (count) => ({ delayLevel: DELAY_LEVELS[count % DELAY_LEVELS.length]!.delayLevel }),
    delayMs: (count) => DELAY_LEVELS[count % DELAY_LEVELS.length]!.delayMs,
    call: byItself,
  });
  const timer = (count: number): number => TIMER_DELAYS_MS[count % TIMER_DELAYS_MS.length]!;
  lanes.push({
    name: 'timer',
    copies: 0,
    share: 0.5,
    message: (count) => ({ delayMs: timer(count) }),
    delayMs: timer,
    call: byItself,
  });
  return lanes;
}

async function send(
  producer: Producer,
  { name, topic }: ProducerJob,
  lane: Lane,
  count: number,
  history: HistoryWriter,
): Promise<void> {
  const id = `${name}.${process.pid}.${lane.name}.${count}`;
  history.record({ t: 'sending', at: monotonicMs(), id, copies: lane.copies, delayMs: lane.delayMs?.(count) });
  let result: SendResult;
  try {
    result = await producer.send({ topic, body: bodyOf(id), ...lane.message(count) }, lane.call);
  } catch (error) {
    history.record({ t: 'failed', at: monotonicMs(), id, error: String(error).slice(0, 200) });
    return;
  }
  const { brokerName, queueId } = result.messageQueue;
  history.record({
    t: 'sent',
    at: monotonicMs(),
    id,
    status: result.sendStatus,
    topic,
    broker: brokerName,
    queue: queueId,
    offset: result.queueOffset,
    placed: lane.copies > 0,
  });
}
