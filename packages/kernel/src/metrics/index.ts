export { readCommonLabels } from './common-labels.ts';
export type { Counter, Growth } from './counter.ts';
export { Distribution } from './distribution.ts';
export {
  type CommonLabel,
  type ExposedMetric,
  type ExposedPart,
  type ExposedSource,
  type Exposure,
  OVERFLOW_LABEL,
  type Samples,
  showAll,
} from './exposed.ts';
export { EXPOSITION_TYPE, exposition } from './exposition.ts';
export { Histogram } from './histogram.ts';
export { type Counters, type Metric, Metrics, type Reading } from './metrics.ts';
export { otlpJson } from './otlp-json.ts';
export type { KeptLines } from './sample-lines.ts';
