import { encodeKVTable, GET_BROKER_RUNTIME_INFO, MQVersion, versionDescription } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

type RuntimeParts = Pick<AdminParts, 'clock' | 'config' | 'disk' | 'store' | 'stats' | 'schedule' | 'root'>;

/** Queues of Apache's thread pools; here nothing waits in one, so all are empty. */
const POOLS = ['send', 'pull', 'litePull', 'query', 'ack'] as const;
const POOL_CAPACITY: Readonly<Record<(typeof POOLS)[number], number>> = {
  send: 10000,
  pull: 100000,
  litePull: 100000,
  query: 20000,
  ack: 100000,
};

/** The table behind `mqadmin brokerStatus` and `clusterList`. Source: AdminBrokerProcessor#prepareRuntimeInfo, StoreStatsService. */
export function serveRuntimeInfo(server: RemotingServer, parts: RuntimeParts): void {
  server.handle(GET_BROKER_RUNTIME_INFO, (call) => call.answer({}, { body: encodeKVTable(runtimeInfo(parts)) }));
}

function runtimeInfo(parts: RuntimeParts): Map<string, string> {
  const { clock, store, stats, disk, root, config } = parts;
  const table = new Map<string, string>();
  const set = (key: string, value: string | number | boolean): void => void table.set(key, String(value));
  const space = disk.space(root);
  const ratios = store.expiry.ratios();
  set('brokerActive', true);
  set('brokerVersion', MQVersion.V5_4_0);
  set('brokerVersionDesc', versionDescription(MQVersion.V5_4_0));
  set('bootTimestamp', stats.startedMs);
  set('runtime', uptime(clock.now() - stats.startedMs));
  set('startAcceptSendRequestTimeStamp', config.startAcceptSendRequestTimeStamp);
  set('putTps', stats.rates('put'));
  set('getTotalTps', stats.rates('total'));
  set('getFoundTps', stats.rates('found'));
  set('getMissTps', stats.rates('missed'));
  set('getTransferredTps', stats.rates('transferred'));
  set('putMessageTimesTotal', stats.putMessages);
  set('putMessageSizeTotal', stats.putBytes);
  set('putMessageAverageSize', stats.putMessages === 0 ? 0 : stats.putBytes / stats.putMessages);
  set('putMessageFailedTimes', stats.putFailed);
  set('msgPutTotalTodayNow', stats.putMessages);
  set('msgPutTotalTodayMorning', stats.thisMorning.put);
  set('msgPutTotalYesterdayMorning', stats.yesterdayMorning.put);
  set('msgGetTotalTodayNow', stats.getMessages);
  set('msgGetTotalTodayMorning', stats.thisMorning.got);
  set('msgGetTotalYesterdayMorning', stats.yesterdayMorning.got);
  set('commitLogMinOffset', store.log.minOffset);
  set('commitLogMaxOffset', store.log.appendOffset);
  set('dispatchBehindBytes', store.unconfirmedBytes);
  set('remainHowManyDataToFlush', bytesText(store.log.appendOffset - store.log.flushedOffset));
  set('remainTransientStoreBufferNumbs', 2147483647);
  set('earliestMessageTimeStamp', store.lookup.earliestStoreTimestamp);
  set('pageCacheLockTimeMills', 0);
  // What Apache tells of its timer; here no timer message is ever waiting.
  for (const key of ['timerReadBehind', 'timerOffsetBehind', 'timerCongestNum']) set(key, 0);
  for (const key of ['timerEnqueueTps', 'timerDequeueTps']) set(key, '0.0');
  set('commitLogDiskRatio', decimal(ratios.commitLog));
  set(`commitLogDiskRatio_${store.log.files.directory}`, decimal(ratios.commitLog));
  set('consumeQueueDiskRatio', decimal(ratios.consumeQueue));
  // Apache's broker tells this only in its log.
  if (!store.writable)
    set('storeNotWriteableBecause', store.failure?.message ?? store.running.notWritableBecause ?? '');
  set('commitLogDirCapacity', `Total : ${bytesText(space.totalBytes)}, Free : ${bytesText(space.freeBytes)}.`);
  for (const pool of POOLS) {
    set(`${pool}ThreadPoolQueueSize`, 0);
    set(`${pool}ThreadPoolQueueCapacity`, POOL_CAPACITY[pool]);
    set(`${pool}ThreadPoolQueueHeadWaitTimeMills`, 0);
  }
  set('EndTransactionQueueSize', 0);
  set('EndTransactionThreadPoolQueueCapacity', 100000);
  for (const level of parts.schedule.progress())
    set(`scheduleMessageOffset_${level.level}`, `${level.offset},${level.max}`);
  return table;
}

/** As Java writes a double. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `[ 0 days, 0 hours, 6 minutes, 16 seconds ]` */
function uptime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `[ ${Math.floor(seconds / 86400)} days, ${Math.floor(seconds / 3600) % 24} hours, ${Math.floor(seconds / 60) % 60} minutes, ${seconds % 60} seconds ]`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.8 KiB`. Source: MixAll#humanReadableByteCount. */
function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}
