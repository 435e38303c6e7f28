import type { DataVersion, QueueData, TopicConfig, TopicQueueMappingInfo } from '@rocketmq-ts/protocol';
import { MASTER_ID, Perm, SYNC_BROKER_MEMBER_TOPIC_PREFIX, sameDataVersion } from '@rocketmq-ts/protocol';
import type { BrokerConnection, BrokerGroup, LiveBroker } from './broker-table.ts';
import { BrokerTable, minBrokerId } from './broker-table.ts';
import { TopicTable, withoutWrite } from './topic-table.ts';

/** Expiry of a broker that names none. Source: RouteInfoManager#DEFAULT_BROKER_CHANNEL_EXPIRED_TIME. */
const DEFAULT_HEARTBEAT_TIMEOUT_MS = 120_000;

/** What a broker registers of itself. */
export interface Registration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
  readonly haServerAddr: string | undefined;
  readonly zoneName: string | undefined;
  readonly heartbeatTimeoutMs: number | undefined;
  /** Undefined from brokers without acting masters. */
  readonly enableActingMaster: boolean | undefined;
  readonly dataVersion: DataVersion;
  readonly topics: ReadonlyMap<string, TopicConfig>;
  /** `topics` are all that the broker has: others of it are removed. */
  readonly hasAllTopics: boolean;
  readonly mappings: ReadonlyMap<string, TopicQueueMappingInfo>;
  /** Undefined: not reported, nothing changes. */
  readonly filterServers: readonly string[] | undefined;
  readonly connection: BrokerConnection;
}

/** What became of a registration. */
export type RegistrationOutcome =
  /** `master` is set for slaves of a master that is alive; `groupChange` when the smallest id became smaller. */
  | {
      readonly kind: 'registered';
      readonly master: LiveBroker | undefined;
      readonly groupChange: GroupChange | undefined;
    }
  /** Another live process has this id and a newer state: the new one is not registered, and gets no error. */
  | { readonly kind: 'superseded'; readonly by: string }
  /** A one-topic increment of an unknown broker. */
  | { readonly kind: 'unknown-broker' };

/** A broker that leaves, by its own request or because its connection or its heartbeats have ended. */
export interface Departure {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
}

/** The smallest id of a group has changed. */
export interface GroupChange {
  readonly brokerName: string;
  readonly addresses: ReadonlyMap<number, string>;
  /** The broker that left, undefined when one joined. */
  readonly offlineBrokerAddr: string | undefined;
  readonly haServerAddr: string | undefined;
}

/** A route as it is answered; brokers are copies. */
export interface Route {
  readonly queues: readonly QueueData[];
  readonly groups: readonly BrokerGroup[];
  readonly filterServers: ReadonlyMap<string, readonly string[]>;
  readonly mappings: ReadonlyMap<string, TopicQueueMappingInfo> | undefined;
}

/**
 * The state of a name server, and the rules by which it changes. Pure: no clock, no connection, no file; the same
 * calls give the same table. Source: RouteInfoManager.
 */
export class RouteTable {
  readonly topics = new TopicTable();
  readonly brokers = new BrokerTable();

