import type { SubscriptionGroupConfig, TopicConfig } from '@rocketmq-ts/admin';
import { splitEndpoints } from '@rocketmq-ts/kernel';
import type { BrokerFailure } from '../api/index.ts';
import type { LetterCounts } from './letter-counts.ts';

/** A server that could not be asked, since when. */
export interface Outage {
  readonly message: string;
  readonly sinceMs: number;
  /** It answers, and refuses the console: for want of an account, say. */
  readonly isRefusal?: boolean | undefined;
}

/** A broker process as it was seen last. */
export interface BrokerState {
  readonly clusterName: string;
  readonly brokerName: string;
  /** 0 is the master. */
  readonly brokerId: number;
  readonly address: string;
  /** Counters and states by RocketMQ's keys; empty until the first answer. */
  runtime: ReadonlyMap<string, string>;
  /** Its properties, as old as its tables; empty until they were read, and for slaves beside a master. */
  config: ReadonlyMap<string, string>;
  /** Of the last answer; undefined before it. */
  answeredAtMs: number | undefined;
  /** How long the last answer took. */
  latencyMs: number | undefined;
  /** Undefined while it answers. */
  outage: Outage | undefined;
  /** When topics and groups were read last, from masters only. */
  tablesAtMs: number | undefined;
  /** When the name servers ceased to know it; undefined while they do. */
  goneAtMs: number | undefined;
}

/** What flows through a topic on one broker name. */
export interface TopicFigures {
  /** Messages a second. */
  readonly inTps: number;
  readonly outTps: number;
  /** In the last 24 hours, or since the broker's start if that is later. */
  readonly inCount24h: number;
  readonly outCount24h: number;
  readonly atMs: number;
}

/** A topic on all brokers. */
export interface TopicState {
  readonly topic: string;
  /** By broker name. */
  readonly configs: Map<string, TopicConfig>;
  /** By broker name. */
  readonly figures: Map<string, TopicFigures>;
}

/** How far a group is behind on one broker name. */
export interface GroupFigures {
  /** Messages that are not consumed yet. */
  readonly lag: number;
  readonly consumeTps: number;
  /** By topic; retry topics too. */
  readonly lagByTopic: ReadonlyMap<string, number>;
  /**
   * Queues that have something to consume, and since when at the earliest: the store time of what was consumed last, or when the queue was
   * seen without anything to consume, whichever is later.
   */
  readonly waitingSinceMs: ReadonlyMap<string, number>;
  /** Store time of the last consumed message of any queue; 0 when there is none. */
  readonly lastConsumedMs: number;
  readonly atMs: number;
}

/** Members of a group that are connected to one broker name. */
export interface GroupMembers {
  /** Versions by client id; empty while none is online. */
  readonly versions: ReadonlyMap<string, number>;
  /** Undefined while none is online. */
  readonly consumeType: string | undefined;
  readonly messageModel: string | undefined;
}

/** A group on all brokers. */
export interface GroupState {
  readonly group: string;
  readonly configs: Map<string, SubscriptionGroupConfig>;
  readonly figures: Map<string, GroupFigures>;
  /** By broker name, those that were asked. */
  readonly members: Map<string, GroupMembers>;
  /** By broker name, those that were asked. */
  readonly letters: Map<string, LetterCounts>;
}

/** What is known of a cluster. The collector writes it, everything else reads. */
export class ClusterModel {
  /** By address, in the order of clusters, broker names and ids. */
  brokers: ReadonlyMap<string, BrokerState> = new Map();
  readonly topics = new Map<string, TopicState>();
  readonly groups = new Map<string, GroupState>();
  /** When the name servers answered last which brokers there are. */
  discoveredAtMs: number | undefined;
  /** Undefined while the name servers answer. */
  discoveryOutage: Outage | undefined;

  /** Addresses of controllers, as brokers in controller mode name them; empty where there is none. */
  controllers(): string[] {
    const found = new Set<string>();
    for (const { config } of this.brokers.values()) {
      if (config.get('enableControllerMode') !== 'true') continue;
      for (const each of splitEndpoints(config.get('controllerAddr') ?? '')) found.add(each);
    }
    return [...found].sort();
  }

