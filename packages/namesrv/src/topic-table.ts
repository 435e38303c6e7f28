import type { QueueData, TopicQueueMappingInfo } from '@rocketmq-ts/protocol';
import { Perm, TopicSysFlag } from '@rocketmq-ts/protocol';

/**
 * Which broker has which queues of which topic, and the static-topic mappings that brokers reported. An empty topic does not
 * exist. Source: RouteInfoManager#topicQueueTable, #topicQueueMappingInfoTable.
 */
export class TopicTable {
  readonly #topics = new Map<string, Map<string, QueueData>>();
  readonly #mappings = new Map<string, Map<string, TopicQueueMappingInfo>>();

  get size(): number {
    return this.#topics.size;
  }

  names(): IterableIterator<string> {
    return this.#topics.keys();
  }

  /** Queues of a topic by broker name, undefined when no broker has it. */
  queues(topic: string): ReadonlyMap<string, QueueData> | undefined {
    return this.#topics.get(topic);
  }

  /** Mappings of a static topic by broker name, undefined for ordinary topics. */
  mappings(topic: string): ReadonlyMap<string, TopicQueueMappingInfo> | undefined {
    return this.#mappings.get(topic);
  }

  has(topic: string, brokerName: string): boolean {
    return this.#topics.get(topic)?.has(brokerName) === true;
  }

  put(topic: string, queueData: QueueData): void {
    let byBroker = this.#topics.get(topic);
    if (byBroker === undefined) {
      byBroker = new Map();
      this.#topics.set(topic, byBroker);
    }
    byBroker.set(queueData.brokerName, queueData);
  }

  putMapping(topic: string, info: TopicQueueMappingInfo): void {
    let byBroker = this.#mappings.get(topic);
    if (byBroker === undefined) {
      byBroker = new Map();
      this.#mappings.set(topic, byBroker);
    }
    byBroker.set(info.bname, info);
  }

  /** Removes a topic everywhere, or only from the brokers named. */
  remove(topic: string, brokerNames?: Iterable<string>): void {
    const byBroker = this.#topics.get(topic);
    if (brokerNames !== undefined) for (const name of brokerNames) byBroker?.delete(name);
    if (brokerNames !== undefined && byBroker !== undefined && byBroker.size > 0) return;
    this.#topics.delete(topic);
    this.#mappings.delete(topic);
  }

  /** A broker name is removed, with its queues and the topics that no other broker has. */
  removeBrokers(brokerNames: ReadonlySet<string>): void {
    for (const [topic, byBroker] of this.#topics) {
      for (const name of brokerNames) {
        byBroker.delete(name);
        this.#mappings.get(topic)?.delete(name);
      }
      if (byBroker.size === 0) this.remove(topic);
    }
  }

  /** Removes the topics of a broker that are not in `keep`. */
  keepOnly(brokerName: string, keep: (topic: string) => boolean): void {
    for (const [topic, byBroker] of this.#topics) {
      if (byBroker.has(brokerName) && !keep(topic)) this.remove(topic, [brokerName]);
    }
  }

  /** Changes the permissions of all topics of a broker. Returns how many topics it has. */
  changePermissions(brokerName: string, change: (perm: number) => number): number {
    let count = 0;
    for (const byBroker of this.#topics.values()) {
      const queueData = byBroker.get(brokerName);
      if (queueData === undefined) continue;
      byBroker.set(brokerName, { ...queueData, perm: change(queueData.perm) });
      count++;
    }
    return count;
  }

  /** Topics of which any of the brokers has queues. */
  ofBrokers(brokerNames: ReadonlySet<string>): string[] {
    return this.#select((byBroker) => {
      for (const name of byBroker.keys()) if (brokerNames.has(name)) return true;
      return false;
    });
  }

  /** By the sys flag that the first broker reported. Source: RouteInfoManager#getUnitTopics. */
  ofUnits(): string[] {
    return this.#select((byBroker) => hasFlag(byBroker, TopicSysFlag.UNIT));
  }

  /** Source: RouteInfoManager#getHasUnitSubTopicList. */
  withUnitSubscription(): string[] {
    return this.#select((byBroker) => hasFlag(byBroker, TopicSysFlag.UNIT_SUB));
  }

  /** Source: RouteInfoManager#getHasUnitSubUnUnitTopicList. */
  withUnitSubscriptionOnly(): string[] {
    return this.#select(
      (byBroker) => hasFlag(byBroker, TopicSysFlag.UNIT_SUB) && !hasFlag(byBroker, TopicSysFlag.UNIT),
    );
  }

  #select(wanted: (byBroker: ReadonlyMap<string, QueueData>) => boolean): string[] {
    const found: string[] = [];
    for (const [topic, byBroker] of this.#topics) if (wanted(byBroker)) found.push(topic);
    return found;
  }
}

function hasFlag(byBroker: ReadonlyMap<string, QueueData>, flag: number): boolean {
  for (const queueData of byBroker.values()) return (queueData.topicSysFlag & flag) !== 0;
  return false;
}

/** Without the right to write. */
export function withoutWrite(perm: number): number {
  return perm & ~Perm.WRITE;
}
