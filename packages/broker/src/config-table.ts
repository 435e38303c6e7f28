import {
  type ConfigOf,
  choiceProperty,
  configTable,
  flagProperty,
  integerProperty,
  optionalTextProperty,
  type Property,
  type PropertyFacts,
  textProperty,
} from '@rocketmq-ts/kernel';
import { parseDeleteWhen } from '@rocketmq-ts/store';

/** A promise that this broker can not keep yet: who asks for it is refused at start instead of believing that it holds. */
function notServed(meaning: string): Property<boolean> {
  const parse = (value: string): boolean | undefined => (value.trim().toLowerCase() === 'false' ? false : undefined);
  return {
    kind: 'flag',
    fallback: false,
    facts: { meaning },
    allowed: `only false, since this broker does not serve it yet`,
    parse,
  };
}

function hoursProperty(fallback: string, facts: PropertyFacts): Property<string> {
  const parse = (value: string): string | undefined =>
    parseDeleteWhen(value) === undefined ? undefined : value.trim();
  return { kind: 'text', fallback, facts, allowed: 'hours from 0 to 23 separated by ;, such as 04 or 04;16', parse };
}

/**
 * The broker's properties under Apache's names, with Apache's defaults. Source: BrokerConfig, BrokerIdentity,
 * MessageStoreConfig, NettyServerConfig.
 */