  /** Masters, or where a name has none that is registered, the slave with the lowest id. */
  primaries(): BrokerState[] {
    const found = new Map<string, BrokerState>();
    // Brokers of one name are in the order of their ids.
    for (const broker of this.brokers.values())
      if (broker.goneAtMs === undefined && !found.has(broker.brokerName)) found.set(broker.brokerName, broker);
    return [...found.values()];
  }

  /** Names of the clusters that the name servers know. */
  clusterNames(): string[] {
    return [...new Set([...this.brokers.values()].map(({ clusterName }) => clusterName))];
  }

  /** Servers whose data is missing or old. */
  failures(): BrokerFailure[] {
    const failures: BrokerFailure[] = [];
    if (this.discoveryOutage !== undefined) failures.push({ address: '', message: this.discoveryOutage.message });
    for (const { brokerName, address, outage } of this.brokers.values())
      if (outage !== undefined) failures.push({ brokerName, address, message: outage.message });
    return failures;
  }

  /** Age of the oldest part of what is known of brokers, topics or groups; undefined while nothing was collected. */
  collectedAtMs(part: 'brokers' | 'tables'): number | undefined {
    let oldest: number | undefined;
    const brokers = part === 'brokers' ? this.brokers.values() : this.primaries();
    for (const broker of brokers) {
      const atMs = part === 'brokers' ? broker.answeredAtMs : broker.tablesAtMs;
      if (atMs !== undefined && (oldest === undefined || atMs < oldest)) oldest = atMs;
    }
    return oldest ?? this.discoveredAtMs;
  }

  /** Takes the topics that a broker name has now. */
  setTopics(brokerName: string, configs: ReadonlyMap<string, TopicConfig>): void {
    setTable(this.topics, brokerName, configs, newTopic);
  }

  /** Takes the groups that a broker name has now. */
  setGroups(brokerName: string, configs: ReadonlyMap<string, SubscriptionGroupConfig>): void {
    setTable(this.groups, brokerName, configs, newGroup);
  }

  /** Takes one topic of a broker name that was just made or changed. */
  putTopic(brokerName: string, config: TopicConfig): void {
    putEntry(this.topics, brokerName, config.topicName, config, newTopic);
  }

  /** Forgets one topic of a broker name that was just deleted. */
  dropTopic(brokerName: string, topic: string): void {
    dropEntry(this.topics, brokerName, topic);
  }

  /** Takes one group of a broker name that was just made or changed. */
  putGroup(brokerName: string, config: SubscriptionGroupConfig): void {
    putEntry(this.groups, brokerName, config.groupName, config, newGroup);
  }

  /** Forgets one group of a broker name that was just deleted. */
  dropGroup(brokerName: string, group: string): void {
    dropEntry(this.groups, brokerName, group);
  }

  /** Forgets a broker name that the name servers do not know any more. */
  forget(brokerName: string): void {
    this.setTopics(brokerName, new Map());
    this.setGroups(brokerName, new Map());
  }
}

function newTopic(topic: string): TopicState {
  return { topic, configs: new Map(), figures: new Map() };
}

function newGroup(group: string): GroupState {
  return { group, configs: new Map(), figures: new Map(), members: new Map(), letters: new Map() };
}

interface Spread<Config> {
  readonly configs: Map<string, Config>;
  readonly figures: Map<string, unknown>;
  readonly members?: Map<string, unknown>;
  readonly letters?: Map<string, unknown>;
}

function setTable<Config, State extends Spread<Config>>(
  table: Map<string, State>,
  brokerName: string,
  configs: ReadonlyMap<string, Config>,
  make: (name: string) => State,
): void {
  for (const [name, config] of configs) putEntry(table, brokerName, name, config, make);
  for (const name of table.keys()) if (!configs.has(name)) dropEntry(table, brokerName, name);
}

function putEntry<Config, State extends Spread<Config>>(
  table: Map<string, State>,
  brokerName: string,
  name: string,
  config: Config,
  make: (name: string) => State,
): void {
  let state = table.get(name);
  if (state === undefined) {
    state = make(name);
    table.set(name, state);
  }
  state.configs.set(brokerName, config);
}

function dropEntry(table: Map<string, Spread<unknown>>, brokerName: string, name: string): void {
  const state = table.get(name);
  if (state === undefined) return;
  state.configs.delete(brokerName);
  state.figures.delete(brokerName);
  state.members?.delete(brokerName);
  state.letters?.delete(brokerName);
  if (state.configs.size === 0) table.delete(name);
}
