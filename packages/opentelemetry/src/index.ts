export { type ClientMetrics, type ClientMetricsOptions, clientMetrics, clientMetricTable } from './client-metrics.ts';
export { type OpenTelemetryOptions, openTelemetry } from './opentelemetry.ts';
