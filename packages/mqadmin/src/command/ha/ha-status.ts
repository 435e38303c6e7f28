import { valueOption } from '@rocketmq-ts/kernel';
import { humanTime } from '../../java-text.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { intervalOption, repeated } from '../repeated.ts';
import { clusterMasters } from '../targets.ts';

export const haStatus: CommandEntry = {
  name: 'haStatus',
  description: 'Fetch ha runtime status data.',
  className: 'HAStatusSubCommand',
  options: [
    valueOption('c', 'clusterName', 'which cluster'),
    valueOption('b', 'brokerAddr', 'which broker to fetch'),
    intervalOption,
  ],
  async run(context) {
    await repeated(context, async () => {
      const addresses = await brokers(context);
      if (addresses === undefined) context.usage();
      for (const address of addresses ?? []) await printStatus(context, address);
      return addresses !== undefined;
    });
  },
};

async function brokers(context: CommandContext): Promise<readonly string[] | undefined> {
  const address = context.options.value('b')?.trim();
  if (address !== undefined) return [address];
  const cluster = context.options.value('c')?.trim();
  return cluster === undefined ? undefined : clusterMasters(context, cluster);
}

/** Source: HAStatusSubCommand#printStatus. */
async function printStatus(context: CommandContext, address: string): Promise<void> {
  const status = await context.admin.haStatus(address);
  if (status.master) {
    context.print(
      '\n#MasterAddr\t%s\n#MasterCommitLogMaxOffset\t%d\n#SlaveNum\t%d\n#InSyncSlaveNum\t%d\n',
      ...[address, status.masterCommitLogMaxOffset, status.haConnectionInfo.length, status.inSyncSlaveNums],
    );
    context.print(
      '%-32s  %-16s %16s %16s %16s %16s\n',
      ...['#SlaveAddr', '#SlaveAckOffset', '#Diff', '#TransferSpeed(KB/s)', '#Status', '#TransferFromWhere'],
    );
    for (const {
      addr,
      slaveAckOffset,
      diff,
      transferredByteInSecond,
      inSync,
      transferFromWhere,
    } of status.haConnectionInfo) {
      context.print(
        '%-32s  %-16d %16d %16.2f %16s %16d\n',
        ...[
          addr,
          slaveAckOffset,
          diff,
          transferredByteInSecond / 1024,
          inSync ? 'OK' : 'Fall Behind',
          transferFromWhere,
        ],
      );
    }
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
}
