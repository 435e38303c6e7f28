import { encodeBrokerStatsData, ResponseCode, VIEW_BROKER_STATS_DATA } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'stats'>;

/** One counter over the last minute, hour and day. Source: AdminBrokerProcessor#ViewBrokerStatsData. */
export function serveCounters(server: RemotingServer, parts: Parts): void {
  server.handle(VIEW_BROKER_STATS_DATA, (call) => {
    const { statsName, statsKey } = call.header;
    const item = parts.stats.table.find(statsName, statsKey);
    if (item === undefined)
      return call.fail(ResponseCode.SYSTEM_ERROR, `The stats <${statsName}> <${statsKey}> not exist`);
    call.answer(
      {},
      {
        body: encodeBrokerStatsData({
          statsMinute: item.growth('minute'),
          statsHour: item.growth('hour'),
          statsDay: item.growth('day'),
        }),
      },
    );
  });
}
