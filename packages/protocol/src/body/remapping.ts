import { encodeJson } from '../json/write.ts';
import type { TopicConfig } from '../model/topic-config.ts';
import { Members } from './members.ts';
import { queueMappingDetailJson, readTopicQueueMappingDetail, type TopicQueueMappingDetail } from './queue-mapping.ts';
import { readTopicConfig, topicConfigJson } from './topic-config.ts';

/** A topic on one broker with its mapping; undefined for a topic that is not static. Source: TopicConfigAndQueueMapping. */
export interface TopicConfigAndQueueMapping {
  readonly config: TopicConfig;
  readonly mapping: TopicQueueMappingDetail | undefined;
}

/** A static topic on all its brokers: what the tools keep in a file before and after a change. Source: TopicRemappingDetailWrapper. */
export interface TopicRemappingDetail {
  readonly topic: string;
  readonly type: 'CREATE_OR_UPDATE' | 'REMAPPING';
  readonly epoch: number;
  /** By broker name. */
  readonly brokerConfigMap: ReadonlyMap<string, TopicConfigAndQueueMapping>;
  /** Broker names that get queues. */
  readonly brokerToMapIn: ReadonlySet<string>;
  /** Broker names that lose queues. */
  readonly brokerToMapOut: ReadonlySet<string>;
}

/** The text of the file, as Apache writes it. */
export function encodeTopicRemappingDetail(detail: TopicRemappingDetail): Buffer {
  const brokerConfigMap = new Map(
    [...detail.brokerConfigMap].map(([brokerName, { config, mapping }]) => [
      brokerName,
      { ...topicConfigJson(config), mappingDetail: mapping && queueMappingDetailJson(mapping) },
    ]),
  );
  return encodeJson({ ...detail, brokerConfigMap });
}

/** Throws BAD_BODY. */
export function decodeTopicRemappingDetail(text: Uint8Array): TopicRemappingDetail {
  const members = Members.parse(text, 'TopicRemappingDetailWrapper');
  return {
    topic: members.text('topic'),
    type: members.choice('type', ['CREATE_OR_UPDATE', 'REMAPPING'], 'CREATE_OR_UPDATE'),
    epoch: members.integer('epoch', 0),
    brokerConfigMap: members.table('brokerConfigMap', readConfigAndMapping),
    brokerToMapIn: new Set(members.texts('brokerToMapIn')),
    brokerToMapOut: new Set(members.texts('brokerToMapOut')),
  };
}

/** Answer of GET_TOPIC_CONFIG with both parts. Throws BAD_BODY. */
export function decodeTopicConfigAndQueueMapping(body: Uint8Array): TopicConfigAndQueueMapping {
  return readConfigAndMapping(Members.parse(body, 'TopicConfigAndQueueMapping'));
}

function readConfigAndMapping(members: Members): TopicConfigAndQueueMapping {
  const detail = members.object('mappingDetail');
  return { config: readTopicConfig(members), mapping: detail && readTopicQueueMappingDetail(detail) };
}
