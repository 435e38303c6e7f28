import { editDistance } from '@rocketmq-ts/kernel';
import type { PushConsumerOptions } from './consumer/consumer-options.ts';
import type { PullConsumerOptions } from './consumer/lite-pull/pull-consumer-options.ts';
import { ClientError } from './errors.ts';
import {
  clientConfigProperties,
  type JavaProperties,
  litePullConsumerProperties,
  producerProperties,
  pushConsumerProperties,
  transactionProducerProperties,
} from './java-properties.ts';
import type { ClientOptions } from './options.ts';
import type { ProducerOptions, SendOptions } from './producer/producer-options.ts';
import type { TraceOptions } from './trace/trace-options.ts';
import type { TransactionProducerOptions } from './transaction/transaction-options.ts';

/** What kind of value an option takes; numbers and names are checked where they are read. */
export type OptionKind = 'text' | 'flag' | 'number' | 'list' | 'object' | 'any';
type Names<Options> = { readonly [Name in keyof Required<Options>]: OptionKind };

const client = {
  namesrvAddr: 'any',
  namesrvDomain: 'text',
  namesrvDomainSubgroup: 'text',
  clientIp: 'text',
  instanceName: 'text',
  unitName: 'text',
  unitMode: 'flag',
  namespace: 'any',
  namespaceV2: 'any',
  pollNameServerIntervalMs: 'number',
  heartbeatIntervalMs: 'number',
  persistOffsetIntervalMs: 'number',
  requestTimeoutMs: 'number',
  vipChannel: 'flag',
  tls: 'any',
  credentials: 'object',
  serializeType: 'any',
  hooks: 'list',
  logger: 'any',
  instrumentation: 'object',
  platform: 'object',
} as const satisfies Names<ClientOptions>;

const trace = {
  enableMsgTrace: 'flag',
  customizedTraceTopic: 'any',
  traceMsgBatchNum: 'number',
  accessChannel: 'any',
} as const satisfies Names<TraceOptions>;

const send = {
  createTopicKey: 'text',
  defaultTopicQueueNums: 'number',
  sendTimeoutMs: 'number',
  attemptTimeoutMs: 'number',
  retryTimesWhenSendFailed: 'number',
  retryAnotherBrokerWhenNotStoreOk: 'flag',
  retryResponseCodes: 'list',
  compressOverBytes: 'number',
  compressType: 'any',
  compressLevel: 'number',
  maxMessageBytes: 'number',
  maxInFlight: 'number',
  maxInFlightBytes: 'number',
  maxWaitingSends: 'number',
  autoBatch: 'flag',
  batchMaxDelayMs: 'number',
  batchMaxBytes: 'number',
  totalBatchMaxBytes: 'number',
  sendLatencyEnable: 'flag',
  startDetectorEnable: 'flag',
} as const satisfies Names<SendOptions>;

const producer = {
  ...client,
  ...trace,
  ...send,
  producerGroup: 'any',
  serializer: 'object',
  topics: 'list',
  awaitTerminationMs: 'number',
  maxPendingRequests: 'number',
} as const satisfies Names<ProducerOptions>;

const transactionProducer = {
  ...producer,
  check: 'any',
  checkThreadPoolMaxSize: 'number',
  checkRequestHoldMax: 'number',
  checkTimeoutMs: 'number',
} as const satisfies Names<TransactionProducerOptions>;

const consumer = {
  ...client,
  ...trace,
  consumerGroup: 'any',
  serializer: 'object',
  model: 'any',
  consumeFrom: 'any',
  consumeTimestamp: 'any',
  allocateStrategy: 'object',
  pullThresholdForQueue: 'number',
  pullThresholdSizeForQueue: 'number',
  pullBatchSize: 'number',
  pullRetryDelayMs: 'number',
  awaitTerminationMs: 'number',
  localOffsetDirectory: 'text',
} as const;

const pushConsumer = {
  ...consumer,
  consumeThreadMin: 'number',
  consumeMessageBatchMaxSize: 'number',
  consumeConcurrentlyMaxSpan: 'number',
  pullIntervalMs: 'number',
  pullBatchBytes: 'number',
  postSubscriptionWhenPull: 'flag',
  maxReconsumeTimes: 'number',
  suspendCurrentQueueTimeMs: 'number',
  consumeTimeoutMinutes: 'number',
} as const satisfies Names<PushConsumerOptions>;

