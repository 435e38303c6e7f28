export { VirtualClock } from './clock.ts';
export { describeDiskContract } from './contract/disk.ts';
export { describeNetworkContract } from './contract/network.ts';
export { SimulatedDisk, type SimulatedDiskOptions } from './disk.ts';
export { SECTOR_BYTES } from './disk-content.ts';
export type { DiskOperation } from './faults.ts';
export { type LogLine, LogLines, lineLogger } from './log-lines.ts';
export type { SuddenEnd } from './machine.ts';
export {
  SimulatedEnvironment,
  type SimulatedEnvironmentOptions,
  type SimulatedPlatform,
  simulatedPlatform,
} from './platform.ts';
export { ProcessClock } from './process-clock.ts';
export { SeededRandom } from './random.ts';
export { attackWithRequests } from './request-attack.ts';
export { PULL_FIELDS, SEND_FIELDS } from './requests.ts';
export { SimulatedProcess } from './simulated-process.ts';
export { recordOf, smallStore, smallStoreFiles } from './store-set-up.ts';
