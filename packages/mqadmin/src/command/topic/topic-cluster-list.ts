import { requiredOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';
import { clusterNames } from '../targets.ts';

export const topicClusterList: CommandEntry = {
  name: 'topicClusterList',
  description: 'Get cluster info for topic.',
  className: 'TopicClusterSubCommand',
  options: [requiredOption('t', 'topic', 'topic name')],
  async run(context) {
    const info = await context.admin.examineClusterInfo();
    const route = await context.admin.examineTopicRoute(context.options.text('t'));
    const brokerName = route.brokerDatas[0]?.brokerName ?? '';
    for (const cluster of clusterNames(info)) {
      if (info.clusterAddrTable.get(cluster)?.includes(brokerName) === true) context.print('%s%n', cluster);
    }
  },
};
