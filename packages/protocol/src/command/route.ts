import { bool, command, optional, str, topicRequestFields } from './table.ts';

/** Where a topic lives. Answer: TopicRouteData. Source: GetRouteInfoRequestHeader. */
export const GET_ROUTEINFO_BY_TOPIC = command(105, 'GET_ROUTEINFO_BY_TOPIC', {
  request: { topic: str(), acceptStandardJsonOnly: optional(bool()), ...topicRequestFields },
});

/** All clusters and brokers. Answer: ClusterInfo. Source: namesrv/DefaultRequestProcessor. */
export const GET_BROKER_CLUSTER_INFO = command(106, 'GET_BROKER_CLUSTER_INFO', { request: {} });

/** A broker name with all its addresses. Answer: BrokerMemberGroup. Source: GetBrokerMemberGroupRequestHeader. */
export const GET_BROKER_MEMBER_GROUP = command(901, 'GET_BROKER_MEMBER_GROUP', {
  request: { clusterName: str(), brokerName: str() },
});
