export type { Counter, Growth } from './counter.ts';
export { Distribution } from './distribution.ts';
export { type Counters, type Metric, Metrics, type Reading } from './metrics.ts';
