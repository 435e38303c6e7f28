import type { LogicQueueMappingItem, TopicConfigAndQueueMapping, TopicQueueMappingDetail } from '@rocketmq-ts/protocol';
import { AdminError } from '../errors.ts';

/** A static topic on its brokers, by broker name. */
export type TopicOnBrokers = ReadonlyMap<string, TopicConfigAndQueueMapping>;

/** A logical queue: where it takes messages, and its stretches, the oldest first. */
interface LogicQueue {
  /** Broker name. */
  readonly leader: string;
  readonly items: readonly LogicQueueMappingItem[];
}

function bad(reason: string): AdminError {
  return new AdminError('BAD_MAPPING', reason);
}

/** The mapping on every broker. Throws BAD_MAPPING for a topic that is not static somewhere. */
function mappingsOf(brokers: TopicOnBrokers): TopicQueueMappingDetail[] {
  return [...brokers].map(([brokerName, { mapping }]) => {
    if (mapping === undefined) throw bad(`Mapping info should not be null in broker ${brokerName}`);
    return mapping;
  });
}

/**
 * What all brokers agree on. Throws BAD_MAPPING when they do not: a change that reached some of them only.
 * Source: TopicQueueMappingUtils#checkNameEpochNumConsistence.
 */
export function commonFacts(topic: string, brokers: TopicOnBrokers): { epoch: number; totalQueues: number } {
  let first: TopicQueueMappingDetail | undefined;
  const mappings = mappingsOf(brokers);
  let next = 0;
  for (const [brokerName, { config }] of brokers) {
    const mapping = mappings[next++]!;
    first ??= mapping;
    if (mapping.bname !== brokerName) throw bad(`The broker name is not equal ${brokerName} != ${mapping.bname}`);
    if (mapping.dirty) throw bad(`The mapping info is dirty in broker ${brokerName}`);
    if (config.topicName !== mapping.topic) throw bad(`The topic name is inconsistent in broker ${brokerName}`);
    if (mapping.topic !== topic) throw bad(`The topic name is not match for broker ${brokerName}`);
    if (mapping.scope !== first.scope)
      throw bad(`scope does not match ${mapping.scope} != ${first.scope} in ${brokerName}`);
    if (mapping.epoch !== first.epoch)
      throw bad(`epoch does not match ${first.epoch} != ${mapping.epoch} in ${brokerName}`);
    if (mapping.totalQueues !== first.totalQueues)
      throw bad(`total queue number does not match ${first.totalQueues} != ${mapping.totalQueues} in ${brokerName}`);
  }
  if (first === undefined) throw bad(`no broker has topic ${topic}`);
  return { epoch: first.epoch, totalQueues: first.totalQueues };
}

/**
 * All logical queues by id, each from the broker that takes its messages. Throws BAD_MAPPING when one is missing, is led by
 * two brokers, or its stretches do not follow each other. Source: TopicQueueMappingUtils#checkAndBuildMappingItems.
 */
export function logicQueues(brokers: TopicOnBrokers): Map<number, LogicQueue> {
  const queues = new Map<number, LogicQueue>();
  let total = 0;
  for (const mapping of mappingsOf(brokers)) {
    total = Math.max(total, mapping.totalQueues);
    for (const [id, items] of mapping.hostedQueues) {
      checkItems(items);
      const leader = items.at(-1)!.bname;
      if (leader !== mapping.bname) continue;
      const other = queues.get(id);
      if (other !== undefined) throw bad(`The queue id is duplicated in broker ${leader} ${other.leader}`);
      queues.set(id, { leader, items });
    }
  }
  if (total !== queues.size)
    throw bad(`The total queue number in config does not match the real hosted queues ${total} != ${queues.size}`);
  for (let id = 0; id < total; id++) if (!queues.has(id)) throw bad(`The queue number ${id} is not in globalIdMap`);
  checkNoneShared(brokers, queues);
  return new Map([...queues].sort(([a], [b]) => a - b));
}

/** Source: TopicQueueMappingUtils#checkLogicQueueMappingItemOffset. */
function checkItems(items: readonly LogicQueueMappingItem[]): void {
  if (items.length === 0) throw bad('a queue has no place at all');
  for (const [index, item] of items.entries()) {
    if (item.startOffset < 0 || item.gen < 0 || item.queueId < 0)
      throw bad('The field is illegal, should not be negative');
    if (item.endOffset !== -1 && item.endOffset < item.startOffset)
      throw bad('The endOffset is smaller than the start offset');
    const next = items[index + 1];
    if (next === undefined) continue;
    if (item.logicOffset < 0) throw bad('The non-latest item has negative logic offset');
    if (item.gen >= next.gen) throw bad('The gen does not increase monotonically');
    if (next.logicOffset === -1) continue;
    if (item.logicOffset >= next.logicOffset) throw bad('The base logic offset does not increase monotonically');
    const length = Math.max(0, item.endOffset - item.startOffset);
    if (item.logicOffset + length >= next.logicOffset)
      throw bad('The max logic offset does not increase monotonically');
  }
}

/** Source: TopicQueueMappingUtils#checkIfReusePhysicalQueue. */
function checkNoneShared(brokers: TopicOnBrokers, queues: ReadonlyMap<number, LogicQueue>): void {
  const topic = brokers.values().next().value?.config.topicName;
  const usedBy = new Map<string, number>();
  for (const [id, { items }] of queues) {
    for (const item of items) {
      const place = `${item.bname}-${item.queueId}`;
      const other = usedBy.get(place);
      if (other !== undefined)
        throw bad(`Topic ${topic} global queue id ${id} and ${other} shared the same physical queue ${place}`);
      usedBy.set(place, id);
    }
  }
}

/** Each place is a queue that its broker has. Throws BAD_MAPPING. Source: TopicQueueMappingUtils#checkPhysicalQueueConsistence. */
export function checkPlaces(brokers: TopicOnBrokers): void {
  for (const [, { config, mapping }] of brokers) {
    if (config.readQueueNums < config.writeQueueNums) throw bad('Read queues is smaller than write queues');
    for (const item of [...(mapping?.hostedQueues.values() ?? [])].flat()) {
      if (item.startOffset !== 0) throw bad('The start offset does not begin from 0');
      const place = brokers.get(item.bname);
      if (place === undefined) throw bad(`The broker of item does not exist: ${item.bname}`);
      if (item.queueId >= place.config.writeQueueNums) throw bad('The physical queue id is overflow the write queues');
    }
  }
}

/** Throws BAD_MAPPING when a queue takes its messages somewhere else. Source: TopicQueueMappingUtils#checkLeaderInTargetBrokers. */
export function checkLeaders(queues: ReadonlyMap<number, LogicQueue>, targets: ReadonlySet<string>): void {
  for (const { leader } of queues.values())
    if (!targets.has(leader)) throw bad(`The leader broker ${leader} does not in target broker`);
}

/** Throws BAD_MAPPING when a broker that has queues is no target. Source: TopicQueueMappingUtils#checkTargetBrokersComplete. */
export function checkTargetsComplete(brokers: TopicOnBrokers, targets: ReadonlySet<string>): void {
  for (const [brokerName, { mapping }] of brokers) {
    if (mapping !== undefined && mapping.hostedQueues.size > 0 && !targets.has(brokerName))
      throw bad(`The existed broker ${brokerName} does not in target brokers`);
  }
}
