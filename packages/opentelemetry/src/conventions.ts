/** Names of the semantic conventions for messaging. Source: OpenTelemetry semantic conventions, messaging spans, metrics and RocketMQ. */
export const Attribute = {
  SYSTEM: 'messaging.system',
  OPERATION_NAME: 'messaging.operation.name',
  OPERATION_TYPE: 'messaging.operation.type',
  DESTINATION: 'messaging.destination.name',
  PARTITION: 'messaging.destination.partition.id',
  CONSUMER_GROUP: 'messaging.consumer.group.name',
  CLIENT_ID: 'messaging.client.id',
  BATCH_COUNT: 'messaging.batch.message_count',
  MESSAGE_ID: 'messaging.message.id',
  BODY_SIZE: 'messaging.message.body.size',
  CONVERSATION_ID: 'messaging.message.conversation_id',
  ERROR_TYPE: 'error.type',
  CLIENT_GROUP: 'messaging.rocketmq.client_group',
  NAMESPACE: 'messaging.rocketmq.namespace',
  MODEL: 'messaging.rocketmq.consumption_model',
  TAG: 'messaging.rocketmq.message.tag',
  KEYS: 'messaging.rocketmq.message.keys',
  TYPE: 'messaging.rocketmq.message.type',
  DELAY_LEVEL: 'messaging.rocketmq.message.delay_time_level',
  DELIVERY_TIMESTAMP: 'messaging.rocketmq.message.delivery_timestamp',
  /** Not of the conventions: how often a message was delivered before. */
  RECONSUME_TIMES: 'messaging.rocketmq.message.reconsume_times',
  QUEUE_OFFSET: 'messaging.rocketmq.queue_offset',
  BROKER: 'messaging.rocketmq.broker_name',
} as const;

/** Kinds of operations; spans are called `<operation name> <topic>`. */
export type OperationType = 'send' | 'receive' | 'process' | 'settle';

/** Seconds; the conventions name these boundaries for durations. */
export const DURATION_BOUNDARIES_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export const Metric = {
  OPERATION_DURATION: 'messaging.client.operation.duration',
  SENT: 'messaging.client.sent.messages',
  CONSUMED: 'messaging.client.consumed.messages',
  PROCESS_DURATION: 'messaging.process.duration',
} as const;
