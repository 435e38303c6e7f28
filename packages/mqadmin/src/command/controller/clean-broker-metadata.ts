import { flagOption, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { OptionValueError } from '../values.ts';

export const cleanBrokerMetadata: Command = {
  className: 'CleanControllerBrokerMetaSubCommand',
  options: [
    requiredOption('a', 'controllerAddress', 'The address of controller'),
    valueOption(
      'b',
      'brokerControllerIdsToClean',
      'The brokerController id list which requires to clean metadata. eg: 1;2;3, means that clean broker-1, broker-2 and broker-3',
    ),
    requiredOption('bn', 'brokerName', 'The broker name of the replicas that require to be manipulated'),
    valueOption('c', 'clusterName', 'The clusterName of broker'),
    flagOption('l', 'cleanLivingBroker', 'Whether clean up living brokers,default value is false'),
  ],
  examples: [
    {
      line: '-a 10.0.0.9:9878 -c DefaultCluster -bn broker-a -b 3',
      does: 'The controller forgets a replica that will not come back.',
    },
  ],
  async run(context) {
    const brokerName = context.options.text('bn');
    const clusterName = context.options.value('c')?.trim();
    const ids = context.options.value('b')?.trim();
    const isCleanLivingBroker = context.options.has('l');
    if (!isCleanLivingBroker && (clusterName ?? '') === '') {
      throw new OptionValueError('c', '', 'a cluster name, which is needed without -l');
    }
    if (ids !== undefined && !/^\d+(;\d+)*$/.test(ids))
      throw new OptionValueError('b', ids, 'a list of ids such as 1;2');
    await context.admin.cleanBrokerData(context.options.text('a'), {
      clusterName,
      brokerName,
      brokerControllerIdsToClean: ids,
      isCleanLivingBroker,
    });
    context.print('clear broker %s metadata from controller success! %n', brokerName);
    context.answer({ brokerName, cluster: clusterName, brokerIds: ids?.split(';').map(Number) });
  },
};
