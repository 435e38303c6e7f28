import { requiredOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { clusterNames } from '../targets.ts';

export const topicClusterList: Command = {
  className: 'TopicClusterSubCommand',
  options: [requiredOption('t', 'topic', 'topic name')],
  examples: [{ line: '-t Orders', does: 'The cluster that has Orders.' }],
  async run(context) {
    const info = await context.admin.examineClusterInfo();
    const topic = context.options.text('t');
    const route = await context.admin.examineTopicRoute(topic);
    const brokerName = route.brokerDatas[0]?.brokerName ?? '';
    const clusters = clusterNames(info).filter(
      (name) => info.clusterAddrTable.get(name)?.includes(brokerName) === true,
    );
    for (const cluster of clusters) context.print('%s%n', cluster);
    context.answer({ topic, clusters });
  },
};
