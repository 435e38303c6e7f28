export { type LiveNamesrvConfig, namesrvConfigTable } from './config-table.ts';
export { createNamesrv, type Namesrv } from './namesrv.ts';
export { namesrvMetrics } from './namesrv-metrics.ts';
