import { idleProperties } from './kinds.ts';

/** Source: BrokerConfig. */
export const statisticsProperties = idleProperties('counters are kept as they are in Apache’s defaults', {
  accountStatsEnable: true,
  accountStatsPrintZeroValues: true,
  autoDeleteUnusedStats: true,
  commercialBaseCount: 1,
  commercialSizePerMsg: 4096,
  enableDetailStat: true,
  enableLmqStats: false,
  printChannelGroups: false,
  printChannelGroupsMinNum: 5,
});
