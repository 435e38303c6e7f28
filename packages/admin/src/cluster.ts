import { javaHashCode, javaHashOrder } from '@rocketmq-ts/kernel';
import {
  type BrokerData,
  type ClusterInfo,
  decodeClusterInfo,
  decodeEpochEntryCache,
  decodeHaRuntimeInfo,
  decodeKVTable,
  decodeTopicRouteData,
  type EpochEntryCache,
  GET_BROKER_CLUSTER_INFO,
  GET_BROKER_EPOCH_CACHE,
  GET_BROKER_HA_STATUS,
  GET_BROKER_RUNTIME_INFO,
  GET_ROUTEINFO_BY_TOPIC,
  type HaRuntimeInfo,
  LMQ_PREFIX,
  MASTER_ID,
  type MessageQueue,
  RESET_MASTER_FLUSH_OFFSET,
  SystemTopic,
  staticQueuesOf,
  type TopicRouteData,
} from '@rocketmq-ts/protocol';
import { AdminError } from './errors.ts';
import type { Wire } from './wire.ts';

/** Where topics and brokers are. */
export interface ClusterOperations {
  /** Fails with response code 17 when no broker has the topic. */
  examineTopicRoute(topic: string): Promise<TopicRouteData>;
  /** Brokers by name with their addresses, and clusters with their brokers. */
  examineClusterInfo(): Promise<ClusterInfo>;
  /** Counters and states of a broker. */
  brokerRuntimeInfo(address: string): Promise<Map<string, string>>;
  /** Which master's time each part of the log of a broker in controller mode is from. */
  brokerEpochs(address: string): Promise<EpochEntryCache>;
  /** How far the slaves of a master have come, or a slave. */
  haStatus(address: string): Promise<HaRuntimeInfo>;
  /** Sets what a slave keeps of its master's flushed offset; a master accepts it and does nothing. */
  resetMasterFlushOffset(address: string, physicalOffset: number): Promise<void>;
}

/** `ClusterOperations` over the wire. */
export function clusterOperations(wire: Wire): ClusterOperations {
  return {
    async examineTopicRoute(topic) {
      return decodeTopicRouteData((await wire.nameServer(GET_ROUTEINFO_BY_TOPIC, { topic })).body);
    },
    async examineClusterInfo() {
      return decodeClusterInfo((await wire.nameServer(GET_BROKER_CLUSTER_INFO, {})).body);
    },
    async brokerRuntimeInfo(address) {
      return decodeKVTable((await wire.broker(address, GET_BROKER_RUNTIME_INFO, {})).body);
    },
    async brokerEpochs(address) {
      return decodeEpochEntryCache((await wire.broker(address, GET_BROKER_EPOCH_CACHE, {})).body);
    },
    async haStatus(address) {
      return decodeHaRuntimeInfo((await wire.broker(address, GET_BROKER_HA_STATUS, {})).body);
    },
    async resetMasterFlushOffset(address, masterFlushOffset) {
      await wire.broker(address, RESET_MASTER_FLUSH_OFFSET, { masterFlushOffset });
    },
  };
}

/** The master if there is one, else the slave with the lowest id. Source: BrokerData#selectBrokerAddr, where it is a random one. */
export function selectBrokerAddress(broker: BrokerData): string | undefined {
  return broker.brokerAddrs.get(MASTER_ID) ?? broker.brokerAddrs.values().next().value;
}

/** The address to ask about a topic on each of its broker names. */
export function routeAddresses(route: TopicRouteData): { readonly brokerName: string; readonly address: string }[] {
  return route.brokerDatas.flatMap((broker) => {
    const address = selectBrokerAddress(broker);
    return address === undefined ? [] : [{ brokerName: broker.brokerName, address }];
  });
}

/** Addresses of the masters of a cluster; undefined for a cluster without registered brokers. Source: CommandUtil#fetchMasterAddrByClusterName. */
export function masterAddresses(info: ClusterInfo, cluster: string): string[] | undefined {
  const names = info.clusterAddrTable.get(cluster);
  return names?.flatMap((name) => info.brokerAddrTable.get(name)?.brokerAddrs.get(MASTER_ID) ?? []);
}

/** Every address of a cluster; undefined for a cluster without registered brokers. Source: CommandUtil#fetchMasterAndSlaveAddrByClusterName. */
export function allAddresses(info: ClusterInfo, cluster: string): string[] | undefined {
  const names = info.clusterAddrTable.get(cluster);
  return names?.flatMap((name) => [...(info.brokerAddrTable.get(name)?.brokerAddrs.values() ?? [])]);
}

/** Of the map in which Apache's tools collect masters. */
const HASH_MAP_BUCKETS = 4;

/** Masters with their slaves, in the order of Apache's tools; slaves without a master are filed under `NO_MASTER`. Source: CommandUtil#fetchMasterAndSlaveDistinguish. */
export function mastersWithSlaves(info: ClusterInfo, cluster: string): Map<string, string[]> | undefined {
  const names = info.clusterAddrTable.get(cluster);
  if (names === undefined) return undefined;
  const table = new Map<string, string[]>();
  for (const name of names) {
    const addresses = info.brokerAddrTable.get(name)?.brokerAddrs;
    if (addresses === undefined) continue;
    const master = addresses.get(MASTER_ID) ?? NO_MASTER;
    const slaves = [...addresses].filter(([id]) => id !== MASTER_ID).map(([, address]) => address);
    table.set(master, [...(table.get(master) ?? []), ...slaves]);
  }
  const order = javaHashOrder(table.keys(), javaHashCode, HASH_MAP_BUCKETS);
  return new Map(order.map((master) => [master, table.get(master)!]));
}

/** In place of a master's address when there is none. Source: CommandUtil. */
export const NO_MASTER = 'NO_MASTER';

/** The broker of a route to ask, by the first one that has an address. */
export function firstAddress(route: TopicRouteData, what: string): string {
  const found = routeAddresses(route)[0];
  if (found === undefined) throw new AdminError('NO_BROKER', `${what}: its route names no broker with an address`);
  return found.address;
}

/** Where a broker of a route answers, see `selectBrokerAddress`. Throws NO_BROKER when the route has no such broker. */
export function brokerAddress(route: TopicRouteData, brokerName: string): string {
  const broker = route.brokerDatas.find((one) => one.brokerName === brokerName);
  const address = broker && selectBrokerAddress(broker);
  if (address === undefined) throw new AdminError('NO_BROKER', `The broker[${brokerName}] not exist`);
  return address;
}

/** The broker that takes the messages of a queue: of a logical one that which has it now. Source: MQClientInstance#getBrokerNameFromMessageQueue. */
export function leaderOf(route: TopicRouteData, { topic, brokerName, queueId }: MessageQueue): string {
  return staticQueuesOf(topic, route)?.get(brokerName)?.get(queueId) || brokerName;
}

/** True for topics that no name server knows: they are on the brokers of another topic. Source: MQAdminImpl#queryMessage. */
export function isFoundByParent(topic: string): boolean {
  return topic.startsWith(LMQ_PREFIX) || topic === SystemTopic.WHEEL_TIMER;
}
