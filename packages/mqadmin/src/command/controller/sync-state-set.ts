import type { ReplicaIdentity, ReplicasInfo } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { hashOrder } from '../../java-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { intervalOption, repeated } from '../repeated.ts';
import { UNKNOWN_CLUSTER } from '../targets.ts';

export const getSyncStateSet: Command = {
  className: 'GetSyncStateSetSubCommand',
  options: [
    requiredOption('a', 'controllerAddress', 'the address of controller'),
    valueOption('c', 'clusterName', 'which cluster'),
    valueOption('b', 'brokerName', 'which broker to fetch'),
    intervalOption,
  ],
  examples: [{ line: '-a 10.0.0.9:9878 -b broker-a', does: 'Which replicas of a group are in sync.' }],
  async run(context) {
    const controller = context.options.text('a').split(';', 1)[0]!;
    await repeated(context, async () => {
      const names = await brokerNames(context);
      if (names === undefined) return false;
      const groups = [...(await context.admin.syncStateData(controller, names))];
      for (const [name, info] of groups) printGroup(context, name, info);
      context.answer({ brokers: groups.map(([brokerName, info]) => ({ brokerName, ...info })) });
      return true;
    });
  },
};

/** Undefined after what is missing was reported. */
async function brokerNames(context: CommandContext): Promise<readonly string[] | undefined> {
  const brokerName = context.options.value('b');
  if (brokerName !== undefined) return [brokerName.trim()];
  const cluster = context.options.value('c')?.trim();
  if (cluster === undefined) {
    context.usage();
    return undefined;
  }
  const names = (await context.admin.examineClusterInfo()).clusterAddrTable.get(cluster) ?? [];
  if (names.length > 0) return hashOrder(names);
  context.refuse(UNKNOWN_CLUSTER);
  return undefined;
}

function printGroup(context: CommandContext, brokerName: string, info: ReplicasInfo): void {
  context.print(
    '%n#brokerName\t%s%n#MasterBrokerId\t%s%n#MasterAddr\t%s%n#MasterEpoch\t%s%n#SyncStateSetEpoch\t%s%n#SyncStateSetNums\t%s%n',
    ...[brokerName, info.masterBrokerId ?? 'null', info.masterAddress ?? 'null', info.masterEpoch],
    ...[info.syncStateSetEpoch, info.inSyncReplicas.length],
  );
  for (const member of info.inSyncReplicas) context.print('%nInSyncReplica:\t%s%n', javaText(member));
  for (const member of info.notInSyncReplicas) context.print('%nNotInSyncReplica:\t%s%n', javaText(member));
}

/** `BrokerReplicasInfo.ReplicaIdentity#toString`. */
function javaText({ brokerName, brokerId, brokerAddress, alive }: ReplicaIdentity): string {
  return `ReplicaIdentity{brokerName='${brokerName}', brokerId=${brokerId}, brokerAddress='${brokerAddress}', alive=${alive}}`;
}
