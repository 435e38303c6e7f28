export * from './errors.ts';
export { processMetrics } from './metrics/process-metrics.ts';
