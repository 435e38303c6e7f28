import { exactlyOne, valueOption } from '@rocketmq-ts/kernel';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { clusterBrokers } from '../targets.ts';

export const brokerStatus: CommandEntry = {
  name: 'brokerStatus',
  description: 'Fetch broker runtime status data.',
  className: 'BrokerStatusSubCommand',
  options: [
    exactlyOne(valueOption('b', 'brokerAddr', 'Broker address'), valueOption('c', 'clusterName', 'which cluster')),
  ],
  async run(context) {
    const address = context.options.value('b');
    if (address !== undefined) return printStatus(context, address, '');
    for (const member of await clusterBrokers(context, context.options.text('c'))) {
      try {
        await printStatus(context, member, member);
      } catch (failure) {
        context.warn(failure);
      }
    }
  },
};

async function printStatus(context: CommandContext, address: string, label: string): Promise<void> {
  const status = await context.admin.brokerRuntimeInfo(address);
  for (const key of [...status.keys()].sort()) {
    if (label !== '') context.print('%-24s ', label);
    context.print('%-32s: %s%n', key, status.get(key)!);
  }
}
