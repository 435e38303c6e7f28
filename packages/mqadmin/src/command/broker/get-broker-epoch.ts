import { exactlyOne, valueOption } from '@rocketmq-ts/kernel';
import { hashOrder } from '../../java-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { intervalOption, repeated } from '../repeated.ts';
import { clusterBrokers } from '../targets.ts';

/** Source: GetBrokerEpochSubCommand. */
export const getBrokerEpoch: Command = {
  className: 'GetBrokerEpochSubCommand',
  options: [
    exactlyOne(
      valueOption('c', 'clusterName', 'which cluster'),
      valueOption('b', 'brokerName', 'which broker to fetch'),
    ),
    intervalOption,
  ],
  examples: [{ line: '-b broker-a', does: "Which master's time each part of the log is from." }],
  async run(context) {
    await repeated(context, async () => {
      await printEpochs(context, await brokers(context));
      return true;
    });
  },
};

async function brokers(context: CommandContext): Promise<readonly string[]> {
  const brokerName = context.options.value('b')?.trim();
  if (brokerName !== undefined) return members(context, brokerName);
  return clusterBrokers(context, context.options.text('c').trim());
}

async function members({ admin }: CommandContext, brokerName: string): Promise<string[]> {
  const { brokerAddrTable } = await admin.examineClusterInfo();
  return [...(brokerAddrTable.get(brokerName)?.brokerAddrs.values() ?? [])];
}

async function printEpochs(context: CommandContext, addresses: readonly string[]): Promise<void> {
  const brokers: object[] = [];
  for (const address of hashOrder(addresses)) {
    const cache = await context.admin.brokerEpochs(address);
    const { clusterName, brokerName, brokerId, epochList } = cache;
    brokers.push({ address, ...cache });
    context.print(
      '\n#clusterName\t%s\n#brokerName\t%s\n#brokerAddr\t%s\n#brokerId\t%d',
      ...[clusterName, brokerName, address, brokerId],
    );
    for (const { epoch, startOffset, endOffset } of epochList)
      context.print('\n#Epoch: %s', `EpochEntry{epoch=${epoch}, startOffset=${startOffset}, endOffset=${endOffset}}`);
    context.out('\n');
  }
  context.answer({ brokers });
}
