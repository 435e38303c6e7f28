import { setTimeout as pause } from 'node:timers/promises';
import { type MessageExt, PushConsumer } from '@rocketmq-ts/client';
import { idOf, monotonicMs } from '../history/events.ts';
import type { HistoryWriter } from '../history/history-file.ts';
import type { ConsumerJob } from './job.ts';

/** Of the first deliveries, one of so many fails: it must come again. */
const FAILS_EACH = 211;

/** Receives with our push consumer until `isStopped`; every delivery is in the history before the listener answers. */
export async function consume(job: ConsumerJob, history: HistoryWriter, isStopped: () => boolean): Promise<void> {
  const consumer = new PushConsumer({
    namesrvAddr: job.namesrv,
    consumerGroup: job.group,
    instanceName: job.name,
    consumeFrom: 'FIRST_OFFSET',
    pollNameServerIntervalMs: 2000,
    heartbeatIntervalMs: 5000,
    persistOffsetIntervalMs: 500,
    suspendCurrentQueueTimeMs: 100,
  });
  consumer.subscribe(job.topic, '*');
  let calls = 0;
  const handle = (message: MessageExt): boolean => {
    calls += 1;
    const ok = message.reconsumeTimes > 0 || calls % FAILS_EACH !== 0;
    history.record({
      t: 'handled',
      at: monotonicMs(),
      id: idOf(message.body.toString('latin1')) ?? `foreign ${message.msgId}`,
      group: job.group,
      member: job.name,
      topic: job.topic,
      broker: message.brokerName,
      queue: message.queueId,
      offset: message.queueOffset,
      ok,
      retried: !job.orderly && message.reconsumeTimes > 0,
    });
    return ok;
  };
  if (job.orderly) {
    await consumer.start({
      orderly: (messages) => (messages.every(handle) ? 'SUCCESS' : 'SUSPEND_CURRENT_QUEUE_A_MOMENT'),
    });
  } else {
    await consumer.start({
      concurrently: (messages, context) => {
        // Level 1: after a second.
        context.delayLevelWhenNextConsume = 1;
        return messages.every(handle) ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER';
      },
    });
  }
  while (!isStopped()) await pause(50);
  await consumer.shutdown();
}
