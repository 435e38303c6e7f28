import { allAddresses } from '@rocketmq-ts/admin';
import { type Option, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { clusterNames } from '../targets.ts';

const BROKER = valueOption('b', 'brokerAddr', 'Broker address');
const CLUSTER: Option = valueOption('c', 'cluster', 'clustername');

export const cleanExpiredCQ: Command = {
  className: 'CleanExpiredCQSubCommand',
  options: [BROKER, CLUSTER],
  examples: [
    { line: '-b 10.0.0.1:10911', does: 'Queue files of messages that are gone.' },
    { line: '', does: 'On all brokers.' },
  ],
  run: (context) => onBrokers(context, context.admin.cleanExpiredConsumeQueue),
};

export const deleteExpiredCommitLog: Command = {
  className: 'DeleteExpiredCommitLogSubCommand',
  options: [valueOption('n', 'namesrvAddr', 'Name server address'), BROKER, CLUSTER],
  examples: [{ line: '-c DefaultCluster', does: 'Log files that are older than their brokers keep them.' }],
  run: (context) => onBrokers(context, context.admin.deleteExpiredCommitLog),
};

export const cleanUnusedTopic: Command = {
  className: 'CleanUnusedTopicCommand',
  options: [BROKER, valueOption('c', 'cluster', 'cluster name')],
  examples: [{ line: '-b 10.0.0.1:10911', does: 'Queues of topics that the broker no longer has.' }],
  run: (context) => onBrokers(context, context.admin.cleanUnusedTopic),
};

/**
 * Asks the broker that is named, or every one of a cluster, or of all; a cluster without brokers, or an unknown one, is
 * `false`. Without a line feed. Source: DefaultMQAdminExtImpl#cleanExpiredConsumerQueue and its neighbours.
 */
async function onBrokers(context: CommandContext, clean: (address: string) => Promise<void>): Promise<void> {
  const address = context.options.value('b')?.trim();
  if (address !== undefined) {
    await clean(address);
    context.out('success');
    return context.answer({ brokers: [address] });
  }
  const info = await context.admin.examineClusterInfo();
  const cluster = context.options.value('c')?.trim() ?? '';
  let done = false;
  const brokers: string[] = [];
  for (const name of cluster === '' ? clusterNames(info) : [cluster]) {
    const members = allAddresses(info, name) ?? [];
    for (const member of members) {
      await clean(member);
      brokers.push(member);
    }
    // Apache reports the last cluster only.
    done = members.length > 0;
  }
  if (done) context.out('success');
  else context.refuse('false');
  context.answer({ brokers });
}
