import {
  type ConsumerRunningInfo,
  type GroupStats,
  groupOfRetryTopic,
  isRetryTopic,
  type MessageQueue,
} from '@rocketmq-ts/admin';
import { hashOrder } from '../../java-text.ts';
import { haveSameSubscription, queueWarnings, sortedByClient } from '../consumer/running-info-checks.ts';
import type { CommandContext } from '../entry.ts';

/** Before each line. Source: DefaultMonitorListener. */
export const MONITOR_PREFIX = '[MONITOR] ';
const NOTIFY = `${MONITOR_PREFIX} [NOTIFY] reportConsumerRunningInfo: ConsumerGroup: `;
const FRAME = '=========================================';

/** How far a group is behind in one topic. Source: UndoneMsgs. */
interface UndoneMessages {
  readonly total: number;
  /** The most in one queue. */
  readonly singleQueue: number;
  /** The longest time from the last message that was consumed of a queue to the newest one in it. */
  readonly delayMs: number;
}

/** Looks at every group that has a retry topic, once. Groups that are not online are passed over. Source: MonitorService#doMonitorWork. */
export async function monitorRound(context: CommandContext): Promise<void> {
  context.note(`${MONITOR_PREFIX}${FRAME}beginRound`);
  for (const topic of hashOrder(await context.admin.fetchAllTopicList())) {
    if (context.signal.aborted) return;
    if (!isRetryTopic(topic)) continue;
    const group = groupOfRetryTopic(topic);
    const connection = await orUndefined(context.admin.examineConsumerConnection(group));
    if (connection === undefined) continue;
    const stats = await orUndefined(context.admin.examineConsumeStats(group).then(context.admin.logicalProgress));
    if (stats !== undefined) await reportUndone(context, group, stats);
    const clientIds = connection.connectionSet.map(({ clientId }) => clientId);
    await reportMembers(context, group, clientIds);
  }
  context.note(`${MONITOR_PREFIX}${FRAME}endRound`);
}

async function reportUndone(context: CommandContext, group: string, { offsets }: GroupStats): Promise<void> {
  const byTopic = Map.groupBy(offsets, ({ queue }) => queue.topic);
  for (const topic of hashOrder(byTopic.keys())) {
    const undone = await undoneOf(context, topic, byTopic.get(topic)!);
    const text = `consumerGroup=${group}, topic=${topic}, undoneMsgsTotal=${undone.total}, undoneMsgsSingleMQ=${undone.singleQueue}, undoneMsgsDelayTimeMills=${undone.delayMs}`;
    context.note(`${MONITOR_PREFIX}reportUndoneMsgs: UndoneMsgs [${text}]`);
    context.answer({ undone: { group, topic, ...undone } });
  }
}

/** Source: MonitorService#computeUndoneMsgs. */
async function undoneOf(
  context: CommandContext,
  topic: string,
  offsets: GroupStats['offsets'],
): Promise<UndoneMessages> {
  let [total, singleQueue, delayMs] = [0, 0, 0];
  for (const { queue, brokerOffset, consumerOffset, lastTimestamp } of offsets) {
    const behind = brokerOffset - consumerOffset;
    total += Math.max(0, behind);
    singleQueue = Math.max(singleQueue, behind);
    if (lastTimestamp <= 0) continue;
    const newestMs = await orUndefined(newestStoreTime(context, topic, queue));
    delayMs = Math.max(delayMs, (newestMs ?? lastTimestamp) - lastTimestamp);
  }
  return { total, singleQueue, delayMs };
}

async function newestStoreTime(
  { admin }: CommandContext,
  topic: string,
  queue: MessageQueue,
): Promise<number | undefined> {
  const reader = await admin.readTopic(topic);
  const end = await reader.maxOffset(queue);
  return end > 0 ? (await reader.pull(queue, end - 1, 1)).messages[0]?.storeTimestamp : undefined;
}

/** A client that does not answer is left out. Source: DefaultMonitorListener#reportConsumerRunningInfo. */
async function reportMembers(context: CommandContext, group: string, clientIds: readonly string[]): Promise<void> {
  const infos = new Map<string, ConsumerRunningInfo>();
  for (const clientId of clientIds) {
    const info = await orUndefined(context.admin.consumerRunningInfo(group, clientId));
    if (info !== undefined) infos.set(clientId, info);
  }
  const nowMs = context.clock.now();
  if (!haveSameSubscription(infos, nowMs)) {
    context.note(`${NOTIFY}${group}, Subscription different`);
    context.answer({ differentSubscriptions: { group, clientIds: [...infos.keys()] } });
  }
  for (const [clientId, info] of sortedByClient(infos)) {
    for (const warning of queueWarnings(clientId, info, nowMs)) {
      context.note(`${NOTIFY}${group}, ClientId: ${clientId}, ${warning}`);
      context.answer({ blockedQueue: { group, clientId, warning } });
    }
  }
}

/** What can't be asked in this round is asked again in the next one. */
async function orUndefined<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch {
    return undefined;
  }
}
