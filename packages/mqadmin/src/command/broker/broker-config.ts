import { mastersWithSlaves, NO_MASTER } from '@rocketmq-ts/admin';
import { exactlyOne, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { printProperties } from '../config-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { clusterBrokers, clusterMasters, UNKNOWN_CLUSTER } from '../targets.ts';

export const getBrokerConfig: Command = {
  className: 'GetBrokerConfigCommand',
  options: [
    exactlyOne(
      valueOption('b', 'brokerAddr', 'get which broker'),
      valueOption('c', 'clusterName', 'get which cluster'),
    ),
  ],
  examples: [
    { line: '-b 10.0.0.1:10911', does: 'Settings of one broker.' },
    { line: '-c DefaultCluster', does: 'Of all brokers, slaves below their masters.' },
  ],
  async run(context) {
    const address = context.options.value('b');
    if (address !== undefined) {
      const config = await printConfig(context, `============${address}============`, address);
      return context.answer({ brokers: [config] });
    }
    const brokers: BrokerConfig[] = [];
    const table = mastersWithSlaves(await context.admin.examineClusterInfo(), context.options.text('c'));
    if (table === undefined) context.refuse(UNKNOWN_CLUSTER);
    for (const [master, slaves] of table ?? []) {
      if (master === NO_MASTER) context.note('a broker name without a master was found: its slaves follow');
      else brokers.push(await printConfig(context, `============Master: ${master}============`, master));
      for (const slave of slaves) {
        const banner = `============My Master: ${master}=====Slave: ${slave}============`;
        brokers.push({ ...(await printConfig(context, banner, slave)), master: master === NO_MASTER ? null : master });
      }
    }
    context.answer({ brokers });
  },
};

interface BrokerConfig {
  readonly address: string;
  readonly properties: ReadonlyMap<string, string>;
  /** Of a slave; null where it has none. */
  readonly master?: string | null;
}

async function printConfig(context: CommandContext, banner: string, address: string): Promise<BrokerConfig> {
  context.print('%s%n', banner);
  const properties = await context.admin.brokerConfig(address);
  printProperties(context, properties);
  context.print('%n');
  return { address, properties };
}

export const updateBrokerConfig: Command = {
  className: 'UpdateBrokerConfigSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'update which broker'),
    valueOption('c', 'clusterName', 'update which cluster'),
    valueOption('a', 'updateAllBroker', 'update all brokers include slave'),
    requiredOption('k', 'key', 'config key'),
    requiredOption('v', 'value', 'config value'),
  ],
  examples: [
    { line: '-b 10.0.0.1:10911 -k fileReservedTime -v 48', does: 'One broker keeps files for two days.' },
    {
      line: '-c DefaultCluster -a true -k autoCreateTopicEnable -v false',
      does: 'All brokers of the cluster, slaves too.',
    },
  ],
  async run(context) {
    const { options } = context;
    const change = new Map([[options.text('k'), options.text('v')]]);
    const address = options.value('b');
    const brokers: string[] = [];
    const answer = (): void => context.answer({ key: options.text('k'), value: options.text('v'), brokers });
    if (address !== undefined) {
      await update(context, address, change);
      brokers.push(address);
      return answer();
    }
    if (!options.has('c')) return context.usage();
    const members = options.has('a') ? clusterBrokers : clusterMasters;
    for (const member of await members(context, options.text('c'))) {
      try {
        await update(context, member, change);
        brokers.push(member);
      } catch (failure) {
        context.warn(failure);
      }
    }
    answer();
  },
};

async function update(context: CommandContext, address: string, change: ReadonlyMap<string, string>): Promise<void> {
  const note = await context.admin.updateBrokerConfig(address, change);
  context.print('update broker config success, %s%n', address);
  if (note !== undefined) context.note(note);
}
