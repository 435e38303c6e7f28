import { decodeTopicConfigArray } from '@rocketmq-ts/admin';
import { batchOptions, sendBatch } from '../batch-file.ts';
import type { Command } from '../entry.ts';

const SUCCESS = 'submit batch of topic config to %s success, please check the result later.%n';

/** Source: UpdateTopicListSubCommand. */
export const updateTopicList: Command = {
  className: 'UpdateTopicListSubCommand',
  options: batchOptions('topic', 'Path to a file with list of org.apache.rocketmq.common.TopicConfig in json format'),
  examples: [
    {
      line: '-c DefaultCluster -f topics.json',
      does: 'Creates all topics of a file such as [{"topicName":"Orders","readQueueNums":8,"writeQueueNums":8}].',
    },
  ],
  run: (context) =>
    sendBatch(context, {
      read: decodeTopicConfigArray,
      send: context.admin.createTopics,
      name: (topic) => topic.topicName,
      onBroker: SUCCESS,
      onCluster: SUCCESS,
    }),
};
