import { decodeSubscriptionGroupConfigArray } from '@rocketmq-ts/admin';
import { batchOptions, sendBatch } from '../batch-file.ts';
import type { Command } from '../entry.ts';

const FILE =
  'Path to a file with a list of org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig in json format';

/** Source: UpdateSubGroupListSubCommand. */
export const updateSubGroupList: Command = {
  className: 'UpdateSubGroupListSubCommand',
  options: batchOptions('groups', FILE),
  examples: [
    {
      line: '-c DefaultCluster -f groups.json',
      does: 'Creates all groups of a file such as [{"groupName":"billing","retryMaxTimes":3}].',
    },
  ],
  run: (context) =>
    sendBatch(context, {
      read: decodeSubscriptionGroupConfigArray,
      send: context.admin.createSubscriptionGroups,
      name: (group) => group.groupName,
      onBroker: 'submit batch of group config to %s success, please check the result later.%n',
      onCluster: 'submit batch of subscription group config to %s success, please check the result later.%n',
    }),
};
