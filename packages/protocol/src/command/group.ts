import { bool, command, int, optional, rpcRequestFields, str, topicRequestFields, withDefault } from './table.ts';

/** Body: SubscriptionGroupConfig. Source: AdminBrokerProcessor#updateAndCreateSubscriptionGroup. */
export const UPDATE_AND_CREATE_SUBSCRIPTIONGROUP = command(200, 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP', { request: {} });

/** Body: SubscriptionGroupList. Source: AdminBrokerProcessor#updateAndCreateSubscriptionGroupList. */
export const UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST = command(225, 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST', {
  request: {},
});

/**
 * All groups of a broker, in pages when one of the fields is there. Answer: SubscriptionGroupWrapper.
 * Source: GetAllSubscriptionGroupRequestHeader, GetAllSubscriptionGroupResponseHeader.
 */
export const GET_ALL_SUBSCRIPTIONGROUP_CONFIG = command(201, 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG', {
  request: { groupSeq: optional(int()), maxGroupNum: optional(int()), dataVersion: optional(str()) },
  response: { totalGroupNum: optional(int()) },
});

/** Answer: SubscriptionGroupConfig. Source: GetSubscriptionGroupConfigRequestHeader. */
export const GET_SUBSCRIPTIONGROUP_CONFIG = command(352, 'GET_SUBSCRIPTIONGROUP_CONFIG', {
  request: { group: str(), ...rpcRequestFields },
});

/** Source: DeleteSubscriptionGroupRequestHeader. */
export const DELETE_SUBSCRIPTIONGROUP = command(207, 'DELETE_SUBSCRIPTIONGROUP', {
  request: {
    groupName: str(),
    cleanOffset: withDefault(bool(), false),
    /** Name of `cleanOffset` in 4.9. */
    removeOffset: withDefault(bool(), false),
    ...rpcRequestFields,
  },
});

/** Forbids or allows a group to read a topic. Answer: GroupForbidden. Source: UpdateGroupForbiddenRequestHeader. */
export const UPDATE_AND_GET_GROUP_FORBIDDEN = command(353, 'UPDATE_AND_GET_GROUP_FORBIDDEN', {
  request: {
    group: str(),
    topic: str(),
    /** Absent: the permission is only returned. */
    readable: optional(bool()),
    ...topicRequestFields,
  },
});

/** Members of a group. Answer: ConsumerConnection. Source: GetConsumerConnectionListRequestHeader. */
export const GET_CONSUMER_CONNECTION_LIST = command(203, 'GET_CONSUMER_CONNECTION_LIST', {
  request: { consumerGroup: str(), ...rpcRequestFields },
});

/** Members of a producer group. Answer: ProducerConnection. Source: GetProducerConnectionListRequestHeader. */
export const GET_PRODUCER_CONNECTION_LIST = command(204, 'GET_PRODUCER_CONNECTION_LIST', {
  request: { producerGroup: str(), ...rpcRequestFields },
});

/** All producers. Answer: ProducerTableInfo. Source: GetAllProducerInfoRequestHeader. */
export const GET_ALL_PRODUCER_INFO = command(328, 'GET_ALL_PRODUCER_INFO', { request: {} });

/** How far a group is behind. Answer: ConsumeStats. Source: GetConsumeStatsRequestHeader. */
export const GET_CONSUME_STATS = command(208, 'GET_CONSUME_STATS', {
  request: {
    consumerGroup: str(),
    topic: optional(str()),
    /** Names separated by `;`. */
    topicList: optional(str()),
    ...topicRequestFields,
  },
});

/** The same of all groups. Answer: ConsumeStatsList. Source: GetConsumeStatsInBrokerHeader. */
export const GET_BROKER_CONSUME_STATS = command(317, 'GET_BROKER_CONSUME_STATS', {
  request: { isOrder: withDefault(bool(), false) },
});

/** Topics of a group. Answer: TopicList. Source: QueryTopicsByConsumerRequestHeader. */
export const QUERY_TOPICS_BY_CONSUMER = command(343, 'QUERY_TOPICS_BY_CONSUMER', {
  request: { group: str(), ...rpcRequestFields },
});

/** Answer: QuerySubscriptionResponseBody. Source: QuerySubscriptionByConsumerRequestHeader. */
export const QUERY_SUBSCRIPTION_BY_CONSUMER = command(345, 'QUERY_SUBSCRIPTION_BY_CONSUMER', {
  request: { group: str(), topic: optional(str()), ...topicRequestFields },
});

/** Times of the first, last and next message of each queue. Answer: QueryConsumeTimeSpanBody. Source: QueryConsumeTimeSpanRequestHeader. */
export const QUERY_CONSUME_TIME_SPAN = command(303, 'QUERY_CONSUME_TIME_SPAN', {
  request: { topic: str(), group: str(), ...topicRequestFields },
});
