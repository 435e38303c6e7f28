import { bool, command, int, optional, rpcRequestFields, str, topicRequestFields, wire, withDefault } from './table.ts';

/** Reports to a broker which groups a client has. Body: HeartbeatData. Source: HeartbeatRequestHeader, ClientManageProcessor. */
export const HEART_BEAT = command(34, 'HEART_BEAT', {
  request: { ...rpcRequestFields },
  response: {
    supportHeartbeatV2: wire('IS_SUPPORT_HEART_BEAT_V2', optional(bool())),
    subscriptionChanged: wire('IS_SUB_CHANGE', optional(bool())),
  },
});

/** A client leaves a producer or consumer group. Source: UnregisterClientRequestHeader. */
export const UNREGISTER_CLIENT = command(35, 'UNREGISTER_CLIENT', {
  request: {
    clientID: str(),
    producerGroup: optional(str()),
    consumerGroup: optional(str()),
    ...rpcRequestFields,
  },
  response: {},
});

/** Checks an expression before a consumer starts. Body: CheckClientRequestBody. Source: ClientManageProcessor. */
export const CHECK_CLIENT_CONFIG = command(46, 'CHECK_CLIENT_CONFIG', { request: {} });

/** Who is in a group. Answer: consumer id list. Source: GetConsumerListByGroupRequestHeader. */
export const GET_CONSUMER_LIST_BY_GROUP = command(38, 'GET_CONSUMER_LIST_BY_GROUP', {
  request: { consumerGroup: str(), ...rpcRequestFields },
  response: {},
});

/** Locks queues for ordered consumption. Body: LockBatchRequestBody, answer LockBatchResponseBody. Source: LockBatchMqRequestHeader. */
export const LOCK_BATCH_MQ = command(41, 'LOCK_BATCH_MQ', { request: { ...rpcRequestFields } });

/** Gives queues back; often one-way. Body: UnlockBatchRequestBody. Source: UnlockBatchMqRequestHeader. */
export const UNLOCK_BATCH_MQ = command(42, 'UNLOCK_BATCH_MQ', { request: { ...rpcRequestFields } });

/** Asks the broker to share out queues. Body and answer: QueryAssignment… bodies. Source: QueryAssignmentProcessor. */
export const QUERY_ASSIGNMENT = command(400, 'QUERY_ASSIGNMENT', { request: {} });

/** Chooses pull or pop for a group and topic. Body: SetMessageRequestModeRequestBody. Source: QueryAssignmentProcessor. */
export const SET_MESSAGE_REQUEST_MODE = command(401, 'SET_MESSAGE_REQUEST_MODE', { request: {} });

/** Slave to master: all choices of 401. Source: SlaveSynchronize. */
export const GET_ALL_MESSAGE_REQUEST_MODE = command(402, 'GET_ALL_MESSAGE_REQUEST_MODE', { request: {} });

/** Broker to client, one-way: members of a group joined or left. Source: NotifyConsumerIdsChangedRequestHeader. */
export const NOTIFY_CONSUMER_IDS_CHANGED = command(40, 'NOTIFY_CONSUMER_IDS_CHANGED', {
  request: { consumerGroup: str(), ...rpcRequestFields },
});

/** Broker to client: offsets it holds. Answer: GetConsumerStatusBody. Source: GetConsumerStatusRequestHeader. */
export const GET_CONSUMER_STATUS_FROM_CLIENT = command(221, 'GET_CONSUMER_STATUS_FROM_CLIENT', {
  request: { topic: str(), group: str(), clientAddr: optional(str()), ...topicRequestFields },
});

/** Admin to broker: 221 of all members or of one. Answer: GetConsumerStatusBody. Source: GetConsumerStatusRequestHeader. */
export const INVOKE_BROKER_TO_GET_CONSUMER_STATUS = command(223, 'INVOKE_BROKER_TO_GET_CONSUMER_STATUS', {
  request: { topic: str(), group: str(), clientAddr: optional(str()), ...topicRequestFields },
});

/** Admin to broker to client: state of a consumer. Answer: ConsumerRunningInfo. Source: GetConsumerRunningInfoRequestHeader. */
export const GET_CONSUMER_RUNNING_INFO = command(307, 'GET_CONSUMER_RUNNING_INFO', {
  request: {
    consumerGroup: str(),
    clientId: str(),
    jstackEnable: withDefault(bool(), false),
    ...rpcRequestFields,
  },
});

/**
 * Admin to broker to client: handle this message now. To the client the body is the message. Answer:
 * ConsumeMessageDirectlyResult. Source: ConsumeMessageDirectlyResultRequestHeader.
 */
export const CONSUME_MESSAGE_DIRECTLY = command(309, 'CONSUME_MESSAGE_DIRECTLY', {
  request: {
    consumerGroup: str(),
    clientId: optional(str()),
    /** An offset message id. */
    msgId: optional(str()),
    brokerName: optional(str()),
    topic: optional(str()),
    topicSysFlag: optional(int()),
    groupSysFlag: optional(int()),
    ...topicRequestFields,
  },
});
