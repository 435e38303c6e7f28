import {
  type ConsumerRunningInfo,
  CURRENT_VERSION,
  type ProcessQueueInfo,
  versionDescription,
} from '@rocketmq-ts/protocol';
import { formatTimestamp } from './consume-timestamp.ts';
import type { GroupContext } from './group-context.ts';
import type { ProcessQueue } from './process-queue.ts';

const MIB = 1024 * 1024;

/** A property of ours: the same for one run of one consumer only, which distinguishes two processes with one client id. */
export const RUN_TOKEN = 'runToken';

/** What `mqadmin consumerStatus` shows of this consumer. Source: DefaultMQPushConsumerImpl#consumerRunningInfo. */
export function runningInfo(
  context: GroupContext,
  windows: Iterable<ProcessQueue>,
  facts: { readonly ordered: boolean; readonly startedMs: number; readonly token: string },
): ConsumerRunningInfo {
  const { subscriptions, stats } = context;
  return {
    properties: propertiesOf(context, facts),
    subscriptionSet: subscriptions.describe(),
    mqTable: Array.from(windows, (window) => [window.queue, windowInfo(context, window)] as const),
    mqPopTable: [],
    statusTable: new Map(subscriptions.topics().map((topic) => [topic, stats.rates(topic)])),
    userConsumerInfo: new Map(),
    jstack: undefined,
  };
}

/** Every setting under the name that Apache's consumer gives it, and the PROP_ entries that its tool needs. */
function propertiesOf(
  context: GroupContext,
  facts: { readonly ordered: boolean; readonly startedMs: number; readonly token: string },
): Map<string, string> {
  const { settings, instance, group } = context;
  const client = instance.settings;
  const [clientIP = '', ...names] = instance.clientId.split('@');
  const text: Record<string, string | number | boolean> = {
    consumerGroup: group,
    messageModel: settings.model,
    consumeFromWhere: `CONSUME_FROM_${settings.consumeFrom}`,
    consumeTimestamp: formatTimestamp(settings.consumeTimestampMs),
    consumeThreadMin: settings.consumeThreadMin,
    consumeThreadMax: settings.consumeThreadMin,
    consumeConcurrentlyMaxSpan: settings.consumeConcurrentlyMaxSpan,
    pullThresholdForQueue: settings.pullThresholdForQueue,
    pullThresholdSizeForQueue: settings.pullThresholdSizeForQueue,
    pullInterval: settings.pullIntervalMs,
    consumeMessageBatchMaxSize: settings.consumeMessageBatchMaxSize,
    pullBatchSize: settings.pullBatchSize,
    pullBatchSizeInBytes: settings.pullBatchBytes,
    postSubscriptionWhenPull: settings.postSubscriptionWhenPull,
    maxReconsumeTimes: settings.maxReconsumeTimes,
    suspendCurrentQueueTimeMillis: settings.suspendCurrentQueueTimeMs,
    consumeTimeout: settings.consumeTimeoutMinutes,
    awaitTerminationMillisWhenShutdown: settings.awaitTerminationMs,
    // No limits over all queues of a topic.
    pullThresholdForTopic: -1,
    pullThresholdSizeForTopic: -1,
    clientIP,
    instanceName: names[0] ?? '',
    namesrvAddr: instance.nameServers.addresses.join(';'),
    pollNameServerInterval: client.pollNameServerIntervalMs,
    heartbeatBrokerInterval: client.heartbeatIntervalMs,
    persistConsumerOffsetInterval: client.persistOffsetIntervalMs,
    mqClientApiTimeout: client.requestTimeoutMs,
    vipChannelEnabled: client.vipChannel,
    useTLS: client.tls !== undefined,
    enableTrace: false,
    clientRebalance: true,
    unitMode: false,
    PROP_CONSUMEORDERLY: facts.ordered,
    PROP_THREADPOOL_CORE_SIZE: settings.consumeThreadMin,
    PROP_CONSUMER_START_TIMESTAMP: facts.startedMs,
    PROP_NAMESERVER_ADDR: instance.nameServers.addresses.map((address) => `${address};`).join(''),
    [RUN_TOKEN]: facts.token,
    PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
    PROP_CLIENT_VERSION: versionDescription(CURRENT_VERSION),
  };
  return new Map(Object.entries(text).map(([name, value]) => [name, String(value)]));
}

function windowInfo(context: GroupContext, window: ProcessQueue): ProcessQueueInfo {
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
