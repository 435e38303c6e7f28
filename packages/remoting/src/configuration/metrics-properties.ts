import { choiceProperty, configTable, integerProperty, textProperty } from '@rocketmq-ts/kernel';

/**
 * Where a name server or controller shows its metrics; `unlisted` where Apache's server has no such property. Source:
 * ControllerConfig, ControllerMetricsManager.
 */
export function metricsPageProperties({ unlisted }: { readonly unlisted: boolean }) {
  const facts = { unlisted };
  return configTable({
    metricsExporterType: choiceProperty(['DISABLE', 'OTLP_GRPC', 'PROM', 'LOG'], 'DISABLE', {
      ...facts,
      meaning:
        'PROM: the page /metrics for Prometheus at metricsPromExporterPort; LOG: lines in broker_metrics.log. The page is at healthPort in any case',
    }),
    metricsPromExporterPort: integerProperty(5557, { ...facts, meaning: 'Port of that page', min: 1, max: 65535 }),
    metricsPromExporterHost: textProperty('', { ...facts, meaning: 'Address of that page; default: bindAddress' }),
    metricLoggingExporterIntervalInMills: integerProperty(10_000, {
      ...facts,
      meaning: 'With LOG: between two lines of each metric in broker_metrics.log',
      unit: 'ms',
      min: 100,
    }),
    metricsLabel: textProperty('', { ...facts, meaning: 'Labels that all metrics get, as name:value,name:value' }),
  });
}