const pullConsumer = {
  ...consumer,
  autoCommit: 'flag',
  autoCommitIntervalMs: 'number',
  pullThresholdForAll: 'number',
  consumeMaxSpan: 'number',
  pollTimeoutMs: 'number',
  brokerSuspendMaxTimeMs: 'number',
  consumerTimeoutWhenSuspendMs: 'number',
  topicMetadataCheckIntervalMs: 'number',
} as const satisfies Names<PullConsumerOptions>;

/** What one class of ours takes, and where the properties of its Java class are among that. */
export interface ClientKind {
  readonly java: string;
  readonly options: Readonly<Record<string, OptionKind>>;
  readonly properties: JavaProperties;
}

/** By the name of our class. docs/client-options.md is made from it. */
export const clientKinds = {
  Producer: {
    java: 'DefaultMQProducer',
    options: producer,
    properties: { ...clientConfigProperties, ...producerProperties },
  },
  TransactionProducer: {
    java: 'TransactionMQProducer',
    options: transactionProducer,
    properties: { ...clientConfigProperties, ...producerProperties, ...transactionProducerProperties },
  },
  PushConsumer: {
    java: 'DefaultMQPushConsumer',
    options: pushConsumer,
    properties: { ...clientConfigProperties, ...pushConsumerProperties },
  },
  PullConsumer: {
    java: 'DefaultLitePullConsumer',
    options: pullConsumer,
    properties: {
      ...clientConfigProperties,
      ...litePullConsumerProperties,
      enableStreamRequestType: { ...clientConfigProperties.enableStreamRequestType!, javaDefault: 'true' },
    },
  },
} as const satisfies Record<string, ClientKind>;

/**
 * Looks at the names of options and at the kinds of their values. Throws ClientError `OPTION_UNKNOWN`, which says what may have
 * been meant, or `OPTION_ILLEGAL`.
 */
export function checkOptions(kind: keyof typeof clientKinds, given: unknown): void {
  if (typeof given !== 'object' || given === null)
    throw new ClientError('OPTION_ILLEGAL', `${kind} takes an object with options, not ${String(given)}.`);
  const { options } = clientKinds[kind] as ClientKind;
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(options, name)) throw unknownOption(kind, name);
    if (value !== undefined) requireKind(name, value, options[name]!);
  }
}

function unknownOption(kind: keyof typeof clientKinds, name: string): ClientError {
  const { options, properties, java } = clientKinds[kind] as ClientKind;
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const near = property === undefined ? nearest(name, Object.keys(options)) : property.option;
  const facts = { option: name, nearest: near };
  const reason =
    property !== undefined && near === undefined
      ? ` Apache's ${java} has it. ${property.note ?? ''}`
      : property !== undefined
        ? ` Apache's ${java} has it; here it is called ${near}.`
        : near === undefined
          ? ''
          : ` Did you mean ${near}?`;
  return new ClientError('OPTION_UNKNOWN', `${kind} has no option ${name}.${reason.trimEnd()}`, { facts });
}

/** The name that was meant most likely: few letters apart, or Apache's other unit at its end. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const typed = name.toLowerCase();
  const limit = Math.max(2, Math.floor(name.length / 3));
  const distances = known.map((one) => [editDistance(typed, one.toLowerCase(), limit), one] as const);
  const [best] = distances.filter(([distance]) => distance <= limit).sort(([left], [right]) => left - right);
  return best?.[1];
}

function requireKind(name: string, value: unknown, kind: OptionKind): void {
  if (kind === 'any') return;
  const [wanted, fits] = (
    {
      text: ['a text', typeof value === 'string'],
      flag: ['true or false', typeof value === 'boolean'],
      number: ['a number', typeof value === 'number'],
      list: ['an array', Array.isArray(value)],
      object: ['an object', typeof value === 'object' && value !== null],
    } as const
  )[kind];
  if (fits) return;
  throw new ClientError('OPTION_ILLEGAL', `The option ${name} is ${printed(value)}, but must be ${wanted}.`, {
    facts: { option: name },
  });
}

function printed(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value);
}
