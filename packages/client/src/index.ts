export { FilterError, type FilterErrorCode } from '@rocketmq-ts/filter';
export {
  type Clock,
  CodedError,
  type CodedErrorOptions,
  type Disk,
  type Endpoint,
  type ErrorEntry,
  type LimitEntry,
  type LogFields,
  type Logger,
  type LogLevel,
  type Network,
  type Platform,
  type Random,
  silentLogger,
  type TlsClientOptions,
} from '@rocketmq-ts/kernel';
export type { CompressionType, MessageModel, MessageQueue, SendStatus } from '@rocketmq-ts/protocol';
export {
  type Body,
  type Credentials,
  RemotingError,
  type RemotingErrorCode,
  type RequestHook,
} from '@rocketmq-ts/remoting';
export type { ConsumeFrom, PushConsumerOptions } from './consumer/consumer-options.ts';
export type {
  ConsumeBatch,
  ConsumeContext,
  ConsumeMessage,
  ConsumeOrderly,
  ConsumeOrderlyContext,
  ConsumeOrderlyStatus,
  ConsumeStatus,
  MessageListener,
} from './consumer/listener.ts';
export { type PollCall, PullConsumer, type QueueOffset } from './consumer/lite-pull/pull-consumer.ts';
export type { PullConsumerOptions } from './consumer/lite-pull/pull-consumer-options.ts';
export type { TopicQueuesListener } from './consumer/lite-pull/topic-watch.ts';
export { type MessageSelector, sql, tag } from './consumer/message-selector.ts';
export { PushConsumer } from './consumer/push-consumer.ts';
export {
  BrokerError,
  ClientError,
  type ClientErrorCode,
  clientErrors,
  type ErrorPlace,
  type PlacedError,
} from './errors.ts';
export type {
  ClientInstrumentation,
  ConsumeFacts,
  ProcessWatch,
  RunningConsumer,
  SendFacts,
  SendOutcome,
  SendWatch,
  SettleFacts,
} from './instrumentation/instrumentation.ts';
export type { JavaProperties, JavaProperty } from './java-properties.ts';
export { type ClientKind, clientKinds, type OptionKind } from './known-options.ts';
export { clientLimits } from './limit-entries.ts';
export { type LogFile, type LogFileOptions, logFile } from './log-file.ts';
export { clientLogger, fromConsole, fromPino, type LoggerLike, type LogMethod } from './logger.ts';
export type { Message, ReplyTo } from './message/message.ts';
export type { Deserializer, MessageExt } from './message/message-ext.ts';
export {
  type DecoderNeeded,
  type EncoderNeeded,
  json,
  type ReceivedValue,
  type SchemaIssue,
  type SchemaLike,
  type SchemaResult,
  type Serializer,
} from './message/serializer.ts';
export { type SplitOptions, splitBatch } from './message/split-batch.ts';
export { formatMessageQueue } from './message-queue.ts';
export type { ClientOptions } from './options.ts';
export { Producer } from './producer/producer.ts';
export type { ProducerOptions, SendOptions } from './producer/producer-options.ts';
export { type QueueSelector, selectAtRandom, selectByHash } from './producer/selectors.ts';
export type { QueueChoice, RequestCall, SendCall } from './producer/send-call.ts';
export type { SendResult } from './producer/send-result.ts';
export { type AllocateStrategy, averagely, averagelyByCircle, byConfig } from './rebalance/allocate.ts';
export { consistentHash } from './rebalance/consistent-hash.ts';
export { refusalAdvice } from './refusal-advice.ts';
export { createReplyMessage } from './request/create-reply-message.ts';
export {
  type ConsumerStatusEvent,
  type ProducerStatusEvent,
  type StatusDeadLettered,
  type StatusEntry,
  type StatusEventBase,
  type StatusEventOf,
  type StatusEventsOf,
  type StatusPeer,
  type StatusRebalanced,
  type StatusRole,
  type StatusThrottled,
  statusEvents,
  type ThrottleReason,
} from './status/status-events.ts';
export type { StatusCall, StatusStream } from './status/status-hub.ts';
export type { TraceOptions } from './trace/trace-options.ts';
export type {
  LocalTransactionState,
  TransactionCheck,
  TransactionProducerOptions,
} from './transaction/transaction-options.ts';
export {
  type LocalTransaction,
  type TransactionMessage,
  TransactionProducer,
  type TransactionSendResult,
} from './transaction/transaction-producer.ts';
export type { ListenerAnswer, Nothing, UserFunction } from './user-code.ts';
