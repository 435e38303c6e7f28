export { type BuiltProgram, builtPrograms, manifestFile, PROGRAMS } from './built/manifest.ts';
export { findBuilt } from './built/run-program.ts';
export * from './errors.ts';
export { processMetrics } from './metrics/process-metrics.ts';
