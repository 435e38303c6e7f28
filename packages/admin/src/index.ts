export type {
  BrokerData,
  ClientConnection,
  ClusterInfo,
  ConsumeMessageDirectlyResult,
  ConsumerConnection,
  ConsumerRunningInfo,
  MessageQueue,
  MessageView,
  QueueData,
  SubscriptionGroupConfig,
  TopicConfig,
  TopicRouteData as TopicRoute,
} from '@rocketmq-ts/protocol';
// What programs over this room need of the protocol: values and rules, no bytes.
export {
  compareMessageQueues,
  createSubscriptionGroupConfig,
  createTopicConfig,
  deadLetterTopic,
  isDeadLetterTopic,
  isRetryTopic,
  MASTER_ID,
  Perm,
  printMessageProperties,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  retryTopic,
  versionDescription,
  writeJson,
} from '@rocketmq-ts/protocol';
export * from './admin.ts';
export type { CleanUpOperations } from './clean-up.ts';
export {
  allAddresses,
  type ClusterOperations,
  masterAddresses,
  mastersWithSlaves,
  NO_MASTER,
  selectBrokerAddress,
} from './cluster.ts';
export type { ConfigOperations } from './config.ts';
export * from './errors.ts';
export type { GroupOperations } from './group.ts';
export type { MessageOperations, MessageQuery, OutgoingMessage, SendReceipt } from './message.ts';
export type { MessageTrack, TrackOperations, TrackType } from './message-track.ts';
export type { ConsumeStatus, GroupStats, QueueStatus, ResetOffset, TopicChange, TopicStats } from './model.ts';
export type { OffsetOperations, ResetByQueue, ResetByTimestamp } from './offset.ts';
export { type Credentials, signingHook } from './sign.ts';
export type { TopicOperations } from './topic.ts';
