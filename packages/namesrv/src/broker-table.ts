import type { DataVersion } from '@rocketmq-ts/protocol';

/** A broker name: one master (id 0) and its slaves. Source: BrokerData. */
export interface BrokerGroup {
  readonly clusterName: string;
  readonly brokerName: string;
  /** By broker id. Never empty while the group is in the table. */
  readonly addresses: Map<number, string>;
  zoneName: string | undefined;
  enableActingMaster: boolean;
}

/** What a name server needs of the connection through which a broker registered. */
export interface BrokerConnection {
  close(reason: string): void;
}

/** One broker process that is registered and not known to have ended. Source: BrokerLiveInfo. */
export interface LiveBroker {
  readonly clusterName: string;
  readonly brokerAddr: string;
  /** Monotonic. */
  lastUpdateMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly dataVersion: DataVersion;
  readonly connection: BrokerConnection;
  readonly haServerAddr: string | undefined;
  readonly filterServers: readonly string[];
}

/**
 * Which brokers there are, by name and by address, and which names a cluster has.
 * Source: RouteInfoManager#brokerAddrTable, #clusterAddrTable, #brokerLiveTable, #filterServerTable.
 */
export class BrokerTable {
  readonly #groups = new Map<string, BrokerGroup>();
  readonly #clusters = new Map<string, Set<string>>();
  /** Key: cluster and address; one address may be in two clusters. */
  readonly #live = new Map<string, LiveBroker>();

  groups(): IterableIterator<BrokerGroup> {
    return this.#groups.values();
  }

  group(brokerName: string): BrokerGroup | undefined {
    return this.#groups.get(brokerName);
  }

  clusters(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#clusters;
  }

  /** The group of that name in that cluster, made when it is missing. */
  obtainGroup(clusterName: string, brokerName: string): BrokerGroup {
    let names = this.#clusters.get(clusterName);
    if (names === undefined) {
      names = new Set();
      this.#clusters.set(clusterName, names);
    }
    names.add(brokerName);
    let group = this.#groups.get(brokerName);
    if (group === undefined) {
      group = { clusterName, brokerName, addresses: new Map(), zoneName: undefined, enableActingMaster: false };
      this.#groups.set(brokerName, group);
    }
    return group;
  }

  removeGroup(clusterName: string, brokerName: string): void {
    this.#groups.delete(brokerName);
    const names = this.#clusters.get(clusterName);
    names?.delete(brokerName);
    if (names?.size === 0) this.#clusters.delete(clusterName);
  }

  live(clusterName: string, brokerAddr: string): LiveBroker | undefined {
    return this.#live.get(liveKey(clusterName, brokerAddr));
  }

  putLive(broker: LiveBroker): void {
    this.#live.set(liveKey(broker.clusterName, broker.brokerAddr), broker);
  }

  removeLive(clusterName: string, brokerAddr: string): void {
    this.#live.delete(liveKey(clusterName, brokerAddr));
  }

  /** Brokers that were silent for longer than their heartbeat timeout. */
  silentSince(nowMs: number): LiveBroker[] {
    const silent: LiveBroker[] = [];
    for (const broker of this.#live.values()) {
      if (broker.lastUpdateMs + broker.heartbeatTimeoutMs < nowMs) silent.push(broker);
    }
    return silent;
  }

  /** Brokers that registered through a connection; more than one when a container holds several. */
  behind(connection: BrokerConnection): LiveBroker[] {
    const found: LiveBroker[] = [];
    for (const broker of this.#live.values()) if (broker.connection === connection) found.push(broker);
    return found;
  }

  /** The group that an address belongs to, with its id there. */
  locate(clusterName: string, brokerAddr: string): { group: BrokerGroup; brokerId: number } | undefined {
    for (const group of this.#groups.values()) {
      if (group.clusterName !== clusterName) continue;
      for (const [brokerId, address] of group.addresses) if (address === brokerAddr) return { group, brokerId };
    }
    return undefined;
  }
}

function liveKey(clusterName: string, brokerAddr: string): string {
  return `${clusterName}\n${brokerAddr}`;
}

/** Smallest id of a group, undefined when it is empty. */
export function minBrokerId(addresses: ReadonlyMap<number, string>): number | undefined {
  let min: number | undefined;
  for (const id of addresses.keys()) if (min === undefined || id < min) min = id;
  return min;
}
