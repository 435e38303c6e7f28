import { requiredOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { clusterMasters } from '../targets.ts';

export const deleteTopic: Command = {
  className: 'DeleteTopicSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('c', 'clusterName', 'delete topic from which cluster'),
  ],
  examples: [{ line: '-t Orders -c DefaultCluster', does: 'Deletes Orders and what is stored in it.' }],
  async run(context) {
    const topic = context.options.text('t');
    const cluster = context.options.text('c');
    const brokers = await clusterMasters(context, cluster);
    for (const address of brokers) await context.admin.deleteTopicInBroker(address, topic);
    context.print('delete topic [%s] from cluster [%s] success.%n', topic, cluster);
    await context.admin.deleteTopicInNameServers(topic, cluster);
    context.print('delete topic [%s] from NameServer success.%n', topic);
    context.answer({ topic, cluster, brokers });
  },
};

/** A topic of a group, on masters and name servers, printing nothing. Rejects at the first failure. */
export async function deleteGroupTopic(context: CommandContext, cluster: string, topic: string): Promise<void> {
  for (const address of await clusterMasters(context, cluster)) await context.admin.deleteTopicInBroker(address, topic);
  await context.admin.deleteTopicInNameServers(topic, cluster);
}
