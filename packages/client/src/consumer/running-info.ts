import {
  type ConsumerRunningInfo,
  CURRENT_VERSION,
  type ProcessQueueInfo,
  versionDescription,
} from '@rocketmq-ts/protocol';
import { formatTimestamp } from './consume-timestamp.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';
import type { ProcessQueue } from './process-queue.ts';

const MIB = 1024 * 1024;

/** A property of ours: the same for one run of one consumer only, which distinguishes two processes with one client id. */
export const RUN_TOKEN = 'runToken';

type Values = Readonly<Record<string, string | number | boolean>>;

/** What `mqadmin consumerStatus` shows of a consumer. Source: DefaultMQPushConsumerImpl#consumerRunningInfo. */
export function runningInfo(
  context: GroupContext<GroupSettings>,
  windows: Iterable<ProcessQueue>,
  properties: Values,
): ConsumerRunningInfo {
  const { subscriptions, stats } = context;
  return {
    properties: new Map(Object.entries(properties).map(([name, value]) => [name, String(value)])),
    subscriptionSet: subscriptions.describe(),
    mqTable: Array.from(windows, (window) => [window.queue, windowInfo(context, window)] as const),
    mqPopTable: [],
    statusTable: new Map(subscriptions.topics().map((topic) => [topic, stats.rates(topic)])),
    userConsumerInfo: new Map(),
    jstack: undefined,
  };
}

/** Settings of every kind of consumer under the names that Apache's consumers give them, and the PROP_ entries that its tool needs. */
export function commonProperties(context: GroupContext<GroupSettings>, startedMs: number): Values {
  const { settings, instance, group } = context;
  const client = instance.settings;
  const [clientIP = '', ...names] = instance.clientId.split('@');
  return {
    consumerGroup: group,
    messageModel: settings.model,
    consumeFromWhere: `CONSUME_FROM_${settings.consumeFrom}`,
    consumeTimestamp: formatTimestamp(settings.consumeTimestampMs),
    pullThresholdForQueue: settings.pullThresholdForQueue,
    pullThresholdSizeForQueue: settings.pullThresholdSizeForQueue,
    pullBatchSize: settings.pullBatchSize,
    clientIP,
    instanceName: names[0] ?? '',
    namesrvAddr: instance.nameServers.addresses.join(';'),
    pollNameServerInterval: client.pollNameServerIntervalMs,
    heartbeatBrokerInterval: client.heartbeatIntervalMs,
    persistConsumerOffsetInterval: client.persistOffsetIntervalMs,
    mqClientApiTimeout: client.requestTimeoutMs,
    vipChannelEnabled: client.vipChannel,
    useTLS: client.tls !== undefined,
    enableTrace: settings.trace !== undefined,
    unitMode: client.unitMode,
    PROP_CONSUMER_START_TIMESTAMP: startedMs,
    PROP_NAMESERVER_ADDR: instance.nameServers.addresses.map((address) => `${address};`).join(''),
    PROP_CLIENT_VERSION: versionDescription(CURRENT_VERSION),
  };
}

/** Of a push consumer. */
export function pushProperties(
  context: GroupContext,
  facts: { readonly ordered: boolean; readonly startedMs: number; readonly token: string },
): Values {
  const { settings } = context;
  return {
    ...commonProperties(context, facts.startedMs),
    consumeThreadMin: settings.consumeThreadMin,
    consumeThreadMax: settings.consumeThreadMin,
    consumeConcurrentlyMaxSpan: settings.consumeConcurrentlyMaxSpan,
    pullInterval: settings.pullIntervalMs,
    consumeMessageBatchMaxSize: settings.consumeMessageBatchMaxSize,
    pullBatchSizeInBytes: settings.pullBatchBytes,
    postSubscriptionWhenPull: settings.postSubscriptionWhenPull,
    maxReconsumeTimes: settings.maxReconsumeTimes,
    suspendCurrentQueueTimeMillis: settings.suspendCurrentQueueTimeMs,
    consumeTimeout: settings.consumeTimeoutMinutes,
    awaitTerminationMillisWhenShutdown: settings.awaitTerminationMs,
    // No limits over all queues of a topic.
    pullThresholdForTopic: -1,
    pullThresholdSizeForTopic: -1,
    clientRebalance: true,
    PROP_CONSUMEORDERLY: facts.ordered,
    PROP_THREADPOOL_CORE_SIZE: settings.consumeThreadMin,
    [RUN_TOKEN]: facts.token,
    PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
  };
}

function windowInfo(context: GroupContext<GroupSettings>, window: ProcessQueue): ProcessQueueInfo {
  const { clock, offsets } = context;
  const wallClock = (monotonicMs: number): number =>
    Number.isFinite(monotonicMs) ? Math.round(clock.now() - (clock.monotonicMs() - monotonicMs)) : 0;
  return {
    commitOffset: offsets.inMemory(window.queue) ?? -1,
    cachedMsgMinOffset: window.range.min,
    cachedMsgMaxOffset: window.range.max,
    cachedMsgCount: window.count,
    cachedMsgSizeInMiB: Math.floor(window.bytes / MIB),
    transactionMsgMinOffset: 0,
    transactionMsgMaxOffset: 0,
    transactionMsgCount: window.takenCount,
    locked: window.locked,
    tryUnlockTimes: 0,
    lastLockTimestamp: wallClock(window.lastLockMs),
    dropped: window.dropped,
    lastPullTimestamp: wallClock(window.lastPullMs),
    lastConsumeTimestamp: wallClock(window.lastConsumeMs),
  };
}
