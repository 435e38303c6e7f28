export type {
  AclInfo,
  BrokerData,
  ClientConnection,
  ClusterInfo,
  ConsumeMessageDirectlyResult,
  ConsumerConnection,
  ConsumerRunningInfo,
  JsonInput,
  JsonValue,
  MessageQueue,
  ProcessQueueInfo,
  ProducerInfo,
  QueryConsumeQueueResponseBody,
  QueueData,
  ReplicaIdentity,
  ReplicasInfo,
  SubscriptionData,
  SubscriptionGroupConfig,
  TopicConfig,
  TopicRemappingDetail,
  TopicRouteData as TopicRoute,
  TransactionState,
  UnendedTransaction,
  UserInfo,
} from '@rocketmq-ts/protocol';
// What programs over this room need of the protocol: values and rules, no bytes.
export {
  CheckStatus,
  compareMessageQueues,
  createSubscriptionGroupConfig,
  createTopicConfig,
  deadLetterTopic,
  decodeRecallHandle,
  decodeSubscriptionGroupConfigArray,
  decodeTopicConfigArray,
  decodeTopicRemappingDetail,
  decodeTraceRecords,
  encodeTopicRemappingDetail,
  groupOfRetryTopic,
  isDeadLetterTopic,
  isForbiddenToSend,
  isReservedProperty,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  MASTER_ID,
  MessageProperty,
  MessageSysFlag,
  MessageView,
  messageQueueKey,
  Perm,
  parseJson,
  parseOffsetMessageId,
  printMessageProperties,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  retryTopic,
  SystemTopic,
  subscriptionDataJson,
  type TraceRecord,
  timeOfUniqueKey,
  versionDescription,
  writeJson,
} from '@rocketmq-ts/protocol';
export type { Credentials } from '@rocketmq-ts/remoting';
export { type Admin, type AdminOptions, createAdmin } from './admin.ts';
export { allAddresses, masterAddresses, mastersWithSlaves, NO_MASTER, selectBrokerAddress } from './cluster.ts';
export { compactionLog } from './compaction-log.ts';
export * from './errors.ts';
export type { MessageTrack } from './message-track.ts';
export type { GroupStats, ResetOffset, TopicChange } from './model.ts';
export type { SendReceipt, TopicSender } from './send-message.ts';
export type { PulledMessages, TopicReader } from './topic-reader.ts';
