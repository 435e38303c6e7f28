import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { TOPIC_FILTER_TYPES } from '../model/consumer.ts';
import { type DataVersion, newDataVersion } from '../model/data-version.ts';
import { createTopicConfig, type TopicConfig } from '../model/topic-config.ts';
import { plainDataVersion, readDataVersion } from './data-version.ts';
import { Members } from './members.ts';
import { queueMappingJson, readTopicQueueMappingInfo, type TopicQueueMappingInfo } from './queue-mapping.ts';

/** All topics of a broker with their version. Source: TopicConfigAndMappingSerializeWrapper. */
export interface TopicConfigSerializeWrapper {
  readonly topicConfigTable: ReadonlyMap<string, TopicConfig>;
  readonly dataVersion: DataVersion;
  readonly mappingDataVersion: DataVersion;
  readonly topicQueueMappingInfoMap: ReadonlyMap<string, TopicQueueMappingInfo>;
}

/** A table without static topics. */
export function createTopicConfigWrapper(
  topicConfigTable: ReadonlyMap<string, TopicConfig>,
  dataVersion: DataVersion,
): TopicConfigSerializeWrapper {
  return {
    topicConfigTable,
    dataVersion,
    mappingDataVersion: newDataVersion(dataVersion.timestamp),
    topicQueueMappingInfoMap: new Map(),
  };
}

/** The body, as Apache writes it. */
export function encodeTopicConfigSerializeWrapper(wrapper: TopicConfigSerializeWrapper): Buffer {
  return encodeJson(topicConfigWrapperJson(wrapper));
}

/** Members that 4.9 does not write take their defaults. */
export function decodeTopicConfigSerializeWrapper(body: Uint8Array): TopicConfigSerializeWrapper {
  return readTopicConfigWrapper(Members.parse(body, 'TopicConfigSerializeWrapper'));
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readTopicConfigWrapper(members: Members): TopicConfigSerializeWrapper {
  return {
    topicConfigTable: members.table('topicConfigTable', readTopicConfig),
    dataVersion: readDataVersion(members.object('dataVersion')),
    mappingDataVersion: readDataVersion(members.object('mappingDataVersion')),
    topicQueueMappingInfoMap: members.table('topicQueueMappingInfoMap', readTopicQueueMappingInfo),
  };
}

/** For the JSON writer; topics.json has the same members. */
export function topicConfigWrapperJson(wrapper: TopicConfigSerializeWrapper): { readonly [member: string]: JsonInput } {
  return {
    dataVersion: plainDataVersion(wrapper.dataVersion),
    mappingDataVersion: plainDataVersion(wrapper.mappingDataVersion),
    topicConfigTable: new Map([...wrapper.topicConfigTable].map(([topic, config]) => [topic, topicConfigJson(config)])),
    topicQueueMappingDetailMap: {},
    topicQueueMappingInfoMap: new Map(
      [...wrapper.topicQueueMappingInfoMap].map(([topic, info]) => [topic, queueMappingJson(info)]),
    ),
  };
}

/** The answer of GET_TOPIC_CONFIG. Source: TopicConfigAndQueueMapping. */
export function encodeTopicConfig(config: TopicConfig): Buffer {
  return encodeJson(topicConfigJson(config));
}

/** Throws BAD_BODY. */
export function decodeTopicConfig(body: Uint8Array): TopicConfig {
  return readTopicConfig(Members.parse(body, 'TopicConfig'));
}

/** Source: CreateTopicListRequestBody. */
export function encodeCreateTopicListRequestBody(configs: readonly TopicConfig[]): Buffer {
  return encodeJson({ topicConfigList: configs.map(topicConfigJson) });
}

/** Throws BAD_BODY. */
export function decodeCreateTopicListRequestBody(body: Uint8Array): TopicConfig[] {
  return Members.parse(body, 'CreateTopicListRequestBody').objects('topicConfigList').map(readTopicConfig);
}

/** Also the form of one entry of `topics.json`. Source: TopicConfig. */
function readTopicConfig(members: Members): TopicConfig {
  return createTopicConfig(members.text('topicName'), {
    readQueueNums: members.integer('readQueueNums', 16),
    writeQueueNums: members.integer('writeQueueNums', 16),
    perm: members.integer('perm', 6),
    topicFilterType: members.choice('topicFilterType', TOPIC_FILTER_TYPES, 'SINGLE_TAG'),
    topicSysFlag: members.integer('topicSysFlag', 0),
    order: members.flag('order', false),
    attributes: Object.fromEntries(members.textTable('attributes')),
  });
}

/** For the JSON writer. */
function topicConfigJson(config: TopicConfig): JsonInput {
  return {
    attributes: config.attributes,
    order: config.order,
    perm: config.perm,
    readQueueNums: config.readQueueNums,
    topicFilterType: config.topicFilterType,
    topicName: config.topicName,
    topicSysFlag: config.topicSysFlag,
    writeQueueNums: config.writeQueueNums,
  };
}
