import { choiceProperty } from '@rocketmq-ts/kernel';
import { idleNames, idleProperties } from './kinds.ts';

/** Source: BrokerConfig. */
export const registrationProperties = idleProperties('the broker registers all that it has with every name server', {
  enableSingleTopicRegister: false,
});

/** Source: BrokerConfig. */
export const clientProperties = idleProperties('decided as Apache’s defaults decide it', {
  broadcastOffsetExpireMaxSecond: 300,
  broadcastOffsetExpireSecond: 120,
  cleanOfflineBrokerInterval: 30_000,
  consumerFallbehindThreshold: 17_179_869_184,
  consumerOffsetUpdateVersionStep: 500,
  defaultMessageRequestMode: choiceProperty(['PULL', 'POP'], 'PULL', { meaning: '' }),
  delayOffsetUpdateVersionStep: 200,
  disableConsumeIfConsumerReadSlowly: false,
  enableBroadcastOffsetStore: true,
  enableCleanExpiredOffset: false,
  enableCreateSysGroup: true,
  enableNetWorkFlowControl: false,
  enableRegisterProducer: true,
  enableScheduleAsyncDeliver: false,
  isolateLogEnable: false,
  loadBalancePollNameServerInterval: 30_000,
  pullBatchMaxMessageCount: 160,
  realTimeNotifyConsumerChange: true,
  scheduleAsyncDeliverMaxPendingLimit: 2000,
  scheduleAsyncDeliverMaxResendNum2Blocked: 3,
  serverLoadBalancerEnable: true,
  socksProxyConfig: '{}',
  subscriptionExpiredTimeout: 600_000,
  travelCqFileNumWhenGetMessage: 1,
  useStaticSubscription: false,
});

/** Source: AuthConfig, BrokerConfig of older releases. */
export const accessProperties = idleNames('access control comes with a later version', [
  'aclCacheExpiredSecond',
  'aclCacheMaxNum',
  'aclCacheRefreshSecond',
  'authenticationMetadataProvider',
  'authenticationProvider',
  'authenticationStrategy',
  'authenticationWhitelist',
  'authorizationMetadataProvider',
  'authorizationProvider',
  'authorizationStrategy',
  'authorizationWhitelist',
  'initAuthenticationUser',
  'innerClientAuthenticationCredentials',
  'migrateAuthFromV1Enabled',
  'statefulAuthenticationCacheExpiredSecond',
  'statefulAuthenticationCacheMaxNum',
  'statefulAuthorizationCacheExpiredSecond',
  'statefulAuthorizationCacheMaxNum',
  'userCacheExpiredSecond',
  'userCacheMaxNum',
  'userCacheRefreshSecond',
]);

/** Source: BrokerConfig, MessageStoreConfig of older releases. */
export const olderProperties = idleNames('of older releases of Apache’s broker, or of its programs', [
  'batchWriteKvCqSize',
  'brokerConfigPath',
  'commercialBigCount',
  'commercialEnable',
  'commercialTimerCount',
  'commercialTransCount',
  'configFile',
  'filterServerNums',
  'mapedFileSizeCommitLog',
  'mapedFileSizeConsumeQueue',
  'maxDelayTime',
  'memTableFlushInterval',
  'renewSliceTimeMillis',
  'transferMetadataJsonToRocksdb',
  'transferOffsetJsonToRocksdb',
]);
