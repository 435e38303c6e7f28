import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { type DataVersion, newDataVersion } from '../model/data-version.ts';
import type { TopicConfig } from '../model/topic-config.ts';
import { plainDataVersion, readDataVersion } from './data-version.ts';
import { Members } from './members.ts';
import {
  queueMappingDetailJson,
  queueMappingJson,
  readTopicQueueMappingDetail,
  readTopicQueueMappingInfo,
  type TopicQueueMappingDetail,
  type TopicQueueMappingInfo,
} from './queue-mapping.ts';
import { readTopicConfig, topicConfigJson } from './topic-config.ts';

/** All topics of a broker with their version. Source: TopicConfigAndMappingSerializeWrapper. */
export interface TopicConfigSerializeWrapper {
  readonly topicConfigTable: ReadonlyMap<string, TopicConfig>;
  readonly dataVersion: DataVersion;
  readonly mappingDataVersion: DataVersion;
  /** Static topics as name servers know them. */
  readonly topicQueueMappingInfoMap: ReadonlyMap<string, TopicQueueMappingInfo>;
  /** Static topics as brokers know them; in the answer of GET_ALL_TOPIC_CONFIG. */
  readonly topicQueueMappingDetailMap: ReadonlyMap<string, TopicQueueMappingDetail>;
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
    topicQueueMappingDetailMap: new Map(),
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
    topicQueueMappingDetailMap: members.table('topicQueueMappingDetailMap', readTopicQueueMappingDetail),
  };
}

/** For the JSON writer; topics.json has the same members. */
export function topicConfigWrapperJson(wrapper: TopicConfigSerializeWrapper): { readonly [member: string]: JsonInput } {
  return {
    dataVersion: plainDataVersion(wrapper.dataVersion),
    mappingDataVersion: plainDataVersion(wrapper.mappingDataVersion),
    topicConfigTable: new Map([...wrapper.topicConfigTable].map(([topic, config]) => [topic, topicConfigJson(config)])),
    topicQueueMappingDetailMap: new Map(
      [...wrapper.topicQueueMappingDetailMap].map(([topic, detail]) => [topic, queueMappingDetailJson(detail)]),
    ),
    topicQueueMappingInfoMap: new Map(
      [...wrapper.topicQueueMappingInfoMap].map(([topic, info]) => [topic, queueMappingJson(info)]),
    ),
  };
}

/** Source: CreateTopicListRequestBody. */
export function encodeCreateTopicListRequestBody(configs: readonly TopicConfig[]): Buffer {
  return encodeJson({ topicConfigList: configs.map(topicConfigJson) });
}

/** Throws BAD_BODY. */
export function decodeCreateTopicListRequestBody(body: Uint8Array): TopicConfig[] {
  return Members.parse(body, 'CreateTopicListRequestBody').objects('topicConfigList').map(readTopicConfig);
}

/** A JSON array of topics, as in the file of `mqadmin updateTopicList`; members that are not there take Apache's defaults. Throws BAD_BODY. */
export function decodeTopicConfigArray(text: Uint8Array): TopicConfig[] {
  return Members.array(text, 'TopicConfig').map(readTopicConfig);
}
