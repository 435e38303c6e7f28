export { VirtualClock } from './clock.ts';
export { describeDiskContract } from './contract/disk.ts';
export { describeNetworkContract } from './contract/network.ts';
export { SimulatedDisk, type SimulatedDiskOptions } from '@rocketmq-ts/testing/simulated';
export { SECTOR_BYTES } from '@rocketmq-ts/testing/simulated';
export type { DiskOperation } from '@rocketmq-ts/testing/simulated';
export { type LogLine, LogLines, lineLogger } from './log-lines.ts';
export type { SuddenEnd } from './machine.ts';
export {
  SimulatedEnvironment,
  type SimulatedEnvironmentOptions,
  type SimulatedPlatform,
  simulatedPlatform,
} from './platform.ts';
export { ProcessClock } from '@rocketmq-ts/testing/simulated';
export { SeededRandom } from '@rocketmq-ts/testing/simulated';
export { attackWithRequests } from './request-attack.ts';
export { PULL_FIELDS, SEND_FIELDS } from './requests.ts';
export { SimulatedProcess } from './simulated-process.ts';
export { recordOf, smallStore, smallStoreFiles } from './store-set-up.ts';
