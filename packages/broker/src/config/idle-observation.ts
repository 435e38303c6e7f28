import { idleProperties } from './kinds.ts';

/** Source: BrokerConfig. */
export const metricsProperties = idleProperties('metrics are not exported yet', {
  enableConnectionMetrics: true,
  enableLagAndDlqMetrics: true,
  enableMessageStoreMetrics: true,
  enableRemotingMetrics: true,
  enableRequestMetrics: true,
  enableStatsMetrics: true,
  metricGrpcExporterIntervalInMills: 60_000,
  metricGrpcExporterTimeOutInMills: 3000,
  metricLoggingExporterIntervalInMills: 10_000,
  metricsExporterType: 'DISABLE',
  metricsGrpcExporterHeader: '',
  metricsGrpcExporterTarget: '',
  metricsInDelta: false,
  metricsLabel: '',
  metricsOtelCardinalityLimit: 50_000,
  metricsPromExporterHost: '',
  metricsPromExporterPort: 5557,
});

/** Source: BrokerConfig. */
export const statisticsProperties = idleProperties('counters are kept as they are in Apache’s defaults', {
  accountStatsEnable: true,
  accountStatsPrintZeroValues: true,
  autoDeleteUnusedStats: true,
  commercialBaseCount: 1,
  commercialSizePerMsg: 4096,
  enableDetailStat: true,
  enableLmqStats: false,
  estimateAccumulation: true,
  printChannelGroups: false,
  printChannelGroupsMinNum: 5,
  sampleCountThreshold: 5000,
});
