import {
  createTopicConfig,
  GLOBAL_SCOPE,
  type LogicQueueMappingItem,
  type TopicConfigAndQueueMapping,
  type TopicQueueMappingDetail,
  type TopicRemappingDetail,
} from '@rocketmq-ts/protocol';
import { AdminError } from '../errors.ts';
import { Allocation } from './allocation.ts';
import {
  checkLeaders,
  checkPlaces,
  checkTargetsComplete,
  commonFacts,
  logicQueues,
  type TopicOnBrokers,
} from './mapping-rules.ts';

/** What a plan starts from. */
export interface PlanInput {
  readonly topic: string;
  /** As it is now; empty for a topic that does not exist. */
  readonly current: TopicOnBrokers;
  /** Broker names. */
  readonly targets: ReadonlySet<string>;
  readonly nowMs: number;
  /** Below a bound, evenly. */
  readonly randomBelow: (bound: number) => number;
}

/** Epochs of later plans are at least so much higher. Source: TopicQueueMappingUtils#createTopicConfigMapping. */
const EPOCH_STEP = 1000;

/** A topic on a broker without queues. */
export function emptyMapping(
  topic: string,
  brokerName: string,
  totalQueues: number,
  epoch: number,
): TopicConfigAndQueueMapping {
  const mapping: TopicQueueMappingDetail = {
    ...{ topic, scope: GLOBAL_SCOPE, totalQueues, bname: brokerName, epoch, dirty: false },
    ...{ currIdMap: new Map(), hostedQueues: new Map() },
  };
  return { config: createTopicConfig(topic, { readQueueNums: 0, writeQueueNums: 0 }), mapping };
}

/**
 * A topic with more queues than now, those that it has staying where they are. Throws BAD_MAPPING.
 * Source: TopicQueueMappingUtils#createTopicConfigMapping.
 */
export function planQueues(input: PlanInput, queueCount: number): TopicRemappingDetail {
  const { topic, current, targets, nowMs, randomBelow } = input;
  checkTargetsComplete(current, targets);
  const facts = current.size === 0 ? { epoch: nowMs } : commonFacts(topic, current);
  const existing: ReturnType<typeof logicQueues> = current.size === 0 ? new Map() : logicQueues(current);
  checkPlaces(current);
  if (queueCount < existing.size)
    throw new AdminError(
      'BAD_MAPPING',
      `Cannot decrease the queue num for static topic ${queueCount} < ${existing.size}`,
    );
  if (queueCount === existing.size)
    throw new AdminError('BAD_MAPPING', 'The topic queue num is equal the existed queue num, do nothing');
  const counts = new Map([...targets].map((name) => [name, 0]));
  for (const { leader } of existing.values()) counts.set(leader, (counts.get(leader) ?? 0) + 1);
  const allocation = new Allocation(counts, (names) => shuffled(names, randomBelow));
  const brokers = new Map(current);
  for (let id = existing.size; id < queueCount; id++) {
    const item = { gen: 0, logicOffset: 0 };
    addQueue(brokers, { topic, id, brokerName: allocation.next(), before: [], item });
  }
  const epoch = Math.max(facts.epoch + EPOCH_STEP, nowMs);
  const planned = withFacts(brokers, epoch, queueCount);
  checkPlan(topic, planned);
  return detailOf(topic, 'CREATE_OR_UPDATE', epoch, planned);
}

/**
 * The queues of a topic shared out anew among the targets, as few as possible moved. No broker both gets and loses queues.
 * Throws BAD_MAPPING. Source: TopicQueueMappingUtils#remappingStaticTopic.
 */