export const brokerConfigTable = configTable({
  brokerName: optionalTextProperty({ meaning: 'name of the replica group; default: the host name', important: true }),
  brokerClusterName: textProperty('DefaultCluster', { meaning: 'cluster this broker belongs to', important: true }),
  brokerId: integerProperty(0, { meaning: '0 for a master', min: 0, important: true }),
  brokerIP1: optionalTextProperty({
    meaning: 'address that clients are told; default: found among the interfaces',
    important: true,
  }),
  brokerIP2: optionalTextProperty({ meaning: 'address that slaves are told; default: as brokerIP1', important: true }),
  namesrvAddr: optionalTextProperty({ meaning: 'name servers, host:port separated by ;', important: true }),
  listenPort: integerProperty(10911, {
    meaning: 'port of the broker; the fast port is two below',
    min: 3,
    max: 65535,
    important: true,
  }),
  haListenPort: integerProperty(0, { meaning: 'replication port; 0: listenPort + 1', min: 0, max: 65535 }),
  bindAddress: textProperty('0.0.0.0', { meaning: 'address the listening sockets are bound to' }),
  brokerRole: choiceProperty(['ASYNC_MASTER', 'SYNC_MASTER', 'SLAVE'], 'ASYNC_MASTER', {
    meaning: 'role in its replica group',
    important: true,
  }),
  brokerPermission: integerProperty(6, {
    meaning: 'what every topic keeps of its permission at the most: 4 read, 2 write',
    min: 0,
    max: 7,
    change: 'live',
    important: true,
  }),
  rocketmqHome: optionalTextProperty({ meaning: 'installation folder' }),
  regionId: textProperty('DefaultRegion', { meaning: 'told to producers in every answer, kept with every message' }),
  traceOn: flagProperty(true, { meaning: 'told to producers in every answer, kept with every message' }),

  registerNameServerPeriod: integerProperty(30000, {
    meaning: 'between registrations, kept within 10 to 60 s',
    unit: 'ms',
  }),
  registerBrokerTimeoutMills: integerProperty(24000, {
    meaning: 'wait for each name server',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  forceRegister: flagProperty(true, { meaning: 'register each period, changed or not', change: 'live' }),

  autoCreateTopicEnable: flagProperty(true, {
    meaning: 'unknown topics are created by the first send',
    change: 'live',
    important: true,
  }),
  autoCreateSubscriptionGroup: flagProperty(true, {
    meaning: 'unknown groups are created on first use',
    change: 'live',
    important: true,
  }),
  defaultTopicQueueNums: integerProperty(8, {
    meaning: 'queues of an auto-created topic at the most',
    min: 1,
    max: 65535,
  }),
  clusterTopicEnable: flagProperty(true, { meaning: 'a topic called as the cluster can be written' }),
  brokerTopicEnable: flagProperty(true, { meaning: 'a topic called as the broker can be written' }),
  traceTopicEnable: flagProperty(false, { meaning: 'make the trace topic at start' }),
  msgTraceTopicName: textProperty('RMQ_SYS_TRACE_TOPIC', { meaning: 'name of the trace topic' }),
  validateSystemTopicWhenUpdateTopic: flagProperty(true, {
    meaning: 'refuse changes of system topics',
    change: 'live',
  }),
  notifyConsumerIdsChangedEnable: flagProperty(true, {
    meaning: 'tell the members of a group when others come or go',
    change: 'live',
  }),
  channelExpiredTimeout: integerProperty(120000, {
    meaning: 'a client without heartbeat for so long is dropped',
    unit: 'ms',
    min: 1000,
  }),
  startAcceptSendRequestTimeStamp: integerProperty(0, {
    meaning: 'sends before this moment are refused',
    unit: 'ms',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    change: 'live',
  }),

  longPollingEnable: flagProperty(true, {
    meaning: 'hold a pull that finds nothing for as long as it asks',
    change: 'live',
  }),
  shortPollingTimeMills: integerProperty(1000, {
    meaning: 'hold time when long polling is off',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  flushConsumerOffsetInterval: integerProperty(5000, {
    meaning: 'between saves of consumerOffset.json',
    unit: 'ms',
    min: 100,
  }),

  storePathRootDir: optionalTextProperty({ meaning: 'store folder; default: ~/store', important: true }),
  storePathCommitLog: optionalTextProperty({
    meaning: 'commit log folder; default: <root>/commitlog',
    important: true,
  }),
  mappedFileSizeCommitLog: integerProperty(1024 * 1024 * 1024, {
    meaning: 'length of a commit log file; never changes on an existing store',
    unit: 'bytes',
    min: 4096,
  }),
  mappedFileSizeConsumeQueue: integerProperty(6000000, {
    meaning: 'length of a consume queue file',
    unit: 'bytes',
    min: 20,
  }),
  messageIndexEnable: flagProperty(true, { meaning: 'whether messages can be found by key: index files are kept' }),
  messageIndexSafe: flagProperty(false, {
    meaning: 'accepted; here index files are always made whole again after a crash',
  }),
  maxHashSlotNum: integerProperty(5_000_000, {
    meaning: 'slots of an index file; files of other sizes are made again',
    min: 1,
    max: 100_000_000,
  }),
  maxIndexNum: integerProperty(20_000_000, {
    meaning: 'entries of an index file, one more than it holds; files of other sizes are made again',
    min: 2,
    max: 80_000_000,
  }),
  maxMsgsNumBatch: integerProperty(64, { meaning: 'messages of an answer to a query by key', min: 1, change: 'live' }),
  defaultQueryMaxNum: integerProperty(32, {
    meaning: 'messages of an answer to a query by unique key',
    min: 1,
    change: 'live',
  }),
  maxMessageSize: integerProperty(4 * 1024 * 1024, {
    meaning: 'largest body',
    unit: 'bytes',
    min: 10,
    max: 64 * 1024 * 1024,
  }),
  flushDiskType: choiceProperty(['ASYNC_FLUSH', 'SYNC_FLUSH'], 'ASYNC_FLUSH', {
    meaning: 'when a send is answered: written, or on the disk',
    important: true,
  }),
  flushCommitLogTimed: flagProperty(true, {
    meaning: 'with ASYNC_FLUSH dirty pages wait for the interval; false: they are flushed as soon as they are enough',
    change: 'live',
  }),
  flushIntervalCommitLog: integerProperty(500, {
    meaning: 'between flushes with ASYNC_FLUSH',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  flushCommitLogLeastPages: integerProperty(4, {
    meaning: 'fewer dirty pages (of 4096 bytes) wait for the thorough flush',
    min: 0,
    change: 'live',
  }),
  flushCommitLogThoroughInterval: integerProperty(10000, {
    meaning: 'between flushes of whatever is dirty',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  flushIntervalConsumeQueue: integerProperty(1000, {
    meaning: 'between writes of consume queues',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  flushConsumeQueueThoroughInterval: integerProperty(60000, {
    meaning: 'between durable flushes of consume queues',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  syncFlushTimeout: integerProperty(5000, {
    meaning: 'a send that waits longer for the disk gets FLUSH_DISK_TIMEOUT',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  maxTransferBytesOnMessageInMemory: integerProperty(262144, {
    meaning: 'bytes of one pull answer',
    unit: 'bytes',
    min: 1,
  }),
  maxTransferCountOnMessageInMemory: integerProperty(32, { meaning: 'messages of one pull answer', min: 1 }),
  maxFilterMessageSize: integerProperty(16000, {
    meaning: 'consume queue bytes looked at by one pull',
    unit: 'bytes',
    min: 20,
  }),
  messageDelayLevel: textProperty('1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h', {
    meaning: 'delay of each level',
  }),
  flushDelayOffsetInterval: integerProperty(10000, {
    meaning: 'between saves of delayOffset.json',
    unit: 'ms',
    min: 100,
  }),
  deleteWhen: hoursProperty('04', {
    meaning: 'hours of the local day at which expired files are removed, separated by ;',
    change: 'live',
  }),
  fileReservedTime: integerProperty(72, {
    meaning: 'a file that was not written for so long is expired',
    unit: 'h',
    min: 0,
    change: 'live',
  }),
  cleanResourceInterval: integerProperty(10000, {
    meaning: 'between rounds of removing expired files; the first is a minute after the start',
    unit: 'ms',
    min: 1,
  }),
  deleteFileBatchMax: integerProperty(10, {
    meaning: 'commit log files removed in one round at the most',
    unit: 'files',
    min: 1,
    change: 'live',
  }),
  deleteCommitLogFilesInterval: integerProperty(100, {
    meaning: 'pause between two commit log files that are removed',
    unit: 'ms',
    min: 0,
    change: 'live',
  }),
  deleteConsumeQueueFilesInterval: integerProperty(100, {
    meaning: 'pause between two consume queues of which files are removed',
    unit: 'ms',
    min: 0,
    change: 'live',
  }),
  cleanFileForciblyEnable: flagProperty(true, {
    meaning: 'above diskSpaceCleanForciblyRatio files are removed that are not expired',
    change: 'live',
  }),
  diskMaxUsedSpaceRatio: integerProperty(75, {
    meaning: 'a disk that is fuller: expired files are removed at any hour; kept within 10 to 95',
    unit: '%',
    change: 'live',
  }),
  diskSpaceCleanForciblyRatio: integerProperty(85, {
    meaning: 'a disk that is fuller: the oldest files are removed, expired or not; kept within 30 to 85',
    unit: '%',
    change: 'live',
  }),
  diskSpaceWarningLevelRatio: integerProperty(90, {
    meaning: 'a disk that is fuller: sends are refused; kept within 35 to 90',
    unit: '%',
    change: 'live',
  }),

  serverChannelMaxIdleTimeSeconds: integerProperty(120, {
    meaning: 'a connection without traffic for so long is closed',
    unit: 's',
    min: 1,
  }),
  authenticationEnabled: notServed('users and signatures are checked'),
  authorizationEnabled: notServed('permissions of users are checked'),
  enableControllerMode: notServed('a controller chooses the master'),
  enableDLegerCommitLog: notServed('the commit log is replicated by Raft'),

  configBlackList: textProperty('configBlackList;brokerConfigPath', {
    meaning: 'properties that can not be changed over the network',
  }),
});

export type BrokerConfig = Readonly<ConfigOf<typeof brokerConfigTable>>;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of each delay level, level 1 first; undefined when the text is not a list of numbers with s, m, h or d. */
export function parseDelayLevels(text: string): number[] | undefined {
  const levels: number[] = [];
  for (const part of text.trim().split(/\s+/)) {
    const match = /^(\d+)([smhd])$/.exec(part);
    if (match === null) return undefined;
    levels.push(Number(match[1]) * UNIT_MS[match[2]!]!);
  }
  return levels;
}