  /**
   * Applies a registration. Source: RouteInfoManager#registerBroker.
   */
  register(registration: Registration, nowMs: number): RegistrationOutcome {
    const { clusterName, brokerName, brokerAddr, brokerId } = registration;
    const before = this.brokers.group(brokerName);
    const holder = this.#newerHolder(registration, before);
    if (holder !== undefined) {
      this.brokers.removeLive(clusterName, brokerAddr);
      return { kind: 'superseded', by: holder };
    }
    // A first registration always names the system topics too, so a single topic is the increment of a broker that is
    // not in this table.
    if (before?.addresses.has(brokerId) !== true && registration.topics.size === 1) return { kind: 'unknown-broker' };

    const group = this.brokers.obtainGroup(clusterName, brokerName);
    const minIdBefore = minBrokerId(group.addresses);
    group.enableActingMaster = registration.enableActingMaster === true;
    group.zoneName = registration.zoneName;
    // A slave that became master keeps its address: it is listed under one id only.
    for (const [id, address] of group.addresses)
      if (address === brokerAddr && id !== brokerId) group.addresses.delete(id);
    const isFirst = !group.addresses.has(brokerId);
    group.addresses.set(brokerId, brokerAddr);

    const known = this.brokers.live(clusterName, brokerAddr);
    const isPrimeSlave =
      registration.enableActingMaster !== undefined &&
      brokerId !== MASTER_ID &&
      brokerId === minBrokerId(group.addresses);
    if (brokerId === MASTER_ID || isPrimeSlave) {
      const changed = isFirst || known === undefined || !sameDataVersion(known.dataVersion, registration.dataVersion);
      this.#takeTopics(registration, { changed, readOnly: isPrimeSlave && group.enableActingMaster });
    }
    this.brokers.putLive({
      clusterName,
      brokerAddr,
      lastUpdateMs: nowMs,
      heartbeatTimeoutMs: registration.heartbeatTimeoutMs ?? DEFAULT_HEARTBEAT_TIMEOUT_MS,
      dataVersion: registration.dataVersion,
      connection: registration.connection,
      haServerAddr: registration.haServerAddr,
      filterServers: registration.filterServers ?? known?.filterServers ?? [],
    });
    const masterAddr = brokerId === MASTER_ID ? undefined : group.addresses.get(MASTER_ID);
    return {
      kind: 'registered',
      master: masterAddr === undefined ? undefined : this.brokers.live(clusterName, masterAddr),
      groupChange:
        minIdBefore !== undefined && brokerId < minIdBefore
          ? {
              brokerName,
              addresses: group.addresses,
              offlineBrokerAddr: undefined,
              haServerAddr: registration.haServerAddr,
            }
          : undefined,
    };
  }

