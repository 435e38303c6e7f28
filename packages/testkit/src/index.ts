export { VirtualClock, type VirtualClockOptions } from './clock.ts';
export { type DiskContractSubject, describeDiskContract } from './contract/disk.ts';
export { describeNetworkContract, type NetworkContractSubject } from './contract/network.ts';
export { SimulatedDisk, type SimulatedDiskOptions } from './disk.ts';
export { SECTOR_BYTES } from './disk-content.ts';
export { type DiskFault, DiskFaults, type DiskOperation } from './faults.ts';
export { type LogLine, LogLines, lineLogger } from './log-lines.ts';
export { SimulatedNetwork, type SimulatedNetworkOptions } from './network.ts';
export {
  SimulatedEnvironment,
  type SimulatedEnvironmentOptions,
  type SimulatedPlatform,
  simulatedPlatform,
} from './platform.ts';
export { ProcessClock } from './process-clock.ts';
export { SeededRandom } from './random.ts';
export { attackWithRequests, type RequestAttack } from './request-attack.ts';
export { PULL_FIELDS, SEND_FIELDS } from './requests.ts';
export { recordOf, smallStore, smallStoreFiles } from './store-set-up.ts';
