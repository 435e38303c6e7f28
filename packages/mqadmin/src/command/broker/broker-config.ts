import { mastersWithSlaves, NO_MASTER } from '@rocketmq-ts/admin';
import { exactlyOne, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { printProperties } from '../config-text.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { clusterBrokers, clusterMasters, UNKNOWN_CLUSTER } from '../targets.ts';

export const getBrokerConfig: CommandEntry = {
  name: 'getBrokerConfig',
  description: 'Get broker config by cluster or special broker.',
  className: 'GetBrokerConfigCommand',
  options: [
    exactlyOne(
      valueOption('b', 'brokerAddr', 'get which broker'),
      valueOption('c', 'clusterName', 'get which cluster'),
    ),
  ],
  async run(context) {
    const address = context.options.value('b');
    if (address !== undefined) return printConfig(context, `============${address}============`, address);
    const table = mastersWithSlaves(await context.admin.examineClusterInfo(), context.options.text('c'));
    if (table === undefined) context.refuse(UNKNOWN_CLUSTER);
    for (const [master, slaves] of table ?? []) {
      if (master === NO_MASTER) context.note('a broker name without a master was found: its slaves follow');
      else await printConfig(context, `============Master: ${master}============`, master);
      for (const slave of slaves) {
        await printConfig(context, `============My Master: ${master}=====Slave: ${slave}============`, slave);
      }
    }
  },
};

async function printConfig(context: CommandContext, banner: string, address: string): Promise<void> {
  context.print('%s%n', banner);
  printProperties(context, await context.admin.brokerConfig(address));
  context.print('%n');
}

export const updateBrokerConfig: CommandEntry = {
  name: 'updateBrokerConfig',
  description: "Update broker's config.",
  className: 'UpdateBrokerConfigSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'update which broker'),
    valueOption('c', 'clusterName', 'update which cluster'),
    valueOption('a', 'updateAllBroker', 'update all brokers include slave'),
    requiredOption('k', 'key', 'config key'),
    requiredOption('v', 'value', 'config value'),
  ],
  async run(context) {
    const { options } = context;
    const change = new Map([[options.text('k'), options.text('v')]]);
    const address = options.value('b');
    if (address !== undefined) {
      return update(context, address, change);
    }
    if (!options.has('c')) return context.usage();
    const members = options.has('a') ? clusterBrokers : clusterMasters;
    for (const member of await members(context, options.text('c'))) {
      try {
        await update(context, member, change);
      } catch (failure) {
        context.warn(failure);
      }
    }
  },
};

async function update(context: CommandContext, address: string, change: ReadonlyMap<string, string>): Promise<void> {
  const note = await context.admin.updateBrokerConfig(address, change);
  context.print('update broker config success, %s%n', address);
  if (note !== undefined) context.note(note);
}
