import type { ClusterInfo } from '@rocketmq-ts/admin';
import { flagOption, valueOption } from '@rocketmq-ts/kernel';
import { format } from '../../format.ts';
import { TextTable } from '../../text-table.ts';
import type { Command, CommandContext } from '../entry.ts';
import { repeated } from '../repeated.ts';
import { clusterNames } from '../targets.ts';

const REPAIR =
  'To repair it: updateBrokerConfig -b <slave> -k slaveTruncateOnDivergence -v true, after which the slave cuts its log where both ' +
  'differ (the rest is kept in truncated-log of its store folder); or stop the slave, save and empty its store folder, start it.';

export const clusterList: Command = {
  className: 'ClusterListSubCommand',
  options: [
    flagOption('m', 'moreStats', 'Print more stats'),
    valueOption('i', 'interval', 'specify intervals numbers, it is in seconds'),
    valueOption('c', 'clusterName', 'which cluster'),
  ],
  examples: [
    { line: '', does: 'All brokers with version, rates, disk.' },
    { line: '-m', does: 'Messages of yesterday and today.' },
    { line: '-c DefaultCluster -i 5', does: 'One cluster, again every five seconds.' },
  ],
  async run(context) {
    const table = context.options.has('m') ? MORE : BASE;
    await repeated(context, async () => {
      const info = await context.admin.examineClusterInfo();
      const wanted = context.options.value('c');
      await printBrokers(
        context,
        table,
        places(info, wanted === undefined || wanted === '' ? clusterNames(info) : [wanted]),
      );
      return true;
    });
  },
};

/** A broker with what it reported; nothing when it did not answer. */
interface Row {
  readonly cluster: string;
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
  readonly status: ReadonlyMap<string, string>;
  /** When it was asked, milliseconds. */
  readonly askedAt: number;
}

type Place = Omit<Row, 'status' | 'askedAt'>;

/** One row for each broker, by name and id. */
function places(info: ClusterInfo, clusters: readonly string[]): Place[] {
  return clusters.flatMap((cluster) =>
    (info.clusterAddrTable.get(cluster) ?? []).toSorted().flatMap((brokerName) => {
      const addresses = info.brokerAddrTable.get(brokerName)?.brokerAddrs ?? new Map<number, string>();
      const byId = [...addresses].sort(([left], [right]) => left - right);
      return byId.map(([brokerId, address]) => ({ cluster, brokerName, brokerId, address }));
    }),
  );
}

const BASE = new TextTable<Row>([
  { head: '#Cluster Name', pattern: '%-22s  ', of: 'cluster' },
  { head: '#Broker Name', pattern: '%-22s  ', of: 'brokerName' },
  { head: '#BID', pattern: '%-4s  ', of: 'brokerId' },
  { head: '#Addr', pattern: '%-22s ', of: 'address' },
  { head: '#Version', pattern: '%-16s  ', of: ({ status }) => status.get('brokerVersionDesc') ?? '' },
  {
    head: '#InTPS(LOAD)',
    pattern: '%16s  ',
    of: ({ status }) => format('%9.2f(%s)', inTps(status), load(status, 'send')),
  },
  {
    head: '#OutTPS(LOAD)',
    pattern: '%30s  ',
    of: ({ status }) =>
      format('%9.2f(%s|%s)', outTps(status), load(status, 'pull'), load(status, 'ack', status.size === 0 ? '' : 'N')),
  },
  { head: '#Timer(Progress)', pattern: '%-22s  ', of: ({ status }) => timerProgress(status) },
  {
    head: '#PCWait(ms)',
    pattern: '%11s  ',
    headPattern: '%-11s  ',
    of: ({ status }) => status.get('pageCacheLockTimeMills') ?? '',
  },
  {
    head: '#Hour',
    pattern: '%-12s  ',
    of: ({ status, askedAt }) => format('%2.2f', hoursSince(askedAt, status.get('earliestMessageTimeStamp'))),
  },
  { head: '#SPACE', pattern: '%-8s  ', of: ({ status }) => format('%.4f', diskRatio(status)) },
  {
    head: '#ACTIVATED',
    pattern: '%10s',
    headPattern: '%-10s',
    of: ({ status }) => status.get('brokerActive') ?? 'false',
  },
]);

const MORE = new TextTable<Row>([
  { head: '#Cluster Name', pattern: '%-16s  ', of: 'cluster' },
  { head: '#Broker Name', pattern: '%-32s ', of: 'brokerName' },
  { head: '#InTotalYest', pattern: '%14s ', of: ({ status }) => yesterday(status, 'Put') },
  { head: '#OutTotalYest', pattern: '%14s ', of: ({ status }) => yesterday(status, 'Get') },
  { head: '#InTotalToday', pattern: '%14s ', of: ({ status }) => today(status, 'Put') },
  { head: '#OutTotalToday', pattern: '%14s', of: ({ status }) => today(status, 'Get') },
]);

/** What both tables show, as numbers. */
function dataOf({ cluster, brokerName, brokerId, address, status }: Row): object {
  if (status.size === 0) return { cluster, brokerName, brokerId, address, answered: false };
  const number = (key: string): number => Number(status.get(key) ?? 0);
  return {
    ...{ cluster, brokerName, brokerId, address, answered: true },
    version: status.get('brokerVersionDesc'),
    active: status.get('brokerActive') === 'true',
    inTps: inTps(status),
    outTps: outTps(status),
    queueSizes: { send: number('sendThreadPoolQueueSize'), pull: number('pullThreadPoolQueueSize') },
    pageCacheLockTimeMs: number('pageCacheLockTimeMills'),
    earliestMessageTimestamp: number('earliestMessageTimeStamp'),
    diskRatio: diskRatio(status),
    inTotalYesterday: yesterday(status, 'Put'),
    outTotalYesterday: yesterday(status, 'Get'),
    inTotalToday: today(status, 'Put'),
    outTotalToday: today(status, 'Get'),
    replicationDivergence: status.get('replicationDivergence'),
  };
}

async function printBrokers(context: CommandContext, table: TextTable<Row>, all: readonly Place[]): Promise<void> {
  const rows: Row[] = [];
  table.head(context);
  for (const place of all) {
    const row = { ...place, status: await runtimeInfo(context, place.address), askedAt: context.clock.now() };
    table.row(context, row);
    rows.push(row);
  }
  printDiverged(context, rows.flatMap(divergenceOf));
  context.answer({ brokers: rows.map(dataOf) });
}

/** What a broker says of logs that have diverged, with its name. */
function divergenceOf({ brokerName, brokerId, address, status }: Row): string[] {
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

type Status = ReadonlyMap<string, string>;

const inTps = (status: Status): number => firstNumber(status.get('putTps') ?? '');
const outTps = (status: Status): number => firstNumber(status.get('getTransferredTps') ?? '');
const diskRatio = (status: Status): number => Number(status.get('commitLogDiskRatio') ?? '0');

function load(status: Status, kind: string, missing = ''): string {
  const of = (what: string): string => status.get(`${kind}ThreadPoolQueue${what}`) ?? missing;
  return `${of('Size')},${of('HeadWaitTimeMills')}ms`;
}

const count = (status: Status, key: string): number => Number(status.get(key) ?? 0);

function yesterday(status: Status, kind: 'Put' | 'Get'): number {
  return count(status, `msg${kind}TotalTodayMorning`) - count(status, `msg${kind}TotalYesterdayMorning`);
}

function today(status: Status, kind: 'Put' | 'Get'): number {
  return count(status, `msg${kind}TotalTodayNow`) - count(status, `msg${kind}TotalTodayMorning`);
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
