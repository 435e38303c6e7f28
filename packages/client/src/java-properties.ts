/** Where one property of Apache's client classes is here. */
export interface JavaProperty {
  /** Apache's default, as text; `*` where it depends on the machine or the time. */
  readonly javaDefault: string;
  /** Our option; undefined where there is none. */
  readonly option: string | undefined;
  /** Our default where it is another one, or is written otherwise. */
  readonly default: string | undefined;
  /** What is different, or why there is no such option. */
  readonly note: string | undefined;
}

/** Properties of a Java class, by name. */
export type JavaProperties = Readonly<Record<string, JavaProperty>>;

const as = (option: string, javaDefault: string, ours?: string, note?: string): JavaProperty => ({
  option,
  javaDefault,
  default: ours,
  note,
});
const none = (javaDefault: string, note: string): JavaProperty => ({
  option: undefined,
  javaDefault,
  default: undefined,
  note,
});

const NOT_USED = 'No part of the Java class uses it.';
const NO_THREADS = 'There are no threads here: calls run on the event loop.';

/** Of ClientConfig, which all the others have too. Held against the class by compat/test/options.test.ts. */
export const clientConfigProperties: JavaProperties = {
  accessChannel: as('accessChannel', 'LOCAL'),
  clientCallbackExecutorThreads: none('*', NO_THREADS),
  clientIP: as('clientIp', '*'),
  decodeDecompressBody: none('true', 'Bodies are always decompressed; one that cannot be is handed over as stored.'),
  decodeReadBody: none('true', 'Bodies are always read; they are not copied.'),
  detectInterval: none('2000', 'Fixed at 2000, with `startDetectorEnable`.'),
  detectTimeout: none('200', 'Fixed at 200, with `startDetectorEnable`.'),
  enableHeartbeatChannelEventListener: none('true', 'Always: a new connection to a broker gets a heartbeat at once.'),
  enableStreamRequestType: none('false', 'Marks requests for servers of Alibaba Cloud; no broker of Apache reads it.'),
  enableTrace: as('enableMsgTrace', 'false'),
  heartbeatBrokerInterval: as('heartbeatIntervalMs', '30000'),
  instanceName: as('instanceName', 'DEFAULT', '', 'Not given: the same as `DEFAULT`.'),
  language: none('JAVA', 'Fixed: it names the program that runs.'),
  maxPageSizeInGetMetadata: none('2000', 'Of administrative lists, which this client does not ask for.'),
  mqClientApiTimeout: as('requestTimeoutMs', '3000'),
  namespace: as('namespace', 'null'),
  namespaceV2: as('namespaceV2', 'null'),
  namesrvAddr: as('namesrvAddr', 'null', undefined, 'A text or an array of texts.'),
  persistConsumerOffsetInterval: as('persistOffsetIntervalMs', '5000'),
  pollNameServerInterval: as('pollNameServerIntervalMs', '30000'),
  pullTimeDelayMillsWhenException: as('pullRetryDelayMs', '1000', undefined, 'Of consumers.'),
  sendLatencyEnable: as('sendLatencyEnable', 'false', undefined, 'Of producers.'),
  socksProxyConfig: none('{}', 'No proxies: give the option `platform` a network that connects through yours.'),
  startDetectorEnable: as('startDetectorEnable', 'false', undefined, 'Of producers.'),
  traceMsgBatchNum: as('traceMsgBatchNum', '10'),
  traceTopic: as('customizedTraceTopic', 'null', '', 'Not given: `RMQ_SYS_TRACE_TOPIC`, as in Apache’s.'),
  unitMode: as('unitMode', 'false'),
  unitName: as('unitName', 'null'),
  useHeartbeatV2: none('false', 'It saves a few bytes of a heartbeat when subscriptions did not change.'),
  useTLS: as(
    'tls',
    'false',
    '',
    'Not given: plain text. With `tls` certificates are checked, which Apache’s client does not do by default.',
  ),
  vipChannelEnabled: as('vipChannel', 'false'),
};

