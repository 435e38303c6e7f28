import { type Admin, type ClusterInfo, MASTER_ID, type TopicRoute } from '@rocketmq-ts/admin';
import { compareText } from '@rocketmq-ts/kernel';
import { ConsoleError } from '../errors.ts';

/** A broker name with the addresses of its master and slaves: what operators choose, and what is asked as one. */
export interface BrokerTarget {
  readonly brokerName: string;
  readonly cluster: string;
  /** By broker id, lowest first; 0 is the master. Empty only for a chosen one that is not registered. */
  readonly addresses: readonly { readonly brokerId: number; readonly address: string }[];
}

/** Every broker name that is registered, by cluster and name. */
export async function allBrokers(admin: Pick<Admin, 'examineClusterInfo'>): Promise<BrokerTarget[]> {
  return targetsOf(await admin.examineClusterInfo());
}

/** Every broker name of what name servers know, by cluster and name. */
export function targetsOf(info: ClusterInfo): BrokerTarget[] {
  const targets: BrokerTarget[] = [];
  for (const [cluster, names] of info.clusterAddrTable) {
    for (const brokerName of names) {
      const target = targetOf(brokerName, cluster, info.brokerAddrTable.get(brokerName)?.brokerAddrs ?? new Map());
      if (target !== undefined) targets.push(target);
    }
  }
  return targets.sort(byClusterAndName);
}

/** Broker names of a route, by cluster and name. */
export function targetsOfRoute(route: TopicRoute): BrokerTarget[] {
  return route.brokerDatas
    .flatMap((data) => targetOf(data.brokerName, data.cluster, data.brokerAddrs) ?? [])
    .sort(byClusterAndName);
}

function targetOf(
  brokerName: string,
  cluster: string,
  addresses: ReadonlyMap<number, string>,
): BrokerTarget | undefined {
  if (addresses.size === 0) return undefined;
  const sorted = [...addresses].sort(([a], [b]) => a - b);
  return { brokerName, cluster, addresses: sorted.map(([brokerId, address]) => ({ brokerId, address })) };
}

function byClusterAndName(a: BrokerTarget, b: BrokerTarget): number {
  return compareText(a.cluster, b.cluster) || compareText(a.brokerName, b.brokerName);
}

/** A server that was named by its address alone, such as a proxy. */
export function targetAt(address: string): BrokerTarget {
  return { brokerName: address, cluster: '', addresses: [{ brokerId: MASTER_ID, address }] };
}

/** Where all of these are. */
export function addressesOf(brokers: readonly BrokerTarget[]): ReadonlySet<string> {
  return new Set(brokers.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
}

/** Undefined while the broker name has no master: nothing can be changed there. */
export function masterOf(target: BrokerTarget): string | undefined {
  return target.addresses.find(({ brokerId }) => brokerId === MASTER_ID)?.address;
}

/**
 * Those with these names. One that went away since the page was opened fails alone: it has no address. Throws BAD_REQUEST when
 * none is registered.
 */
export function chosen(all: readonly BrokerTarget[], names: readonly string[]): BrokerTarget[] {
  if (names.length === 0) throw new ConsoleError('BAD_REQUEST', 'brokers is empty: choose one at least');
  const found = [...new Set(names)].map(
    (name) => all.find(({ brokerName }) => brokerName === name) ?? { brokerName: name, cluster: '', addresses: [] },
  );
  if (found.some(({ addresses }) => addresses.length > 0)) return found;
  throw new ConsoleError('BAD_REQUEST', `no broker is registered as ${names.join(' or ')}`);
}
