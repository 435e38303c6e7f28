import { JsonDouble, type JsonInput, MASTER_ID, versionDescription } from '@rocketmq-ts/admin';
import { requiredOption } from '@rocketmq-ts/kernel';
import { hashMap, prettyJson } from '../../fastjson.ts';
import { hashOrder } from '../../java-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { writeTextFile } from '../local-file.ts';
import { UNKNOWN_CLUSTER } from '../targets.ts';
import { folderOption, pathIn } from './folder.ts';

/** Counters of messages that are stored under these topics. Source: Stats.TOPIC_PUT_NUMS, TopicValidator. */
const PUT_NUMS = 'TOPIC_PUT_NUMS';
const HALF_TOPIC = 'RMQ_SYS_TRANS_HALF_TOPIC';
const SCHEDULE_TOPIC = 'SCHEDULE_TOPIC_XXXX';
/** Of the tools whose output this is. Source: MQVersion.CURRENT_VERSION of 5.4.0. */
const TOOLS_VERSION = 'V5_4_0';

/** Rates of a broker or of all, messages a second. */
type Rates = Readonly<Record<'normalInTps' | 'normalOutTps' | 'transInTps' | 'scheduleInTps', number>>;
/** Messages of a day. */
type DayCounts = Readonly<
  Record<'normalOneDayInNum' | 'normalOneDayOutNum' | 'transOneDayInNum' | 'scheduleOneDayInNum', number>
>;

interface Quota {
  readonly rates: Rates;
  readonly counts: DayCounts;
  readonly json: JsonInput;
}

/** Source: ExportMetricsCommand. */
export const exportMetrics: Command = {
  className: 'ExportMetricsCommand',
  options: [requiredOption('c', 'clusterName', 'choose a cluster to export'), folderOption('metrics.json')],
  examples: [
    {
      line: '-c DefaultCluster -f /backup',
      does: 'Rates, counts of a day, disks and client versions of all masters to /backup/metrics.json.',
    },
  ],
  async run(context) {
    const { options, admin, disk } = context;
    const info = await admin.examineClusterInfo();
    const names = info.clusterAddrTable.get(options.text('c').trim());
    if (names === undefined) return context.refuse(`${UNKNOWN_CLUSTER}\n`);
    const report = new Map<string, JsonInput>();
    const quotas: Quota[] = [];
    for (const name of names) {
      const address = info.brokerAddrTable.get(name)?.brokerAddrs.get(MASTER_ID);
      if (address === undefined) {
        context.warn(new Error(`broker ${name} has no master that is registered: it is left out`));
        continue;
      }
      const runtime = await admin.brokerRuntimeInfo(address);
      const config = await admin.brokerConfig(address);
      const groups = [...(await admin.userGroups(address)).subscriptionGroupTable.keys()];
      const quota = await quotaOf(context, address, runtime, groups.length);
      quotas.push(quota);
      const runtimeEnv = hashMap(
        Object.entries({
          cpuNum: config.get('clientCallbackExecutorThreads'),
          totalMemKBytes: runtime.get('totalMemKBytes'),
        }),
      );
      const runtimeVersion = hashMap<JsonInput>([
        ['rocketmqVersion', TOOLS_VERSION],
        ['clientInfo', await clientsOf(context, groups)],
      ]);
      report.set(name, hashMap<JsonInput>(Object.entries({ runtimeEnv, runtimeQuota: quota.json, runtimeVersion })));
    }
    const result = hashMap<JsonInput>([
      ['evaluateReport', hashMap(report)],
      ['totalData', totalsOf(quotas)],
    ]);
    const path = pathIn(context, 'metrics.json');
    writeTextFile(disk, path, prettyJson(result));
    context.out(`export ${path} success`);
    context.answer({ path });
  },
};

async function quotaOf(
  { admin }: CommandContext,
  address: string,
  runtime: ReadonlyMap<string, string>,
  groupSize: number,
): Promise<Quota> {
  const topics = await admin.userTopics(address, false);
  const [trans, schedule] = [
    await admin.brokerStats(address, PUT_NUMS, HALF_TOPIC),
    await admin.brokerStats(address, PUT_NUMS, SCHEDULE_TOPIC),
  ];
  const rate = (key: string): number => Number(runtime.get(key)?.split(' ')[0] || 0);
  const count = (key: string): number =>
    Number(runtime.get(`${key}TodayMorning`) ?? 0) - Number(runtime.get(`${key}YesterdayMorning`) ?? 0);
  const rates: Rates = {
    normalInTps: rate('putTps'),
    normalOutTps: rate('getTransferredTps'),
    transInTps: trans.tps,
    scheduleInTps: schedule.tps,
  };
  const counts: DayCounts = {
    normalOneDayInNum: count('msgPutTotal'),
    normalOneDayOutNum: count('msgGetTotal'),
    transOneDayInNum: trans.count24h,
    scheduleOneDayInNum: schedule.count24h,
  };
  const ratio = (key: string): [string, string | undefined] => [key, runtime.get(key)];
  const json = hashMap<JsonInput>([
    ['diskRatio', hashMap([ratio('commitLogDiskRatio'), ratio('consumeQueueDiskRatio')])],
    ['tps', hashMap(Object.entries(rates).map(([key, tps]) => [key, new JsonDouble(tps)]))],
    ['oneDayNum', hashMap(Object.entries(counts))],
    ['messageAverageSize', runtime.get('putMessageAverageSize')],
    ['topicSize', topics.topicConfigTable.size],
    ['groupSize', groupSize],
  ]);
  return { rates, counts, json };
}

function totalsOf(quotas: readonly Quota[]): JsonInput {
  const tps = (key: keyof Rates): JsonDouble => new JsonDouble(quotas.reduce((sum, { rates }) => sum + rates[key], 0));
  const num = (key: keyof DayCounts): number => quotas.reduce((sum, { counts }) => sum + counts[key], 0);
  const totalTps = hashMap([
    ['totalNormalInTps', tps('normalInTps')],
    ['totalNormalOutTps', tps('normalOutTps')],
    ['totalTransInTps', tps('transInTps')],
    ['totalScheduleInTps', tps('scheduleInTps')],
  ]);
  const keys = ['normalOneDayInNum', 'normalOneDayOutNum', 'transOneDayInNum', 'scheduleOneDayInNum'] as const;
  const totalOneDayNum = hashMap(keys.map((key) => [key, num(key)]));
  return hashMap<JsonInput>([
    ['totalTps', totalTps],
    ['totalOneDayNum', totalOneDayNum],
  ]);
}

/** `JAVA%V5_4_0` of every kind of client that consumes. Groups that are not online have none. */
async function clientsOf({ admin }: CommandContext, groups: readonly string[]): Promise<string[]> {
  const kinds = new Set<string>();
  for (const group of groups) {
    const members = await admin.examineConsumerConnection(group).catch(() => undefined);
    for (const { language, version } of members?.connectionSet ?? [])
      kinds.add(`${language}%${versionDescription(version)}`);
  }
  return hashOrder(kinds);
}
