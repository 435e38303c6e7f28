import {
  type Admin,
  AdminError,
  type ConsumerConnection,
  compareMessageQueues,
  type GroupStats,
  groupOfRetryTopic,
  isRetryTopic,
  messageQueueKey,
  ResponseCode,
  versionDescription,
} from '@rocketmq-ts/admin';
import { valueOption } from '@rocketmq-ts/kernel';
import { dateTime, hashOrder } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { Command, CommandContext } from '../entry.ts';
import { booleanValue } from '../values.ts';

interface QueueRow {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  readonly diff: number;
  readonly inflight: number;
  /** Milliseconds; 0 when nothing was consumed. */
  readonly lastTimestamp: number;
  /** With -s: of the member that has the queue; null when none has it. */
  readonly clientIp?: string | null;
}

function queueTable(showClient: boolean): TextTable<QueueRow> {
  return new TextTable<QueueRow>([
    { head: '#Topic', pattern: '%-64.64s  ', of: 'topic' },
    { head: '#Broker Name', pattern: '%-32.32s  ', of: 'brokerName' },
    { head: '#QID', pattern: '%-4d  ', of: 'queueId' },
    { head: '#Broker Offset', pattern: '%-20d  ', of: 'brokerOffset' },
    { head: '#Consumer Offset', pattern: '%-20d  ', of: 'consumerOffset' },
    ...(showClient
      ? [{ head: '#Client IP', pattern: '%-20s ', of: ({ clientIp }: QueueRow) => clientIp ?? 'N/A' }]
      : []),
    { head: '#Diff', pattern: '%-20d ', of: 'diff' },
    { head: '#Inflight', pattern: '%-20d ', headPattern: '%-20s', of: 'inflight' },
    { head: '#LastTime', pattern: '%s', of: ({ lastTimestamp: at }) => (at === 0 ? 'N/A' : dateTime(at)) },
  ]);
}

interface GroupRow {
  readonly group: string;
  /** Of members that are online. */
  readonly count: number;
  /** The lowest of its members; null, as the others, when none is online. */
  readonly version: string | null;
  readonly type: 'PULL' | 'PUSH' | null;
  readonly model: string | null;
  readonly consumeTps: number;
  readonly diffTotal: number;
}

const GROUPS = new TextTable<GroupRow>([
  { head: '#Group', pattern: '%-64.64s  ', of: 'group' },
  { head: '#Count', pattern: '%-6d  ', of: 'count' },
  { head: '#Version', pattern: '%-24s ', of: ({ version }) => version ?? 'OFFLINE' },
  { head: '#Type', pattern: '%-5s  ', of: ({ type }) => type ?? '' },
  { head: '#Model', pattern: '%-14s  ', of: ({ model }) => model ?? '' },
  { head: '#TPS', pattern: '%-7d  ', of: ({ consumeTps }) => Math.trunc(consumeTps) },
  { head: '#Diff Total', pattern: '%d', of: 'diffTotal' },
]);

export const consumerProgress: Command = {
  className: 'ConsumerProgressSubCommand',
  options: [
    valueOption('g', 'groupName', 'consumer group name'),
    valueOption('t', 'topicName', 'topic name'),
    valueOption('s', 'showClientIP', 'Show Client IP per Queue'),
    valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  examples: [
    { line: '-g billing', does: 'How far the group is behind on each queue.' },
    { line: '-g billing -s true', does: 'With the address of the member that has the queue.' },
    { line: '', does: 'All groups with their members and total lag.' },
  ],
  async run(context) {
    const group = context.options.value('g');
    if (group === undefined) await printAllGroups(context);
    else await printGroup(context, group);
  },
};

async function printGroup(context: CommandContext, group: string): Promise<void> {
  const topic = context.options.value('t');
  const physical = await context.admin.examineConsumeStats(group, topic, context.options.value('c'));
  const stats = await context.admin.logicalProgress(physical);
  const showClient = booleanValue(context.options, 's') === true;
  const clients = showClient ? await clientsByQueue(context, group) : undefined;
  const sorted = stats.offsets.toSorted((a, b) => compareMessageQueues(a.queue, b.queue));
  const queues = sorted.map(({ queue, brokerOffset, consumerOffset, pullOffset, lastTimestamp }) => ({
    ...queue,
    ...{ brokerOffset, consumerOffset, diff: brokerOffset - consumerOffset, inflight: pullOffset - consumerOffset },
    lastTimestamp,
    ...(clients === undefined ? {} : { clientIp: clients.get(messageQueueKey(queue)) ?? null }),
  }));
  queueTable(showClient).print(context, queues);
  const diffTotal = queues.reduce((sum, { diff }) => sum + diff, 0);
  const inflightTotal = queues.reduce((sum, { inflight }) => sum + inflight, 0);
  context.print('%n');
  context.print('Consume TPS: %.2f%n', stats.consumeTps);
  context.print('Consume Diff Total: %d%n', diffTotal);
  context.print('Consume Inflight Total: %d%n', inflightTotal);
  context.answer({ group, queues, consumeTps: stats.consumeTps, diffTotal, inflightTotal });
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
  const groups: GroupRow[] = [];
  GROUPS.head(context);
  for (const topic of hashOrder(await context.admin.fetchAllTopicList())) {
    if (!isRetryTopic(topic)) continue;
    const group = groupOfRetryTopic(topic);
    const stats = await orUndefined(context.admin.examineConsumeStats(group).then(context.admin.logicalProgress));
    const row = {
      ...{ group, ...membersOf(await onlineMembers(context.admin, group)) },
      ...{ consumeTps: stats?.consumeTps ?? 0, diffTotal: totalDifference(stats) },
    };
    GROUPS.row(context, row);
    groups.push(row);
  }
  context.answer({ groups });
}

/** Lowest version, type and model. Source: ConsumerProgressSubCommand$GroupConsumeInfo. */
function membersOf(connection: ConsumerConnection | undefined): Pick<GroupRow, 'count' | 'version' | 'type' | 'model'> {
  const members = connection?.connectionSet ?? [];
  if (connection === undefined || members.length === 0) return { count: 0, version: null, type: null, model: null };
  const lowest = Math.min(...members.map((client) => client.version));
  const { consumeType, messageModel } = connection;
  return {
    ...{ count: members.length, version: versionDescription(lowest) },
    type: consumeType === 'CONSUME_ACTIVELY' ? 'PULL' : 'PUSH',
    model: consumeType === 'CONSUME_PASSIVELY' ? messageModel : null,
  };
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