  /** The address of another live broker under the same id whose state is newer. Only in controller mode do states differ. */
  #newerHolder(registration: Registration, group: BrokerGroup | undefined): string | undefined {
    const holder = group?.addresses.get(registration.brokerId);
    if (holder === undefined || holder === registration.brokerAddr) return undefined;
    const live = this.brokers.live(registration.clusterName, holder);
    if (live === undefined) return undefined;
    return live.dataVersion.stateVersion > registration.dataVersion.stateVersion ? holder : undefined;
  }

  #takeTopics(registration: Registration, { changed, readOnly }: { changed: boolean; readOnly: boolean }): void {
    const { brokerName, topics, hasAllTopics, mappings } = registration;
    if (hasAllTopics && mappings.size === 0) this.topics.keepOnly(brokerName, (topic) => topics.has(topic));
    for (const [topic, config] of topics) {
      if (changed || !this.topics.has(topic, brokerName))
        this.topics.put(topic, queueData(brokerName, config, readOnly));
    }
    if (changed) for (const [topic, info] of mappings) this.topics.putMapping(topic, info);
  }

  /**
   * Removes brokers, in one pass over the topics for all of them. Returns the groups with acting masters whose smallest id has changed.
   * Source: RouteInfoManager#unRegisterBroker.
   */
  unregister(departures: Iterable<Departure>): GroupChange[] {
    const removed = new Set<string>();
    const reduced = new Set<string>();
    const changes = new Map<string, GroupChange>();
    for (const { clusterName, brokerName, brokerAddr } of departures) {
      this.brokers.removeLive(clusterName, brokerAddr);
      const group = this.brokers.group(brokerName);
      if (group === undefined) continue;
      const minIdBefore = minBrokerId(group.addresses);
      for (const [id, address] of group.addresses) if (address === brokerAddr) group.addresses.delete(id);
      if (group.addresses.size === 0) {
        this.brokers.removeGroup(clusterName, brokerName);
        removed.add(brokerName);
        reduced.delete(brokerName);
        changes.delete(brokerName);
      } else {
        reduced.add(brokerName);
        if (group.enableActingMaster && minBrokerId(group.addresses) !== minIdBefore) {
          const { addresses } = group;
          changes.set(brokerName, { brokerName, addresses, offlineBrokerAddr: brokerAddr, haServerAddr: undefined });
        }
      }
    }
    if (removed.size > 0) this.topics.removeBrokers(removed);
    for (const brokerName of reduced) {
      const group = this.brokers.group(brokerName);
      if (group?.enableActingMaster === true && !group.addresses.has(MASTER_ID)) {
        this.topics.changePermissions(brokerName, withoutWrite);
      }
    }
    return [...changes.values()];
  }

  /** A heartbeat of a registered broker; others are ignored. */
  refresh(clusterName: string, brokerAddr: string, nowMs: number): void {
    const live = this.brokers.live(clusterName, brokerAddr);
    if (live !== undefined) live.lastUpdateMs = nowMs;
  }

  /** The departure of a live broker. One that is not in its group any more is removed from the live table only. */
  departureOf(broker: LiveBroker): Departure {
    const { clusterName, brokerAddr } = broker;
    const place = this.brokers.locate(clusterName, brokerAddr);
    return { clusterName, brokerAddr, brokerName: place?.group.brokerName ?? '', brokerId: place?.brokerId ?? -1 };
  }

  /**
   * Undefined when no registered broker has the topic. `supportActingMaster`: a slave is shown in place of a master that has
   * ended. Source: RouteInfoManager#pickupTopicRouteData.
   */
  route(topic: string, { supportActingMaster = false } = {}): Route | undefined {
    const byBroker = this.topics.queues(topic);
    if (byBroker === undefined) return undefined;
    const groups: BrokerGroup[] = [];
    const filterServers = new Map<string, readonly string[]>();
    for (const brokerName of byBroker.keys()) {
      const group = this.brokers.group(brokerName);
      if (group === undefined) continue;
      groups.push({ ...group, addresses: new Map(group.addresses) });
      for (const address of group.addresses.values()) {
        const servers = this.brokers.live(group.clusterName, address)?.filterServers ?? [];
        if (servers.length > 0) filterServers.set(address, servers);
      }
    }
    if (groups.length === 0) return undefined;
    if (supportActingMaster && !topic.startsWith(SYNC_BROKER_MEMBER_TOPIC_PREFIX)) {
      for (const group of groups) showActingMaster(group, byBroker.get(group.brokerName));
    }
    return { queues: [...byBroker.values()], groups, filterServers, mappings: this.topics.mappings(topic) };
  }

  /** Names a topic of brokers that are already known; brokers behind the first unknown one are ignored. */
  registerTopic(topic: string, queues: readonly QueueData[]): void {
    for (const data of queues) {
      if (this.brokers.group(data.brokerName) === undefined) return;
      this.topics.put(topic, data);
    }
  }
}

function queueData(brokerName: string, config: TopicConfig, readOnly: boolean): QueueData {
  return {
    brokerName,
    readQueueNums: config.readQueueNums,
    writeQueueNums: config.writeQueueNums,
    perm: readOnly ? withoutWrite(config.perm) : config.perm,
    topicSysFlag: config.topicSysFlag,
  };
}

/** Clients ask masters only: the smallest slave answers for a master that has ended, as long as no other may be written to. */
function showActingMaster(group: BrokerGroup, queues: QueueData | undefined): void {
  if (!group.enableActingMaster || group.addresses.has(MASTER_ID) || queues === undefined) return;
  if (Perm.isWriteable(queues.perm)) return;
  const id = minBrokerId(group.addresses);
  if (id === undefined) return;
  const address = group.addresses.get(id)!;
  group.addresses.delete(id);
  group.addresses.set(MASTER_ID, address);
}
