import { compareMessageQueues } from '@rocketmq-ts/admin';
import { javaDouble, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { humanTime } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { Command } from '../entry.ts';

interface QueueRow {
  readonly brokerName: string;
  readonly queueId: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Milliseconds; 0 of an empty queue. */
  readonly lastUpdateTimestamp: number;
}

const QUEUES = new TextTable<QueueRow>([
  { head: '#Broker Name', pattern: '%-32.32s  ', of: 'brokerName' },
  { head: '#QID', pattern: '%-4d  ', of: 'queueId' },
  { head: '#Min Offset', pattern: '%-20d  ', of: 'minOffset' },
  { head: '#Max Offset', pattern: '%-20d    ', of: 'maxOffset' },
  {
    head: '#Last Updated',
    pattern: '%s',
    of: ({ lastUpdateTimestamp: at }) => (at > 0 ? humanTime(at) : ''),
  },
]);

export const topicStatus: Command = {
  className: 'TopicStatusSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    valueOption('c', 'cluster', 'cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  examples: [{ line: '-t Orders', does: 'First and last offset of each queue.' }],
  async run(context) {
    const topic = context.options.text('t');
    const physical = await context.admin.examineTopicStats(topic, context.options.value('c'));
    const stats = await context.admin.withLogicalQueues(topic, physical);
    const sorted = stats.offsets.toSorted((a, b) => compareMessageQueues(a.queue, b.queue));
    const queues = sorted.map(({ queue: { brokerName, queueId }, minOffset, maxOffset, lastUpdateTimestamp }) => ({
      ...{ brokerName, queueId, minOffset, maxOffset, lastUpdateTimestamp },
    }));
    QUEUES.print(context, queues);
    context.print('%nTopic Put TPS: %s%n', javaDouble(stats.topicPutTps));
    context.answer({ topic, queues, putTps: stats.topicPutTps });
  },
};
