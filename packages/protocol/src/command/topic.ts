import { bool, command, int, optional, rpcRequestFields, str, topicRequestFields, withDefault } from './table.ts';

const createTopicFields = {
  topic: str(),
  defaultTopic: optional(str()),
  readQueueNums: withDefault(int(), 16),
  writeQueueNums: withDefault(int(), 16),
  /** Bits of `Perm`. */
  perm: withDefault(int(), 6),
  topicFilterType: withDefault(str(), 'SINGLE_TAG'),
  topicSysFlag: withDefault(int(), 0),
  order: withDefault(bool(), false),
  /** `+key=value,+key=value,-key`. */
  attributes: optional(str()),
  force: withDefault(bool(), false),
  ...topicRequestFields,
};

/** Source: CreateTopicRequestHeader. */
export const UPDATE_AND_CREATE_TOPIC = command(17, 'UPDATE_AND_CREATE_TOPIC', { request: createTopicFields });

/** Body: CreateTopicListRequestBody. Source: CreateTopicListRequestHeader. */
export const UPDATE_AND_CREATE_TOPIC_LIST = command(18, 'UPDATE_AND_CREATE_TOPIC_LIST', {
  request: { ...rpcRequestFields },
});

/** Body: TopicQueueMappingDetail. Source: CreateTopicRequestHeader. */
export const UPDATE_AND_CREATE_STATIC_TOPIC = command(513, 'UPDATE_AND_CREATE_STATIC_TOPIC', {
  request: createTopicFields,
});

/** Source: DeleteTopicRequestHeader. */
export const DELETE_TOPIC_IN_BROKER = command(215, 'DELETE_TOPIC_IN_BROKER', {
  request: { topic: str(), ...topicRequestFields },
});

/**
 * All topics of a broker, in pages when one of the fields is there. Answer: TopicConfigSerializeWrapper.
 * Source: GetAllTopicConfigRequestHeader, GetAllTopicConfigResponseHeader.
 */
export const GET_ALL_TOPIC_CONFIG = command(21, 'GET_ALL_TOPIC_CONFIG', {
  request: { topicSeq: optional(int()), maxTopicNum: optional(int()), dataVersion: optional(str()) },
  response: { totalTopicNum: optional(int()) },
});

/** Answer: TopicConfigAndQueueMapping. Source: GetTopicConfigRequestHeader. */
export const GET_TOPIC_CONFIG = command(351, 'GET_TOPIC_CONFIG', { request: { topic: str(), ...topicRequestFields } });

/** Offsets of all queues of a topic. Answer: TopicStatsTable. Source: GetTopicStatsInfoRequestHeader. */
export const GET_TOPIC_STATS_INFO = command(202, 'GET_TOPIC_STATS_INFO', {
  request: { topic: str(), ...topicRequestFields },
});

/** Groups that consume a topic. Answer: GroupList. Source: QueryTopicConsumeByWhoRequestHeader. */
export const QUERY_TOPIC_CONSUME_BY_WHO = command(300, 'QUERY_TOPIC_CONSUME_BY_WHO', {
  request: { topic: str(), ...topicRequestFields },
});

/** Answer: TopicList. Source: AdminBrokerProcessor#getSystemTopicListFromBroker. */
export const GET_SYSTEM_TOPIC_LIST_FROM_BROKER = command(305, 'GET_SYSTEM_TOPIC_LIST_FROM_BROKER', { request: {} });
