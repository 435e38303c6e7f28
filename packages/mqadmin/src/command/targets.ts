import { allAddresses, type ClusterInfo, masterAddresses } from '@rocketmq-ts/admin';
import { CodedError } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../errors.ts';
import { hashOrder } from '../java-text.ts';
import type { CommandContext } from './entry.ts';

/** Source: CommandUtil#ERROR_MESSAGE. Printed without a line feed, and what follows is in the same line. */
export const UNKNOWN_CLUSTER =
  '[error] Make sure the specified clusterName exists or the name server connected to is correct.';

/** Masters of a cluster. An unknown cluster is reported on standard output and gives none: the command continues, as Apache's does. */
export async function clusterMasters(context: CommandContext, cluster: string): Promise<string[]> {
  return orNone(context, masterAddresses(visited(await context.admin.examineClusterInfo(), cluster), cluster));
}

/** All brokers of a cluster, slaves too. */
export async function clusterBrokers(context: CommandContext, cluster: string): Promise<string[]> {
  return orNone(context, allAddresses(visited(await context.admin.examineClusterInfo(), cluster), cluster));
}

/** With the brokers of a cluster in the order of a Java HashSet: addresses that meet in a bucket stay in it. */
function visited(info: ClusterInfo, cluster: string): ClusterInfo {
  const names = info.clusterAddrTable.get(cluster);
  return names === undefined ? info : { ...info, clusterAddrTable: new Map([[cluster, hashOrder(names)]]) };
}

function orNone(context: CommandContext, addresses: string[] | undefined): string[] {
  if (addresses === undefined) context.refuse(UNKNOWN_CLUSTER);
  return hashOrder(addresses ?? []);
}

/** The name of the broker that has an address. */
export function brokerNameOf(info: ClusterInfo, address: string): string {
  for (const broker of info.brokerAddrTable.values()) {
    if ([...broker.brokerAddrs.values()].includes(address)) return broker.brokerName;
  }
  throw new CodedError<MqadminErrorCode>(
    'NO_SUCH_BROKER',
    `no broker is registered under ${address}: make sure that the address and the name server are right`,
  );
}

/** Cluster names in the order in which Apache's tools visit them. */
export function clusterNames(info: ClusterInfo): string[] {
  return hashOrder(info.clusterAddrTable.keys());
}
