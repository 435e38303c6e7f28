import { type ClusterInfo, isDeadLetterTopic, isRetryTopic } from '@rocketmq-ts/admin';
import { flagOption } from '@rocketmq-ts/kernel';
import { hashOrder } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { Command, CommandContext } from '../entry.ts';
import { clusterNames } from '../targets.ts';

interface TopicRow {
  readonly cluster: string;
  readonly topic: string;
  readonly group: string;
}

/** Apache's header and rows do not line up; scripts cut them by column. */
const TOPICS = new TextTable<TopicRow>([
  { head: '#Cluster Name', pattern: '%-20.20s  ', of: 'cluster' },
  { head: '#Topic', pattern: '%-64.64s  ', headPattern: '%-48s  ', of: 'topic' },
  { head: '#Consumer Group', pattern: '%-64.64s', headPattern: '%-48s', of: 'group' },
]);

export const topicList: Command = {
  className: 'TopicListSubCommand',
  options: [flagOption('c', 'clusterModel', 'clusterModel')],
  examples: [
    { line: '', does: 'Names of all topics.' },
    { line: '-c', does: 'With cluster and consumer groups.' },
  ],
  async run(context) {
    if (!context.options.has('c')) {
      const topics = hashOrder(await context.admin.fetchAllTopicList());
      for (const topic of topics) context.print('%s%n', topic);
      return context.answer({ topics });
    }
    const info = await context.admin.examineClusterInfo();
    const rows: TopicRow[] = [];
    TOPICS.head(context);
    for (const topic of hashOrder(await context.admin.fetchAllTopicList())) {
      if (isRetryTopic(topic) || isDeadLetterTopic(topic)) continue;
      const { cluster, groups } = await consumersOf(context, info, topic);
      for (const group of groups.length === 0 ? [''] : hashOrder(groups)) {
        const row = { cluster, topic, group };
        TOPICS.row(context, row);
        rows.push(row);
      }
    }
    context.answer({ topics: rows });
  },
};

async function consumersOf(
  context: CommandContext,
  info: ClusterInfo,
  topic: string,
): Promise<{ cluster: string; groups: string[] }> {
  try {
    const route = await context.admin.examineTopicRoute(topic);
    const brokerName = route.brokerDatas[0]?.brokerName;
    const cluster = clusterNames(info).find((name) => info.clusterAddrTable.get(name)?.includes(brokerName ?? ''));
    return { cluster: cluster ?? '', groups: await context.admin.queryTopicConsumeByWho(topic) };
  } catch (failure) {
    context.warn(failure);
    return { cluster: '', groups: [] };
  }
}
