import { choiceProperty, configTable, flagProperty, integerProperty, textProperty } from '@rocketmq-ts/kernel';
import { idleProperties } from './kinds.ts';

const shown = (what: string) => flagProperty(true, { meaning: `show metrics of ${what}`, change: 'live' });

/** What is shown to those who collect metrics, and where. Source: BrokerConfig, BrokerMetricsManager. */
export const metricsProperties = configTable({
  metricsExporterType: choiceProperty(['DISABLE', 'OTLP_GRPC', 'PROM', 'LOG'], 'DISABLE', {
    meaning:
      'PROM: the page /metrics for Prometheus at metricsPromExporterPort; LOG: lines in broker_metrics.log. The page is at healthPort in any case',
  }),
  metricsPromExporterPort: integerProperty(5557, { meaning: 'port of that page', min: 1, max: 65535 }),
  metricsPromExporterHost: textProperty('', { meaning: 'address of that page; default: bindAddress' }),
  metricLoggingExporterIntervalInMills: integerProperty(10_000, {
    meaning: 'between two lines in the log',
    unit: 'ms',
    min: 100,
  }),
  metricsLabel: textProperty('', { meaning: 'labels that all metrics get, as name:value,name:value' }),
  metricsInDelta: flagProperty(false, {
    meaning: 'adds aggregation="delta" to all metrics; the numbers of the page stay totals, as Apache’s do',
  }),
  metricsOtelCardinalityLimit: integerProperty(50_000, {
    meaning:
      'samples of one metric at the most; what is beyond is in one with otel_metric_overflow="true": the sum, of a gauge the largest',
    min: 2,
    change: 'live',
  }),
  estimateAccumulation: flagProperty(true, {
    meaning: 'metrics of how far groups are behind count only messages whose tags the group wants; false: all',
    change: 'live',
  }),
  maxConsumeQueueScan: integerProperty(20_000, {
    meaning: 'messages of a queue that are looked at for that; more are estimated by the share of these',
    min: 1,
    change: 'live',
  }),
  sampleCountThreshold: integerProperty(5000, {
    meaning: 'messages of a queue that match, after which the others are estimated',
    min: 0,
    change: 'live',
  }),
  enableStatsMetrics: shown('the broker as a whole: permission, numbers of topics and groups'),
  enableRequestMetrics: shown('messages in and out'),
  enableConnectionMetrics: shown('clients'),
  enableLagAndDlqMetrics: shown('how far consumers are behind, and dead letters'),
  enableTransactionMetrics: shown('transactions'),
  enableRemotingMetrics: shown('the time that requests take'),
  enableMessageStoreMetrics: shown('store and timers'),
  ...idleProperties('metrics are fetched by Prometheus here, or logged: see metricsExporterType', {
    metricGrpcExporterIntervalInMills: 60_000,
    metricGrpcExporterTimeOutInMills: 3000,
    metricsGrpcExporterHeader: '',
    metricsGrpcExporterTarget: '',
  }),
});
