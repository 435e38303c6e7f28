import {
  type MessageExt,
  type MessageListener,
  type MessageSelector,
  Producer,
  type ProducerOptions,
  PushConsumer,
  type PushConsumerOptions,
} from '@rocketmq-ts/client';
import type { Cluster } from './cluster.ts';
import { type Delivery, deliveryOf } from './deliveries.ts';

const WAIT_MS = 60_000;

/** Runs `work` with a started producer of ours and stops it. */
export async function withProducer<Result>(
  cluster: Pick<Cluster, 'namesrv'>,
  work: (producer: Producer) => Promise<Result>,
  options: Partial<Omit<ProducerOptions, 'namesrvAddr'>> = {},
): Promise<Result> {
  const producer = new Producer({
    namesrvAddr: cluster.namesrv,
    producerGroup: 'compat_typescript_producer',
    sendTimeoutMs: 10_000,
    ...options,
  });
  await producer.start();
  try {
    return await work(producer);
  } finally {
    await producer.stop();
  }
}

/** A delivery and what becomes of it: accepted, or refused to come again. */
export type Verdict = (delivery: Delivery, message: MessageExt) => 'accept' | 'refuse';

/**
 * Receives with our push consumer from the first offset until `count` messages were accepted, and returns every
 * delivery, refused ones too. Rejects after a minute.
 */
export async function typescriptConsume(
  cluster: Cluster,
  wanted: {
    readonly topic: string;
    readonly group: string;
    readonly count: number;
    readonly expression?: string | MessageSelector;
    readonly orderly?: boolean;
    readonly verdict?: Verdict;
    readonly options?: Partial<PushConsumerOptions>;
  },
): Promise<Delivery[]> {
  const consumer = new PushConsumer({
    namesrvAddr: cluster.namesrv,
    consumerGroup: wanted.group,
    consumeFrom: 'FIRST_OFFSET',
    suspendCurrentQueueTimeMs: 100,
    ...wanted.options,
  });
  consumer.subscribe(wanted.topic, wanted.expression);
  const deliveries: Delivery[] = [];
  let accepted = 0;
  const enough = Promise.withResolvers<void>();
  const judge = (message: MessageExt): boolean => {
    const delivery = deliveryOf(message);
    deliveries.push(delivery);
    if (wanted.verdict?.(delivery, message) === 'refuse') return false;
    accepted++;
    if (accepted >= wanted.count) enough.resolve();
    return true;
  };
  const listener: MessageListener = wanted.orderly
    ? {
        orderly: (messages) =>
          messages.every((message) => judge(message)) ? 'SUCCESS' : 'SUSPEND_CURRENT_QUEUE_A_MOMENT',
      }
    : (message, context) => {
        // Delay level 1: again after a second.
        context.delayLevelWhenNextConsume = 1;
        return judge(message) ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER';
      };
  const timer = setTimeout(() => {
    enough.reject(new Error(`${accepted} of ${wanted.count} messages of ${wanted.topic} came within ${WAIT_MS} ms`));
  }, WAIT_MS);
  try {
    await consumer.start(listener);
    await enough.promise;
  } finally {
    clearTimeout(timer);
    await consumer.stop();
  }
  return deliveries;
}
