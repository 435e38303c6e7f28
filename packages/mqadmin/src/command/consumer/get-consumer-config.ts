import { selectBrokerAddress } from '@rocketmq-ts/admin';
import { CodedError, requiredOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { CommandEntry } from '../entry.ts';
import { clusterNames } from '../targets.ts';
import { groupConfigFields } from './group-config-text.ts';

export const getConsumerConfig: CommandEntry = {
  name: 'getConsumerConfig',
  description: 'Get consumer config by subscription group name.',
  className: 'GetConsumerConfigSubCommand',
  options: [requiredOption('g', 'groupName', 'subscription group name')],
  async run(context) {
    const group = context.options.text('g');
    const info = await context.admin.examineClusterInfo();
    let found = false;
    for (const broker of info.brokerAddrTable.values()) {
      const address = selectBrokerAddress(broker);
      if (address === undefined) continue;
      const config = (await context.admin.subscriptionGroups(address)).get(group);
      if (config === undefined) continue;
      found = true;
      const cluster = clusterNames(info).find((name) => info.clusterAddrTable.get(name)?.includes(broker.brokerName));
      const bar = '='.repeat(29);
      context.print('%s%s:%s%s%n', bar, cluster ?? broker.cluster, broker.brokerName, bar);
      for (const [name, value] of groupConfigFields(config)) context.print('%-40s=  %s%n', name, value ?? '');
    }
    // Apache's tool prints nothing at all then.
    if (!found) {
      const sentence = `no broker knows the consumer group ${group}`;
      context.warn(new CodedError<MqadminErrorCode>('NO_SUCH_GROUP', sentence));
    }
  },
};
