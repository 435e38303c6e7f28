import type { ClusterInfo } from '@rocketmq-ts/admin';
import { flagOption, valueOption } from '@rocketmq-ts/kernel';
import { format } from '../../format.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { repeated } from '../repeated.ts';
import { clusterNames } from '../targets.ts';

const BASE_HEADER = '%-22s  %-22s  %-4s  %-22s %-16s  %16s  %30s  %-22s  %-11s  %-12s  %-8s  %-10s%n';
const BASE_ROW = '%-22s  %-22s  %-4s  %-22s %-16s  %16s  %30s  %-22s  %11s  %-12s  %-8s  %10s%n';
const MORE_ROW = '%-16s  %-32s %14s %14s %14s %14s%n';

const REPAIR =
  'To repair it: updateBrokerConfig -b <slave> -k slaveTruncateOnDivergence -v true, after which the slave cuts its log where both ' +
  'differ (the rest is kept in truncated-log of its store folder); or stop the slave, save and empty its store folder, start it.';

export const clusterList: CommandEntry = {
  name: 'clusterList',
  description: 'List cluster infos.',
  className: 'ClusterListSubCommand',
  options: [
    flagOption('m', 'moreStats', 'Print more stats'),
    valueOption('i', 'interval', 'specify intervals numbers, it is in seconds'),
    valueOption('c', 'clusterName', 'which cluster'),
  ],
  async run(context) {
    const print = context.options.has('m') ? printMore : printBase;
    await repeated(context, async () => {
      const info = await context.admin.examineClusterInfo();
      const wanted = context.options.value('c');
      await print(context, info, wanted === undefined || wanted === '' ? clusterNames(info) : [wanted]);
      return true;
    });
  },
};

interface Row {
  readonly cluster: string;
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
}

/** One row for each broker, by name and id. */
function rows(info: ClusterInfo, clusters: readonly string[]): Row[] {
  return clusters.flatMap((cluster) =>
    (info.clusterAddrTable.get(cluster) ?? []).toSorted().flatMap((brokerName) => {
      const addresses = info.brokerAddrTable.get(brokerName)?.brokerAddrs ?? new Map<number, string>();
      const byId = [...addresses].sort(([left], [right]) => left - right);
      return byId.map(([brokerId, address]) => ({ cluster, brokerName, brokerId, address }));
    }),
  );
}

async function printBase(context: CommandContext, info: ClusterInfo, clusters: readonly string[]): Promise<void> {
  const diverged: string[] = [];
  context.print(
    BASE_HEADER,
    ...['#Cluster Name', '#Broker Name', '#BID', '#Addr', '#Version', '#InTPS(LOAD)', '#OutTPS(LOAD)'],
    ...['#Timer(Progress)', '#PCWait(ms)', '#Hour', '#SPACE', '#ACTIVATED'],
  );
  for (const row of rows(info, clusters)) {
    const status = await runtimeInfo(context, row.address);
    diverged.push(...divergenceOf(row, status));
    const of = (key: string, missing = ''): string => status.get(key) ?? missing;
    const load = (kind: string, missing = ''): string =>
      `${of(`${kind}ThreadPoolQueueSize`, missing)},${of(`${kind}ThreadPoolQueueHeadWaitTimeMills`, missing)}ms`;
    context.print(
      BASE_ROW,
      row.cluster,
      row.brokerName,
      row.brokerId,
      row.address,
      of('brokerVersionDesc'),
      format('%9.2f(%s)', firstNumber(of('putTps')), load('send')),
      format('%9.2f(%s|%s)', firstNumber(of('getTransferredTps')), load('pull'), load('ack', 'N')),
      timerProgress(status),
      of('pageCacheLockTimeMills'),
      format('%2.2f', hoursSince(context.clock.now(), status.get('earliestMessageTimeStamp'))),
      format('%.4f', Number(of('commitLogDiskRatio', '0'))),
      of('brokerActive', 'false'),
    );
  }
  printDiverged(context, diverged);
}

async function printMore(context: CommandContext, info: ClusterInfo, clusters: readonly string[]): Promise<void> {
  const diverged: string[] = [];
  context.print(
    MORE_ROW,
    ...['#Cluster Name', '#Broker Name', '#InTotalYest', '#OutTotalYest', '#InTotalToday', '#OutTotalToday'],
  );
  for (const row of rows(info, clusters)) {
    const status = await runtimeInfo(context, row.address);
    diverged.push(...divergenceOf(row, status));
    const count = (key: string): number => Number(status.get(key) ?? 0);
    const yesterday = (kind: string): number =>
      count(`msg${kind}TotalTodayMorning`) - count(`msg${kind}TotalYesterdayMorning`);
    const today = (kind: string): number => count(`msg${kind}TotalTodayNow`) - count(`msg${kind}TotalTodayMorning`);
    context.print(
      MORE_ROW,
      ...[row.cluster, row.brokerName],
      ...[yesterday('Put'), yesterday('Get'), today('Put'), today('Get')],
    );
  }
  printDiverged(context, diverged);
}

/** What a broker says of logs that have diverged, with its name. */
function divergenceOf({ brokerName, brokerId, address }: Row, status: ReadonlyMap<string, string>): string[] {
  const divergence = status.get('replicationDivergence');
  return divergence === undefined ? [] : [`${brokerName} ${brokerId} (${address}): ${divergence}`];
}

/** Apache's tool has no such lines; they are there only while there is something to say. */
function printDiverged(context: CommandContext, diverged: readonly string[]): void {
  if (diverged.length === 0) return;
  context.print('%nLogs have diverged, so that nothing is replicated:%n');
  for (const sentence of diverged) context.print('  %s%n', sentence);
  context.print('%s%n', REPAIR);
}

/** A broker that does not answer keeps its row, with nothing in it. */
async function runtimeInfo(context: CommandContext, address: string): Promise<Map<string, string>> {
  try {
    return await context.admin.brokerRuntimeInfo(address);
  } catch (failure) {
    context.warn(failure);
    return new Map();
  }
}

/** Of `10 s, 1 min, 10 min` the first. */
function firstNumber(rates: string): number {
  return Number(rates.split(' ')[0]);
}

function timerProgress(status: ReadonlyMap<string, string>): string {
  const of = (key: string): number => Number(status.get(key) ?? 0);
  return format(
    '%d-%d(%.1fw, %.1f, %.1f)',
    ...[of('timerReadBehind'), of('timerOffsetBehind'), of('timerCongestNum') / 10000],
    ...[of('timerEnqueueTps'), of('timerDequeueTps')],
  );
}

/** An empty store says −1 and gets the hours since 1970. */
function hoursSince(nowMs: number, timestamp: string | undefined): number {
  return timestamp === undefined ? 0 : (nowMs - Number(timestamp)) / 3_600_000;
}
