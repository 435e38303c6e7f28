export type {
  BrokerData,
  ClientConnection,
  ClusterInfo,
  ConsumeMessageDirectlyResult,
  ConsumerConnection,
  ConsumerRunningInfo,
  MessageQueue,
  QueueData,
  ReplicaIdentity,
  ReplicasInfo,
  SubscriptionGroupConfig,
  TopicConfig,
  TopicRouteData as TopicRoute,
  TransactionState,
  UnendedTransaction,
} from '@rocketmq-ts/protocol';
// What programs over this room need of the protocol: values and rules, no bytes.
export {
  compareMessageQueues,
  createSubscriptionGroupConfig,
  createTopicConfig,
  deadLetterTopic,
  decodeRecallHandle,
  decodeTraceRecords,
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
  parseOffsetMessageId,
  printMessageProperties,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  retryTopic,
  SystemTopic,
  type TraceRecord,
  timeOfUniqueKey,
  versionDescription,
  writeJson,
} from '@rocketmq-ts/protocol';
export type { Credentials } from '@rocketmq-ts/remoting';
export { type Admin, type AdminOptions, createAdmin } from './admin.ts';
export { allAddresses, masterAddresses, mastersWithSlaves, NO_MASTER, selectBrokerAddress } from './cluster.ts';
export * from './errors.ts';
export type { MessageTrack } from './message-track.ts';
export type { GroupStats, ResetOffset, TopicChange } from './model.ts';
export type { OutgoingMessage, SendReceipt } from './send-message.ts';
