import { selectBrokerAddress } from '@rocketmq-ts/admin';
import { CodedError, requiredOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import { hashOrder } from '../../java-text.ts';
import type { Command } from '../entry.ts';
import { clusterNames } from '../targets.ts';
import { groupConfigFields } from './group-config-text.ts';

export const getConsumerConfig: Command = {
  className: 'GetConsumerConfigSubCommand',
  options: [requiredOption('g', 'groupName', 'subscription group name')],
  examples: [{ line: '-g billing', does: 'Settings of a group on each broker that knows it.' }],
  async run(context) {
    const group = context.options.text('g');
    const info = await context.admin.examineClusterInfo();
    const brokers: object[] = [];
    for (const name of hashOrder(info.brokerAddrTable.keys())) {
      const broker = info.brokerAddrTable.get(name)!;
      const address = selectBrokerAddress(broker);
      if (address === undefined) continue;
      const config = (await context.admin.subscriptionGroups(address)).get(group);
      if (config === undefined) continue;
      const cluster = clusterNames(info).find((each) => info.clusterAddrTable.get(each)?.includes(broker.brokerName));
      const bar = '='.repeat(29);
      context.print('%s%s:%s%s%n', bar, cluster ?? broker.cluster, broker.brokerName, bar);
      brokers.push({ cluster: cluster ?? broker.cluster, brokerName: broker.brokerName, address, config });
      for (const [field, value] of groupConfigFields(config)) context.print('%-40s=  %s%n', field, value ?? '');
    }
    // Apache's tool prints nothing at all then.
    if (brokers.length === 0) {
      const sentence = `no broker knows the consumer group ${group}`;
      return context.warn(new CodedError<MqadminErrorCode>('NO_SUCH_GROUP', sentence));
    }
    context.answer({ group, brokers });
  },
};
