export {
  type DiskOperation,
  ProcessClock,
  SECTOR_BYTES,
  SeededRandom,
  SimulatedDisk,
  type SimulatedDiskOptions,
} from '@rocketmq-ts/testing/simulated';
export { VirtualClock } from './clock.ts';
export { describeDiskContract } from './contract/disk.ts';
export { describeNetworkContract } from './contract/network.ts';
export { type LogLine, LogLines, lineLogger } from './log-lines.ts';
export type { SuddenEnd } from './machine.ts';
export { metricsShape, metricValue, readMetrics } from './metrics-text.ts';
export {
  SimulatedEnvironment,
  type SimulatedEnvironmentOptions,
  type SimulatedPlatform,
  simulatedPlatform,
} from './platform.ts';
export { attackWithRequests } from './request-attack.ts';
export { PULL_FIELDS, SEND_FIELDS } from './requests.ts';
export { SimulatedProcess } from './simulated-process.ts';
export { recordOf, smallStore, smallStoreFiles } from './store-set-up.ts';