export function planMove({ topic, current, targets, nowMs }: PlanInput): TopicRemappingDetail {
  const facts = commonFacts(topic, current);
  const queues = logicQueues(current);
  checkPlaces(current);
  const before = new Map<string, number>();
  for (const { leader } of queues.values()) before.set(leader, (before.get(leader) ?? 0) + 1);
  const none = new Map([...targets].map((name) => [name, 0]));
  const allocation = new Allocation(none, (names) => names.sort((a, b) => (before.get(a) ?? 0) - (before.get(b) ?? 0)));
  for (let id = 0; id < facts.totalQueues; id++) allocation.next();
  const room = allocation.counts;
  const waiting: number[] = [];
  for (const [id, { leader }] of queues) {
    const left = room.get(leader) ?? 0;
    if (left > 0) room.set(leader, left - 1);
    else waiting.push(id);
  }
  const brokers = new Map(current);
  const mapIn = new Set<string>();
  const mapOut = new Set<string>();
  for (const [brokerName, count] of room) {
    for (const id of waiting.splice(0, count)) {
      const { leader, items } = queues.get(id)!;
      mapIn.add(brokerName);
      mapOut.add(leader);
      const item = { gen: items.at(-1)!.gen + 1, logicOffset: -1 };
      const moved = addQueue(brokers, { topic, id, brokerName, before: items, item });
      putItems(brokers, leader, id, moved);
    }
  }
  const epoch = Math.max(facts.epoch + EPOCH_STEP, nowMs);
  const planned = withFacts(brokers, epoch, facts.totalQueues);
  checkLeaders(checkPlan(topic, planned), targets);
  return detailOf(topic, 'REMAPPING', epoch, planned, mapIn, mapOut);
}

/** Throws BAD_MAPPING when the brokers of a plan contradict each other. */
export function checkPlan(topic: string, brokers: TopicOnBrokers): ReturnType<typeof logicQueues> {
  commonFacts(topic, brokers);
  const queues = logicQueues(brokers);
  checkPlaces(brokers);
  return queues;
}

interface AddedQueue {
  readonly topic: string;
  readonly id: number;
  readonly brokerName: string;
  readonly before: readonly LogicQueueMappingItem[];
  readonly item: Pick<LogicQueueMappingItem, 'gen' | 'logicOffset'>;
}

/** One more physical queue on a broker, as the last stretch of a logical one. */
function addQueue(
  brokers: Map<string, TopicConfigAndQueueMapping>,
  { topic, id, brokerName, before, item }: AddedQueue,
): readonly LogicQueueMappingItem[] {
  const { config, mapping } = brokers.get(brokerName) ?? emptyMapping(topic, brokerName, 0, 0);
  const queueId = config.writeQueueNums;
  const last = { ...item, queueId, bname: brokerName, startOffset: 0, endOffset: -1, timeOfStart: -1, timeOfEnd: -1 };
  const writeQueueNums = config.writeQueueNums + 1;
  brokers.set(brokerName, {
    config: { ...config, writeQueueNums, readQueueNums: config.readQueueNums + 1 },
    mapping,
  });
  const items = [...before, last];
  putItems(brokers, brokerName, id, items);
  return items;
}

function putItems(
  brokers: Map<string, TopicConfigAndQueueMapping>,
  brokerName: string,
  id: number,
  items: readonly LogicQueueMappingItem[],
): void {
  const { config, mapping } = brokers.get(brokerName)!;
  const hostedQueues = new Map(mapping!.hostedQueues).set(id, items);
  brokers.set(brokerName, { config, mapping: { ...mapping!, hostedQueues } });
}

function withFacts(brokers: TopicOnBrokers, epoch: number, totalQueues: number): TopicOnBrokers {
  return new Map(
    [...brokers].map(([name, { config, mapping }]) => [
      name,
      { config, mapping: mapping && { ...mapping, epoch, totalQueues } },
    ]),
  );
}

/** The form of the files. */
export function detailOf(
  topic: string,
  type: TopicRemappingDetail['type'],
  epoch: number,
  brokerConfigMap: TopicOnBrokers,
  brokerToMapIn: ReadonlySet<string> = new Set(),
  brokerToMapOut: ReadonlySet<string> = new Set(),
): TopicRemappingDetail {
  return { topic, type, epoch, brokerConfigMap, brokerToMapIn, brokerToMapOut };
}

function shuffled(names: string[], randomBelow: (bound: number) => number): string[] {
  for (let i = names.length - 1; i > 0; i--) {
    const j = randomBelow(i + 1);
    [names[i], names[j]] = [names[j]!, names[i]!];
  }
  return names;
}
