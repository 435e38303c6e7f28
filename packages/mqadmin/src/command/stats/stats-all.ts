import {
  AdminError,
  isDeadLetterTopic,
  isRetryTopic,
  MASTER_ID,
  ResponseCode,
  type TopicRoute,
} from '@rocketmq-ts/admin';
import { flagOption, valueOption } from '@rocketmq-ts/kernel';
import { hashOrder } from '../../java-text.ts';
import type { Command, CommandContext } from '../entry.ts';

const ROW = '%-64.64s  %-64.64s %12d %11.2f %11.2f %14d %14d%n';

/** Messages of one topic, or of one group in it. */
interface Rates {
  /** Messages a second over the last minute. */
  readonly tps: number;
  /** Over the longest span that has any. */
  readonly count: number;
}

interface TopicRow {
  readonly topic: string;
  /** Undefined for a topic without consumers. */
  readonly group: string | undefined;
  readonly accumulation: number;
  readonly inTps: number;
  readonly outTps: number;
  readonly inCount24Hours: number;
  readonly outCount24Hours: number;
}

/** Source: StatsAllSubCommand. */
export const statsAll: Command = {
  className: 'StatsAllSubCommand',
  options: [
    flagOption('a', 'activeTopic', 'print active topic only'),
    valueOption('t', 'topic', 'print select topic only'),
  ],
  examples: [
    { line: '', does: 'Messages in, out and waiting, for each topic and each group that consumes it.' },
    { line: '-t TopicTest', does: 'The same of one topic.' },
    { line: '-a', does: 'Only topics with messages of the last 24 hours.' },
  ],
  async run(context) {
    const { options, signal } = context;
    const topics = hashOrder(await context.admin.fetchAllTopicList());
    const heads = ['#Topic', '#Consumer Group', '#Accumulation', '#InTPS', '#OutTPS', '#InMsg24Hour', '#OutMsg24Hour'];
    context.print('%-64s  %-64s %12s %11s %11s %14s %14s%n', ...heads);
    const wanted = options.value('t') ?? '';
    const rows: TopicRow[] = [];
    for (const topic of topics) {
      if (signal.aborted) return;
      if (isRetryTopic(topic) || isDeadLetterTopic(topic) || (wanted !== '' && topic !== wanted)) continue;
      for (const row of await rowsOf(context, topic)) {
        if (options.has('a') && row.inCount24Hours <= 0 && row.outCount24Hours <= 0) continue;
        printRow(context, row);
        rows.push(row);
      }
    }
    context.answer({ topics: rows });
  },
};

/** A topic that can't be asked about is left out; the reason is reported, unless the topic was deleted meanwhile. */
async function rowsOf(context: CommandContext, topic: string): Promise<TopicRow[]> {
  try {
    const route = await context.admin.examineTopicRoute(topic);
    const groups = hashOrder(await context.admin.queryTopicConsumeByWho(topic));
    const put = await ratesOf(context, route, 'TOPIC_PUT_NUMS', topic);
    const inOf = { topic, inTps: put.tps, inCount24Hours: put.count };
    if (groups.length === 0) return [{ ...inOf, group: undefined, accumulation: 0, outTps: 0, outCount24Hours: 0 }];
    const rows: TopicRow[] = [];
    for (const group of groups) {
      const got = await ratesOf(context, route, 'GROUP_GET_NUMS', `${topic}@${group}`);
      const accumulation = await accumulationOf(context, group, topic);
      rows.push({ ...inOf, group, accumulation, outTps: got.tps, outCount24Hours: got.count });
    }
    return rows;
  } catch (failure) {
    if (!isRefusal(failure, [ResponseCode.TOPIC_NOT_EXIST])) context.warn(failure);
    return [];
  }
}

/** Of all masters together. */
async function ratesOf(context: CommandContext, route: TopicRoute, name: string, key: string): Promise<Rates> {
  let [tps, count] = [0, 0];
  for (const { brokerAddrs } of route.brokerDatas) {
    const master = brokerAddrs.get(MASTER_ID);
    if (master === undefined) continue;
    try {
      const stats = await context.admin.brokerStats(master, name, key);
      tps += stats.tps;
      count += stats.count24h;
    } catch (failure) {
      context.warn(failure);
    }
  }
  return { tps, count };
}

/** Messages that the group has to consume yet; 0 where no broker has progress of it. */
async function accumulationOf(context: CommandContext, group: string, topic: string): Promise<number> {
  try {
    const physical = await context.admin.examineConsumeStats(group, topic);
    const { offsets } = await context.admin.logicalProgress(physical);
    return Math.max(
      0,
      offsets.reduce((sum, one) => sum + one.brokerOffset - one.consumerOffset, 0),
    );
  } catch (failure) {
    const withoutProgress = [ResponseCode.CONSUMER_NOT_ONLINE, ResponseCode.BROADCAST_CONSUMPTION];
    if (!isRefusal(failure, withoutProgress)) context.warn(failure);
    return 0;
  }
}

function isRefusal(failure: unknown, codes: readonly number[]): boolean {
  return failure instanceof AdminError && failure.responseCode !== undefined && codes.includes(failure.responseCode);
}

function printRow(context: CommandContext, row: TopicRow): void {
  const { topic, group, accumulation, inTps, outTps, inCount24Hours, outCount24Hours } = row;
  if (group === undefined) {
    const columns = [topic, '', 0, inTps, '', inCount24Hours, 'NO_CONSUMER'];
    return context.print('%-64.64s  %-64s %12d %11.2f %11s %14d %14s%n', ...columns);
  }
  context.print(ROW, topic, group, accumulation, inTps, outTps, inCount24Hours, outCount24Hours);
}
