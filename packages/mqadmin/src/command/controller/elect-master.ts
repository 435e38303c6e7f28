import { requiredOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { integerValue } from '../values.ts';

export const electMaster: Command = {
  className: 'ReElectMasterSubCommand',
  options: [
    requiredOption('a', 'controllerAddress', 'The address of controller'),
    requiredOption('b', 'brokerId', 'The id of the broker which requires to become master'),
    requiredOption('bn', 'brokerName', 'The broker name of the replicas that require to be manipulated'),
    requiredOption('c', 'clusterName', 'the clusterName of broker'),
  ],
  examples: [{ line: '-a 10.0.0.9:9878 -c DefaultCluster -bn broker-a -b 2', does: 'Replica 2 becomes the master.' }],
  async run(context) {
    const clusterName = context.options.text('c');
    const brokerName = context.options.text('bn');
    const brokerId = integerValue(context.options, 'b')!;
    const elected = await context.admin.electMaster(context.options.text('a'), { clusterName, brokerName }, brokerId);
    context.print('%n#ClusterName\t%s', clusterName);
    context.print('%n#BrokerName\t%s', brokerName);
    context.print('%n#BrokerMasterAddr\t%s', elected.masterAddress ?? 'null');
    context.print('%n#MasterEpoch\t%s', elected.masterEpoch ?? 'null');
    context.print('%n#SyncStateSetEpoch\t%s%n', elected.syncStateSetEpoch ?? 'null');
    context.answer({ cluster: clusterName, brokerName, ...elected });
  },
};
