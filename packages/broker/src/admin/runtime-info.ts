import { javaDouble } from '@rocketmq-ts/kernel';
import { encodeKVTable, GET_BROKER_RUNTIME_INFO, MQVersion, versionDescription } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { StoreCounts, StoreFacts } from '@rocketmq-ts/store';
import type { AdminParts } from './parts.ts';

type Parts = Pick<
  AdminParts,
  'divergence' | 'config' | 'disk' | 'store' | 'stats' | 'schedule' | 'timers' | 'root' | 'role'
>;

/** Queues of Apache's thread pools; here nothing waits in one, so all are empty. */
const POOLS = ['send', 'pull', 'litePull', 'query', 'ack'] as const;
const POOL_CAPACITY: Readonly<Record<(typeof POOLS)[number], number>> = {
  send: 10000,
  pull: 100000,
  litePull: 100000,
  query: 20000,
  ack: 100000,
};

/**
 * The table behind `mqadmin brokerStatus` and `clusterList`, which tools parse without checks: every key
 * and the form of every value are those of a 5.4.0 broker. Source: AdminBrokerProcessor#prepareRuntimeInfo,
 * StoreStatsService#getRuntimeInfo, DefaultMessageStore#getRuntimeInfo.
 */
export function serveRuntimeInfo(server: RemotingServer, parts: Parts): void {
  server.handle(GET_BROKER_RUNTIME_INFO, (call) => call.answer({}, { body: encodeKVTable(runtimeInfo(parts)) }));
}

type Set = (key: string, value: string | number | boolean) => void;

function runtimeInfo(parts: Parts): Map<string, string> {
  const { store, stats, config } = parts;
  const table = new Map<string, string>();
  const set: Set = (key, value) => void table.set(key, String(value));
  set('brokerActive', parts.role.isOnDuty);
  set('brokerVersionDesc', versionDescription(MQVersion.V5_4_0));
  set('bootTimestamp', stats.startedMs);
  set('runtime', uptime(stats.upMs));
  set('startAcceptSendRequestTimeStamp', config.startAcceptSendRequestTimeStamp);
  setWork(set, store.facts.counts);
  const { put, got } = stats.totals;
  set('msgPutTotalTodayNow', put);
  set('msgPutTotalTodayMorning', stats.thisMorning.put);
  set('msgPutTotalYesterdayMorning', stats.yesterdayMorning.put);
  set('msgGetTotalTodayNow', got);
  set('msgGetTotalTodayMorning', stats.thisMorning.got);
  set('msgGetTotalYesterdayMorning', stats.yesterdayMorning.got);
  setLog(set, store.facts, parts.role.isSlave);
  setDisk(set, parts);
  // Apache's broker does not have it; here it is there only while there is something to say.
  const divergence = parts.divergence();
  if (divergence !== undefined) set('replicationDivergence', divergence);
  for (const pool of POOLS) {
    set(`${pool}ThreadPoolQueueSize`, 0);
    set(`${pool}ThreadPoolQueueCapacity`, POOL_CAPACITY[pool]);
    set(`${pool}ThreadPoolQueueHeadWaitTimeMills`, 0);
  }
  set('EndTransactionQueueSize', 0);
  set('EndTransactionThreadPoolQueueCapacity', 100000);
  const timer = parts.timers.figures;
  set('timerReadBehind', timer.readBehindSeconds);
  set('timerOffsetBehind', timer.offsetBehind);
  set('timerCongestNum', timer.congestion);
  set('timerEnqueueTps', javaDouble(timer.enqueueTps));
  set('timerDequeueTps', javaDouble(timer.dequeueTps));
  for (const level of parts.schedule.progress())
    set(`scheduleMessageOffset_${level.level}`, `${level.offset},${level.max}`);
  return table;
}

/** What was put and read, and how fast. */
function setWork(set: Set, counts: StoreCounts): void {
  const found = counts.found.rates();
  const missed = counts.missed.rates();
  set('putTps', ratesText(counts.put.rates()));
  set('getFoundTps', ratesText(found));
  set('getMissTps', ratesText(missed));
  set('getTotalTps', found.map((rate, at) => javaDouble((rate ?? 0) + (missed[at] ?? 0))).join(' '));
  set('getTransferredTps', ratesText(counts.transferred.rates()));
  // Without messages it is 1, as in Apache's broker: tools divide by it.
  const messages = Math.max(1, counts.put.value);
  set('putMessageTimesTotal', messages);
  set('putMessageSizeTotal', counts.put.bytes);
  set('putMessageAverageSize', javaDouble(counts.put.bytes / messages));
  set('putMessageFailedTimes', counts.putFailed.value);
  set('putMessageEntireTimeMax', counts.putTimes.max);
  // `null` in the first minute, as in Apache's broker.
  set('putMessageDistributeTime', counts.putTimes.distribution() ?? 'null');
  set('putLatency99', counts.putTimes.percentile(0.99).toFixed(2));
  set('putLatency999', counts.putTimes.percentile(0.999).toFixed(2));
  set('getMessageEntireTimeMax', counts.getTimes.max);
  // Apache's broker fills this buffer no more.
  set('dispatchMaxBuffer', 0);
}

function setLog(set: Set, facts: StoreFacts, isSlave: boolean): void {
  set('commitLogMinOffset', facts.minOffset);
  set('commitLogMaxOffset', facts.appendOffset);
  set('dispatchBehindBytes', facts.unconfirmedBytes);
  set('remainHowManyDataToFlush', bytesText(facts.appendOffset - facts.flushedOffset));
  set('remainTransientStoreBufferNumbs', 2147483647);
  set('earliestMessageTimeStamp', facts.earliestStoreTimestamp);
  set('pageCacheLockTimeMills', Math.floor(facts.writeTakenMs));
  // Apache's broker does not have it, since it has the reason in its log alone. That a slave takes no sends needs no reason.
  const takesItsMessages = isSlave ? facts.takesRaw : facts.writable;
  if (!takesItsMessages) set('storeNotWriteableBecause', facts.failure?.message ?? facts.notWritableBecause ?? '');
}

function setDisk(set: Set, { disk, root, store }: Parts): void {
  const ratios = store.facts.diskRatios;
  set('commitLogDiskRatio', javaDouble(ratios.commitLog));
  set(`commitLogDiskRatio_${store.facts.logDirectory}`, javaDouble(ratios.commitLog));
  set('consumeQueueDiskRatio', javaDouble(ratios.consumeQueue));
  // Free as File#getFreeSpace counts it: with what is kept back for the system.
  const { totalBytes, usedBytes } = disk.space(root);
  set('commitLogDirCapacity', `Total : ${bytesText(totalBytes)}, Free : ${bytesText(totalBytes - usedBytes)}.`);
}

/** `1.5 0.2 `: a number for each window that has passed, nothing for the others, separated by blanks. */
function ratesText(rates: readonly (number | undefined)[]): string {
  return rates.map((rate) => (rate === undefined ? '' : javaDouble(rate))).join(' ');
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
