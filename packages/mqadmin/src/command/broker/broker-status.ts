import { exactlyOne, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { clusterBrokers } from '../targets.ts';

export const brokerStatus: Command = {
  className: 'BrokerStatusSubCommand',
  options: [
    exactlyOne(valueOption('b', 'brokerAddr', 'Broker address'), valueOption('c', 'clusterName', 'which cluster')),
  ],
  examples: [
    { line: '-b 10.0.0.1:10911', does: 'Counters and states of one broker.' },
    { line: '-c DefaultCluster', does: 'Of all brokers of a cluster, each line with its address.' },
  ],
  async run(context) {
    const address = context.options.value('b');
    if (address !== undefined) return context.answer({ brokers: [await printStatus(context, address, '')] });
    const brokers: BrokerStatus[] = [];
    for (const member of await clusterBrokers(context, context.options.text('c'))) {
      try {
        brokers.push(await printStatus(context, member, member));
      } catch (failure) {
        context.warn(failure);
      }
    }
    context.answer({ brokers });
  },
};

interface BrokerStatus {
  readonly address: string;
  readonly status: ReadonlyMap<string, string>;
}

async function printStatus(context: CommandContext, address: string, label: string): Promise<BrokerStatus> {
  const status = await context.admin.brokerRuntimeInfo(address);
  for (const key of [...status.keys()].sort()) {
    if (label !== '') context.print('%-24s ', label);
    context.print('%-32s: %s%n', key, status.get(key)!);
  }
  return { address, status };
}
