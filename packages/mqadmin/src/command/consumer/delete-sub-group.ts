import { deadLetterTopic, retryTopic } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { clusterMasters } from '../targets.ts';
import { deleteGroupTopic } from '../topic/delete-topic.ts';
import { booleanValue } from '../values.ts';

export const deleteSubGroup: Command = {
  className: 'DeleteSubscriptionGroupCommand',
  options: [
    valueOption('b', 'brokerAddr', 'delete subscription group from which broker'),
    valueOption('c', 'clusterName', 'delete subscription group from which cluster'),
    requiredOption('g', 'groupName', 'subscription group name'),
    valueOption('r', 'removeOffset', 'remove offset'),
  ],
  examples: [
    {
      line: '-g billing -c DefaultCluster -r true',
      does: 'Deletes the group, its retry and dead letter topics, and how far it has read.',
    },
  ],
  async run(context) {
    const { options, admin } = context;
    const group = options.text('g');
    const removeOffset = booleanValue(options, 'r') ?? false;
    const address = options.value('b');
    if (address !== undefined) {
      await admin.deleteSubscriptionGroup(address, group, removeOffset);
      context.print('delete subscription group [%s] from broker [%s] success.%n', group, address);
      return context.answer({ group, brokers: [address] });
    }
    if (!options.has('c')) return context.usage();
    const cluster = options.text('c');
    const masters = await clusterMasters(context, cluster);
    for (const master of masters) {
      await admin.deleteSubscriptionGroup(master, group, removeOffset);
      const row = 'delete subscription group [%s] from broker [%s] in cluster [%s] success.%n';
      context.print(row, group, master, cluster);
    }
    // Its retry and dead letter topics are deleted too; when that fails the group is deleted all the same.
    try {
      await deleteGroupTopic(context, cluster, retryTopic(group));
      await deleteGroupTopic(context, cluster, deadLetterTopic(group));
    } catch (failure) {
      context.warn(failure);
    }
    context.answer({ group, cluster, brokers: masters });
  },
};
