import { allAddresses } from '@rocketmq-ts/admin';
import { type Option, valueOption } from '@rocketmq-ts/kernel';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { clusterNames } from '../targets.ts';

const BROKER = valueOption('b', 'brokerAddr', 'Broker address');
const CLUSTER: Option = valueOption('c', 'cluster', 'clustername');

export const cleanExpiredCQ: CommandEntry = {
  name: 'cleanExpiredCQ',
  description: 'Clean expired ConsumeQueue on broker.',
  className: 'CleanExpiredCQSubCommand',
  options: [BROKER, CLUSTER],
  run: (context) => onBrokers(context, context.admin.cleanExpiredConsumeQueue),
};

export const deleteExpiredCommitLog: CommandEntry = {
  name: 'deleteExpiredCommitLog',
  description: 'Delete expired CommitLog files.',
  className: 'DeleteExpiredCommitLogSubCommand',
  options: [valueOption('n', 'namesrvAddr', 'Name server address'), BROKER, CLUSTER],
  run: (context) => onBrokers(context, context.admin.deleteExpiredCommitLog),
};

export const cleanUnusedTopic: CommandEntry = {
  name: 'cleanUnusedTopic',
  description: 'Clean unused topic on broker.',
  className: 'CleanUnusedTopicCommand',
  options: [BROKER, valueOption('c', 'cluster', 'cluster name')],
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
    return context.out('success');
  }
  const info = await context.admin.examineClusterInfo();
  const cluster = context.options.value('c')?.trim() ?? '';
  let done = false;
  for (const name of cluster === '' ? clusterNames(info) : [cluster]) {
    const members = allAddresses(info, name) ?? [];
    for (const member of members) await clean(member);
    // Apache reports the last cluster only.
    done = members.length > 0;
  }
  if (done) context.out('success');
  else context.refuse('false');
}
