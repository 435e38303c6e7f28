import type { Admin } from '@rocketmq-ts/admin';
import { valueOption } from '@rocketmq-ts/kernel';
import { humanTime } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { Command, CommandContext } from '../entry.ts';
import { intervalOption, repeated } from '../repeated.ts';
import { clusterMasters } from '../targets.ts';

export const haStatus: Command = {
  className: 'HAStatusSubCommand',
  options: [
    valueOption('c', 'clusterName', 'which cluster'),
    valueOption('b', 'brokerAddr', 'which broker to fetch'),
    intervalOption,
  ],
  examples: [
    { line: '-b 10.0.0.1:10911', does: 'How far the slaves of a master are.' },
    { line: '-c DefaultCluster -i 5', does: 'Of all masters, again every five seconds.' },
  ],
  async run(context) {
    await repeated(context, async () => {
      const addresses = await addressesOf(context);
      if (addresses === undefined) context.usage();
      const brokers: object[] = [];
      for (const address of addresses ?? []) brokers.push(await printStatus(context, address));
      if (addresses !== undefined) context.answer({ brokers });
      return addresses !== undefined;
    });
  },
};

type HaConnectionInfo = Awaited<ReturnType<Admin['haStatus']>>['haConnectionInfo'][number];

async function addressesOf(context: CommandContext): Promise<readonly string[] | undefined> {
  const address = context.options.value('b')?.trim();
  if (address !== undefined) return [address];
  const cluster = context.options.value('c')?.trim();
  return cluster === undefined ? undefined : clusterMasters(context, cluster);
}

const SLAVES = new TextTable<HaConnectionInfo>([
  { head: '#SlaveAddr', pattern: '%-32s  ', of: 'addr' },
  { head: '#SlaveAckOffset', pattern: '%-16d ', of: 'slaveAckOffset' },
  { head: '#Diff', pattern: '%16d ', of: 'diff' },
  {
    head: '#TransferSpeed(KB/s)',
    pattern: '%16.2f ',
    of: ({ transferredByteInSecond }) => transferredByteInSecond / 1024,
  },
  { head: '#Status', pattern: '%16s ', of: ({ inSync }) => (inSync ? 'OK' : 'Fall Behind') },
  { head: '#TransferFromWhere', pattern: '%16d', of: 'transferFromWhere' },
]);

/** Source: HAStatusSubCommand#printStatus. */
async function printStatus(context: CommandContext, address: string): Promise<object> {
  const status = await context.admin.haStatus(address);
  if (status.master) {
    context.print(
      '\n#MasterAddr\t%s\n#MasterCommitLogMaxOffset\t%d\n#SlaveNum\t%d\n#InSyncSlaveNum\t%d\n',
      ...[address, status.masterCommitLogMaxOffset, status.haConnectionInfo.length, status.inSyncSlaveNums],
    );
    SLAVES.print(context, status.haConnectionInfo);
  } else {
    const slave = status.haClientRuntimeInfo;
    context.print('\n#MasterAddr\t%s\n', slave.masterAddr ?? 'null');
    context.print('#CommitLogMaxOffset\t%d\n', slave.maxOffset);
    context.print('#TransferSpeed(KB/s)\t%.2f\n', slave.transferredByteInSecond / 1024);
    context.print('#LastReadTime\t%s\n', humanTime(slave.lastReadTimestamp));
    context.print('#LastWriteTime\t%s\n', humanTime(slave.lastWriteTimestamp));
    context.print('#MasterFlushOffset\t%s\n', slave.masterFlushOffset);
  }
  // Apache's tool has no such line; it is there only while there is something to say.
  if (status.divergence !== undefined) context.print('#Divergence\t%s\n', status.divergence);
  const { master: isMaster, masterCommitLogMaxOffset, inSyncSlaveNums, haConnectionInfo, divergence } = status;
  return isMaster
    ? { address, isMaster, masterCommitLogMaxOffset, inSyncSlaveNums, slaves: haConnectionInfo, divergence }
    : { address, isMaster, ...status.haClientRuntimeInfo, divergence };
}
