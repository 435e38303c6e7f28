import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import type { TopicConfig } from '../model/topic-config.ts';
import { integerOf, Members } from './members.ts';
import { readTopicConfig, topicConfigJson } from './topic-config.ts';

/** Which queues of a static topic a broker holds. Source: TopicQueueMappingInfo. */
export interface TopicQueueMappingInfo {
  readonly topic: string;
  readonly scope: string;
  readonly totalQueues: number;
  /** The broker. */
  readonly bname: string;
  /** Grows with each change of the topic. */
  readonly epoch: number;
  readonly dirty: boolean;
  /** Logical queue id to physical one. */
  readonly currIdMap: ReadonlyMap<number, number>;
}

/**
 * A stretch of a logical queue: where its messages are, or were. The last one of a queue takes new messages.
 * Source: LogicQueueMappingItem.
 */
export interface LogicQueueMappingItem {
  /** Counts the stretches of a queue. */
  readonly gen: number;
  /** Physical, on broker `bname`. */
  readonly queueId: number;
  readonly bname: string;
  /** Logical offset of its first message; −1 while it is not decided. */
  readonly logicOffset: number;
  /** Physical offset of its first message. */
  readonly startOffset: number;
  /** Behind its last message, physical; −1 while it takes messages. */
  readonly endOffset: number;
  readonly timeOfStart: number;
  readonly timeOfEnd: number;
}

/**
 * What one broker knows of a static topic: the stretches of the queues that it holds or held. Source: TopicQueueMappingDetail.
 */
export interface TopicQueueMappingDetail extends TopicQueueMappingInfo {
  /** Logical queue id to its stretches, the oldest first. */
  readonly hostedQueues: ReadonlyMap<number, readonly LogicQueueMappingItem[]>;
}

/** Queues of all brokers of a cluster are numbered together. Source: MixAll.METADATA_SCOPE_GLOBAL. */
export const GLOBAL_SCOPE = '__global__';

/** Source: MixAll#LOGICAL_QUEUE_MOCK_BROKER_PREFIX. */
export const STATIC_BROKER_PREFIX = '__syslo__';

/**
 * Queues of static topics have the name of no broker: which one has a queue changes. Clients call it by this name.
 * Source: TopicQueueMappingUtils#getMockBrokerName.
 */
export function staticBrokerName(scope: string): string {
  return STATIC_BROKER_PREFIX + (scope === GLOBAL_SCOPE ? scope.slice(2) : scope);
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readTopicQueueMappingInfo(members: Members): TopicQueueMappingInfo {
  return {
    topic: members.text('topic'),
    scope: members.text('scope', GLOBAL_SCOPE),
    totalQueues: members.integer('totalQueues', 0),
    bname: members.text('bname', ''),
    epoch: members.integer('epoch', 0),
    dirty: members.flag('dirty', false),
    currIdMap: members.numberedTable('currIdMap', integerOf),
  };
}

/** For the JSON writer. */
export function queueMappingJson(info: TopicQueueMappingInfo): { readonly [member: string]: JsonInput } {
  return {
    bname: info.bname,
    currIdMap: info.currIdMap,
    dirty: info.dirty,
    epoch: info.epoch,
    scope: info.scope,
    topic: info.topic,
    totalQueues: info.totalQueues,
  };
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readTopicQueueMappingDetail(members: Members): TopicQueueMappingDetail {
  return { ...readTopicQueueMappingInfo(members), hostedQueues: members.numberedLists('hostedQueues', readItem) };
}

/** For the JSON writer. */
export function queueMappingDetailJson(detail: TopicQueueMappingDetail): { readonly [member: string]: JsonInput } {
  const hostedQueues = new Map([...detail.hostedQueues].map(([id, items]) => [id, items.map(itemJson)]));
  return { ...queueMappingJson(detail), hostedQueues };
}

/** Body of UPDATE_AND_CREATE_STATIC_TOPIC. */
export function encodeTopicQueueMappingDetail(detail: TopicQueueMappingDetail): Buffer {
  return encodeJson(queueMappingDetailJson(detail));
}

/** Throws BAD_BODY. */
export function decodeTopicQueueMappingDetail(body: Uint8Array): TopicQueueMappingDetail {
  return readTopicQueueMappingDetail(Members.parse(body, 'TopicQueueMappingDetail'));
}

/**
 * Answer of GET_TOPIC_CONFIG, with the mapping of a static topic where it was asked for. Source: TopicConfigAndQueueMapping.
 */
export function encodeTopicConfig(config: TopicConfig, mapping?: TopicQueueMappingDetail): Buffer {
  const members = topicConfigJson(config);
  return encodeJson(mapping === undefined ? members : { ...members, mappingDetail: queueMappingDetailJson(mapping) });
}

/** Throws BAD_BODY. */
export function decodeTopicConfig(body: Uint8Array): TopicConfig {
  return readTopicConfig(Members.parse(body, 'TopicConfig'));
}

/** The other part of that answer; undefined for a topic that is not static. Throws BAD_BODY. */
export function decodeQueueMappingOfTopic(body: Uint8Array): TopicQueueMappingDetail | undefined {
  const detail = Members.parse(body, 'TopicConfigAndQueueMapping').object('mappingDetail');
  return detail && readTopicQueueMappingDetail(detail);
}

function readItem(members: Members): LogicQueueMappingItem {
  return {
    gen: members.integer('gen', 0),
    queueId: members.integer('queueId', 0),
    bname: members.text('bname', ''),
    logicOffset: members.integer('logicOffset', 0),
    startOffset: members.integer('startOffset', 0),
    endOffset: members.integer('endOffset', -1),
    timeOfStart: members.integer('timeOfStart', -1),
    timeOfEnd: members.integer('timeOfEnd', -1),
  };
}

function itemJson(item: LogicQueueMappingItem): JsonInput {
  return {
    bname: item.bname,
    endOffset: item.endOffset,
    gen: item.gen,
    logicOffset: item.logicOffset,
    queueId: item.queueId,
    startOffset: item.startOffset,
    timeOfEnd: item.timeOfEnd,
    timeOfStart: item.timeOfStart,
  };
}
