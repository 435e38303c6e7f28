import { compareMessageQueues } from '@rocketmq-ts/admin';
import { javaDouble, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { front, humanTime } from '../../java-text.ts';
import type { CommandEntry } from '../entry.ts';

export const topicStatus: CommandEntry = {
  name: 'topicStatus',
  description: 'Examine topic Status info.',
  className: 'TopicStatusSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    valueOption('c', 'cluster', 'cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  async run(context) {
    const stats = await context.admin.examineTopicStats(context.options.text('t'), context.options.value('c'));
    const header = ['#Broker Name', '#QID', '#Min Offset', '#Max Offset', '#Last Updated'];
    context.print('%-32s  %-4s  %-20s  %-20s    %s%n', ...header);
    for (const one of stats.offsets.toSorted((a, b) => compareMessageQueues(a.queue, b.queue))) {
      const updated = one.lastUpdateTimestamp > 0 ? humanTime(one.lastUpdateTimestamp) : '';
      const { brokerName, queueId } = one.queue;
      context.print(
        '%-32s  %-4d  %-20d  %-20d    %s%n',
        ...[front(brokerName, 32), queueId, one.minOffset, one.maxOffset, updated],
      );
    }
    context.print('%nTopic Put TPS: %s%n', javaDouble(stats.topicPutTps));
  },
};
