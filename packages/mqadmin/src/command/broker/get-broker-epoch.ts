import { sleep, valueOption } from '@rocketmq-ts/kernel';
import { hashOrder } from '../../java-text.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { clusterBrokers } from '../targets.ts';
import { integerValue } from '../values.ts';

const DEFAULT_INTERVAL_SECONDS = 3;

/** Source: GetBrokerEpochSubCommand. */
export const getBrokerEpoch: CommandEntry = {
  name: 'getBrokerEpoch',
  description: 'Fetch broker epoch entries.',
  className: 'GetBrokerEpochSubCommand',
  options: [
    valueOption('c', 'clusterName', 'which cluster'),
    valueOption('b', 'brokerName', 'which broker to fetch'),
    valueOption('i', 'interval', 'the interval(second) of get info'),
  ],
  async run(context) {
    const { options, signal, clock } = context;
    const repeats = options.value('i') !== undefined;
    const seconds = integerValue(options, 'i') ?? DEFAULT_INTERVAL_SECONDS;
    for (;;) {
      await printOnce(context);
      if (!repeats || signal.aborted) return;
      await sleep(clock, seconds * 1000, signal);
      if (signal.aborted) return;
    }
  },
};

async function printOnce(context: CommandContext): Promise<void> {
  const brokerName = context.options.value('b')?.trim();
  const cluster = context.options.value('c')?.trim();
  if (brokerName !== undefined) await printEpochs(context, await members(context, brokerName));
  else if (cluster !== undefined) await printEpochs(context, await clusterBrokers(context, cluster));
  else context.usage();
}

async function members({ admin }: CommandContext, brokerName: string): Promise<string[]> {
  const { brokerAddrTable } = await admin.examineClusterInfo();
  return [...(brokerAddrTable.get(brokerName)?.brokerAddrs.values() ?? [])];
}

async function printEpochs(context: CommandContext, addresses: readonly string[]): Promise<void> {
  for (const address of hashOrder(addresses)) {
    const { clusterName, brokerName, brokerId, epochList } = await context.admin.brokerEpochs(address);
    context.print(
      '\n#clusterName\t%s\n#brokerName\t%s\n#brokerAddr\t%s\n#brokerId\t%d',
      ...[clusterName, brokerName, address, brokerId],
    );
    for (const { epoch, startOffset, endOffset } of epochList)
      context.print('\n#Epoch: %s', `EpochEntry{epoch=${epoch}, startOffset=${startOffset}, endOffset=${endOffset}}`);
    context.out('\n');
  }
}
