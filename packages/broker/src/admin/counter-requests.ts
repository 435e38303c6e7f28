import { encodeBrokerStatsData, ResponseCode, VIEW_BROKER_STATS_DATA } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Counter } from '../counter.ts';
import type { BrokerStats } from '../stats.ts';
import type { AdminParts } from './parts.ts';

interface Series {
  readonly of: 'messages' | 'bytes';
  readonly find: (stats: BrokerStats, key: string) => Counter | undefined;
}

/** Groups are keyed `topic@group`. Source: Stats. */
const SERIES: Readonly<Record<string, Series>> = {
  TOPIC_PUT_NUMS: { of: 'messages', find: (stats, key) => stats.topicPuts(key) },
  TOPIC_PUT_SIZE: { of: 'bytes', find: (stats, key) => stats.topicPuts(key) },
  GROUP_GET_NUMS: { of: 'messages', find: (stats, key) => stats.groupGets(key) },
  GROUP_GET_SIZE: { of: 'bytes', find: (stats, key) => stats.groupGets(key) },
};

/** One counter over the last minute, hour and day. Source: AdminBrokerProcessor#viewBrokerStatsData. */
export function serveCounters(server: RemotingServer, parts: Pick<AdminParts, 'stats'>): void {
  server.handle(VIEW_BROKER_STATS_DATA, (call) => {
    const { statsName, statsKey } = call.header;
    const series = Object.hasOwn(SERIES, statsName) ? SERIES[statsName] : undefined;
    const counter = series?.find(parts.stats, statsKey);
    if (series === undefined || counter === undefined)
      return call.fail(ResponseCode.SYSTEM_ERROR, `The stats <${statsName}> <${statsKey}> not exist`);
    call.answer(
      {},
      {
        body: encodeBrokerStatsData({
          statsMinute: counter.growth(series.of, 'minute'),
          statsHour: counter.growth(series.of, 'hour'),
          statsDay: counter.growth(series.of, 'day'),
        }),
      },
    );
  });
}
