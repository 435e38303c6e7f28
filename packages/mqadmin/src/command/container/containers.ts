import { requiredOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { OptionValueError } from '../values.ts';

/** Source: AddBrokerSubCommand. */
export const addBroker: Command = {
  className: 'AddBrokerSubCommand',
  options: [
    requiredOption('c', 'brokerContainerAddr', 'Broker container address'),
    requiredOption('b', 'brokerConfigPath', 'Broker config path'),
  ],
  examples: [
    {
      line: '-c 10.0.0.1:10811 -b /data/conf/broker-b.conf',
      does: "A broker container of Apache's starts one more broker, by a file on its machine.",
    },
  ],
  async run(context) {
    const container = context.options.text('c').trim();
    const configPath = context.options.text('b').trim();
    await context.admin.addBrokerToContainer(container, configPath);
    context.print('add broker to %s success%n', container);
    context.answer({ container, configPath });
  },
};

/** Source: RemoveBrokerSubCommand. */
export const removeBroker: Command = {
  className: 'RemoveBrokerSubCommand',
  options: [
    requiredOption('c', 'brokerContainerAddr', 'Broker container address'),
    requiredOption(
      'b',
      'brokerIdentity',
      'Information to identify a broker: clusterName:brokerName:brokerId(dLedgerId for dLedger)',
    ),
  ],
  examples: [
    {
      line: '-c 10.0.0.1:10811 -b DefaultCluster:broker-b:0',
      does: "A broker container of Apache's stops one of its brokers.",
    },
  ],
  async run(context) {
    const container = context.options.text('c').trim();
    const identity = context.options.text('b').trim();
    const [cluster = '', brokerName = '', id = ''] = identity.split(':').map((part) => part.trim());
    if (cluster === '' || brokerName === '' || !/^[+-]?\d+$/.test(id)) {
      throw new OptionValueError('b', identity, 'of the form clusterName:brokerName:brokerId');
    }
    const brokerId = Number(id);
    if (brokerId < 0) return context.refuse("brokerId can't be negative\n");
    await context.admin.removeBrokerFromContainer(container, cluster, brokerName, brokerId);
    context.print('remove broker from %s success%n', container);
    context.answer({ container, cluster, brokerName, brokerId });
  },
};
