import {
  type Admin,
  AdminError,
  type ConsumerConnection,
  compareMessageQueues,
  type GroupStats,
  isRetryTopic,
  messageQueueKey,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  versionDescription,
} from '@rocketmq-ts/admin';
import { valueOption } from '@rocketmq-ts/kernel';
import { dateTime, front, hashOrder } from '../../java-text.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { booleanValue } from '../values.ts';

export const consumerProgress: CommandEntry = {
  name: 'consumerProgress',
  description: "Query consumer's progress, speed.",
  className: 'ConsumerProgressSubCommand',
  options: [
    valueOption('g', 'groupName', 'consumer group name'),
    valueOption('t', 'topicName', 'topic name'),
    valueOption('s', 'showClientIP', 'Show Client IP per Queue'),
    valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  async run(context) {
    const group = context.options.value('g');
    if (group === undefined || group === '') await printAllGroups(context);
    else await printGroup(context, group);
  },
};

async function printGroup(context: CommandContext, group: string): Promise<void> {
  const topic = context.options.value('t');
  const stats = await context.admin.examineConsumeStats(group, topic, context.options.value('c'));
  const showClient = booleanValue(context.options, 's') === true;
  const clients = showClient ? await clientsByQueue(context, group) : undefined;
  const clientColumn = showClient ? '%-20s ' : '%s';
  const clientHeader = showClient ? '#Client IP' : '';
  context.print(
    `%-64s  %-32s  %-4s  %-20s  %-20s  ${clientColumn}%-20s %-20s%s%n`,
    ...['#Topic', '#Broker Name', '#QID', '#Broker Offset', '#Consumer Offset', clientHeader],
    ...['#Diff', '#Inflight', '#LastTime'],
  );
  let difference = 0;
  let inflight = 0;
  for (const one of stats.offsets.toSorted((a, b) => compareMessageQueues(a.queue, b.queue))) {
    const behind = one.brokerOffset - one.consumerOffset;
    const pulled = one.pullOffset - one.consumerOffset;
    difference += behind;
    inflight += pulled;
    context.print(
      `%-64s  %-32s  %-4d  %-20d  %-20d  ${clientColumn}%-20d %-20d %s%n`,
      ...[front(one.queue.topic, 64), front(one.queue.brokerName, 32), one.queue.queueId],
      ...[one.brokerOffset, one.consumerOffset],
      clients === undefined ? '' : (clients.get(messageQueueKey(one.queue)) ?? 'N/A'),
      ...[behind, pulled, one.lastTimestamp === 0 ? 'N/A' : dateTime(one.lastTimestamp)],
    );
  }
  context.print('%n');
  context.print('Consume TPS: %.2f%n', stats.consumeTps);
  context.print('Consume Diff Total: %d%n', difference);
  context.print('Consume Inflight Total: %d%n', inflight);
}

/** The address part of the client that holds a queue. A client that does not answer is left out. */
async function clientsByQueue(context: CommandContext, group: string): Promise<Map<string, string>> {
  const holders = new Map<string, string>();
  try {
    const { connectionSet } = await context.admin.examineConsumerConnection(group);
    for (const { clientId } of connectionSet) {
      const info = await context.admin.consumerRunningInfo(group, clientId);
      for (const [queue] of info.mqTable) holders.set(messageQueueKey(queue), clientId.split('@')[0]!);
    }
  } catch (failure) {
    // A group without members has no holders, which is no failure.
    const offline = failure instanceof AdminError && failure.responseCode === ResponseCode.CONSUMER_NOT_ONLINE;
    if (!offline) context.warn(failure);
  }
  return holders;
}

/** As Apache's: a group that never had a retry topic is not seen. */
async function printAllGroups(context: CommandContext): Promise<void> {
  context.print(
    '%-64s  %-6s  %-24s %-5s  %-14s  %-7s  %s%n',
    ...['#Group', '#Count', '#Version', '#Type', '#Model', '#TPS', '#Diff Total'],
  );
  for (const topic of hashOrder(await context.admin.fetchAllTopicList())) {
    if (!isRetryTopic(topic)) continue;
    const group = topic.slice(RETRY_TOPIC_PREFIX.length);
    const stats = await orUndefined(context.admin.examineConsumeStats(group));
    const connection = await onlineMembers(context.admin, group);
    const count = connection?.connectionSet.length ?? 0;
    context.print(
      '%-64s  %-6d  %-24s %-5s  %-14s  %-7d  %d%n',
      ...[front(group, 64), count],
      ...(connection === undefined || count === 0 ? ['OFFLINE', '', ''] : memberColumns(connection)),
      ...[Math.trunc(stats?.consumeTps ?? 0), totalDifference(stats)],
    );
  }
}

/** Lowest version, type and model. Source: ConsumerProgressSubCommand$GroupConsumeInfo. */
function memberColumns(connection: ConsumerConnection): [string, string, string] {
  const lowest = Math.min(...connection.connectionSet.map((client) => client.version));
  const active = connection.consumeType === 'CONSUME_ACTIVELY';
  const push = connection.consumeType === 'CONSUME_PASSIVELY';
  return [versionDescription(lowest), active ? 'PULL' : 'PUSH', push ? connection.messageModel : ''];
}

function onlineMembers(admin: Admin, group: string): Promise<ConsumerConnection | undefined> {
  return orUndefined(admin.examineConsumerConnection(group));
}

/** A group that is offline or has consumed nothing answers with an error, which is no failure of a listing. */
async function orUndefined<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch {
    return undefined;
  }
}

function totalDifference(stats: GroupStats | undefined): number {
  return (stats?.offsets ?? []).reduce((sum, one) => sum + one.brokerOffset - one.consumerOffset, 0);
}
