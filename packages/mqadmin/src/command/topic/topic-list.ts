import { type ClusterInfo, isDeadLetterTopic, isRetryTopic } from '@rocketmq-ts/admin';
import { flagOption } from '@rocketmq-ts/kernel';
import { front, hashOrder } from '../../java-text.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { clusterNames } from '../targets.ts';

export const topicList: CommandEntry = {
  name: 'topicList',
  description: 'Fetch all topic list from name server.',
  className: 'TopicListSubCommand',
  options: [flagOption('c', 'clusterModel', 'clusterModel')],
  async run(context) {
    if (!context.options.has('c')) {
      for (const topic of hashOrder(await context.admin.fetchAllTopicList())) context.print('%s%n', topic);
      return;
    }
    const info = await context.admin.examineClusterInfo();
    // Apache's header and rows do not line up; scripts cut them by column.
    context.print('%-20s  %-48s  %-48s%n', '#Cluster Name', '#Topic', '#Consumer Group');
    for (const topic of hashOrder(await context.admin.fetchAllTopicList())) {
      if (isRetryTopic(topic) || isDeadLetterTopic(topic)) continue;
      const { cluster, groups } = await consumersOf(context, info, topic);
      for (const group of groups.length === 0 ? [''] : hashOrder(groups)) {
        context.print('%-20s  %-64s  %-64s%n', front(cluster, 20), front(topic, 64), front(group, 64));
      }
    }
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