const ALWAYS_BOUNDED = 'It sends as many as `maxInFlight` and `maxInFlightBytes` allow, and later sends wait, always.';

/** Of DefaultMQProducer, besides those of ClientConfig. */
export const producerProperties: JavaProperties = {
  asyncSenderExecutor: none('-', NO_THREADS),
  autoBatch: as('autoBatch', 'false'),
  backPressureForAsyncSendNum: as('maxInFlight', '1024'),
  backPressureForAsyncSendNumInsideAdjust: none('-', 'Internal.'),
  backPressureForAsyncSendSize: as(
    'maxInFlightBytes',
    '104857600',
    '67108864',
    'Memory of waiting sends is bounded too.',
  ),
  backPressureForAsyncSendSizeInsideAdjust: none('-', 'Internal.'),
  callbackExecutor: none('-', NO_THREADS),
  compressLevel: as('compressLevel', '5'),
  compressMsgBodyOverHowmuch: as('compressOverBytes', '4096'),
  compressType: as('compressType', 'ZLIB'),
  createTopicKey: as('createTopicKey', 'TBW102'),
  defaultTopicQueueNums: as('defaultTopicQueueNums', '4'),
  enableBackpressureForAsyncMode: none('false', ALWAYS_BOUNDED),
  latencyMax: none('[50,100,550,1800,3000,5000,15000]', 'Fixed at these, with `sendLatencyEnable`.'),
  maxMessageSize: as('maxMessageBytes', '4194304'),
  notAvailableDuration: none('[0,0,2000,5000,6000,10000,30000]', 'Fixed at these, with `sendLatencyEnable`.'),
  producerGroup: as('producerGroup', '*', undefined, 'Required.'),
  retryAnotherBrokerWhenNotStoreOK: as('retryAnotherBrokerWhenNotStoreOk', 'false'),
  retryTimesWhenSendAsyncFailed: as(
    'retryTimesWhenSendFailed',
    '2',
    undefined,
    'One option: every send is a promise, and is retried as Apache’s synchronous sends are.',
  ),
  retryTimesWhenSendFailed: as('retryTimesWhenSendFailed', '2'),
  sendLatencyFaultEnable: as('sendLatencyEnable', 'false'),
  sendMessageWithVIPChannel: as('vipChannel', 'false'),
  sendMsgMaxTimeoutPerRequest: as('attemptTimeoutMs', '-1', '', 'Not given: no limit, as −1.'),
  sendMsgTimeout: as('sendTimeoutMs', '3000'),
  topics: as('topics', 'null', '', 'Not given: none.'),
};

/** Of TransactionMQProducer, besides those of DefaultMQProducer. */
export const transactionProducerProperties: JavaProperties = {
  checkRequestHoldMax: as('checkRequestHoldMax', '2000'),
  checkThreadPoolMaxSize: as('checkThreadPoolMaxSize', '1', '16', 'Checks wait for databases, not for a processor.'),
  checkThreadPoolMinSize: none('1', NO_THREADS),
  executorService: none('null', NO_THREADS),
  transactionCheckListener: as('check', 'null', undefined, 'Required.'),
  transactionListener: as(
    'check',
    'null',
    undefined,
    'Required; the local transaction is an argument of `sendInTransaction`.',
  ),
};

const QUEUES = '`for await (const event of consumer.status())`: events of type `rebalanced` have the queues.';
const POP = 'Queues are shared by the members and read by pull, also where brokers would assign them.';

const consumerProperties: JavaProperties = {
  allocateMessageQueueStrategy: as('allocateStrategy', 'AllocateMessageQueueAveragely', '', '`averagely`, the same.'),
  consumeFromWhere: as('consumeFrom', 'CONSUME_FROM_LAST_OFFSET', 'LAST_OFFSET'),
  consumeTimestamp: as('consumeTimestamp', '*', undefined, 'Apache’s text, or ms since the epoch.'),
  consumerGroup: as('consumerGroup', '*', undefined, 'Required.'),
  messageModel: as('model', 'CLUSTERING'),
  offsetStore: none('null', 'Chosen by `model`: brokers, or a file in `localOffsetDirectory`.'),
  pullThresholdForQueue: as('pullThresholdForQueue', '1000'),
  pullThresholdSizeForQueue: as('pullThresholdSizeForQueue', '100'),
};

/** Of DefaultMQPushConsumer, besides those of ClientConfig. */
export const pushConsumerProperties: JavaProperties = {
  ...consumerProperties,
  adjustThreadPoolNumsThreshold: none('100000', NOT_USED),
  awaitTerminationMillisWhenShutdown: as(
    'awaitTerminationMs',
    '0',
    '5000',
    'With 0, what is being handled comes again after every restart.',
  ),
  clientRebalance: none('true', POP),
  consumeConcurrentlyMaxSpan: as('consumeConcurrentlyMaxSpan', '2000'),
  consumeMessageBatchMaxSize: as('consumeMessageBatchMaxSize', '1'),
  consumeThreadMax: as(
    'consumeThreadMin',
    '20',
    undefined,
    'Listener calls at a time; in Apache’s the larger one has no effect, since its queue of calls is unbounded.',
  ),
  consumeThreadMin: as('consumeThreadMin', '20', undefined, 'Listener calls at a time.'),
  consumeTimeout: as('consumeTimeoutMinutes', '15'),
  maxReconsumeTimes: as('maxReconsumeTimes', '-1'),
  messageListener: none('null', 'An argument of `start`, or of `subscribe`.'),
  messageQueueListener: none('null', QUEUES),
  popBatchNums: none('32', POP),
  popInvisibleTime: none('60000', POP),
  popThresholdForQueue: none('96', POP),
  postSubscriptionWhenPull: as('postSubscriptionWhenPull', 'false'),
  pullBatchSize: as('pullBatchSize', '32'),
  pullBatchSizeInBytes: as('pullBatchBytes', '262144'),
  pullInterval: as('pullIntervalMs', '0'),
  pullThresholdForTopic: none('-1', 'The limits of a queue bound the same memory: set those.'),
  pullThresholdSizeForTopic: none('-1', 'The limits of a queue bound the same memory: set those.'),
  subscription: none('{}', '`consumer.subscribe`.'),
  suspendCurrentQueueTimeMillis: as('suspendCurrentQueueTimeMs', '1000'),
};

/** Of DefaultLitePullConsumer, besides those of ClientConfig. */
export const litePullConsumerProperties: JavaProperties = {
  ...consumerProperties,
  autoCommit: as('autoCommit', 'true'),
  autoCommitIntervalMillis: as('autoCommitIntervalMs', '5000'),
  connectBrokerByUser: none('-', 'Brokers say which replica is to be read.'),
  consumeMaxSpan: as('consumeMaxSpan', '2000'),
  consumerPullTimeoutMillis: none('10000', 'It has no effect in Apache’s: all its pulls are held ones.'),
  consumerTimeoutMillisWhenSuspend: as('consumerTimeoutWhenSuspendMs', '30000'),
  customizedTraceTopic: as('customizedTraceTopic', 'null', '', 'Not given: `RMQ_SYS_TRACE_TOPIC`, as in Apache’s.'),
  defaultBrokerId: none('-', 'Brokers say which replica is to be read.'),
  enableMsgTrace: as('enableMsgTrace', 'false'),
  messageQueueListener: none('null', QUEUES),
  pollTimeoutMillis: as('pollTimeoutMs', '5000'),
  pullBatchSize: as('pullBatchSize', '10'),
  pullThreadNums: none('20', NO_THREADS),
  pullThresholdForAll: as('pullThresholdForAll', '10000'),
  topicMetadataCheckIntervalMillis: as('topicMetadataCheckIntervalMs', '30000'),
};
