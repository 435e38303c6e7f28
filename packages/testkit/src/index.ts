export { VirtualClock, type VirtualClockOptions } from './clock.ts';
export { type DiskContractSubject, describeDiskContract } from './contract/disk.ts';
export { describeNetworkContract, type NetworkContractSubject } from './contract/network.ts';
export { SimulatedDisk, type SimulatedDiskOptions } from './disk.ts';
export { SECTOR_BYTES } from './disk-content.ts';
export { type DiskFault, DiskFaults, type DiskOperation } from './faults.ts';
export { SimulatedNetwork, type SimulatedNetworkOptions } from './network.ts';
export { type SimulatedPlatform, SimulatedWorld, type SimulatedWorldOptions, simulatedPlatform } from './platform.ts';
export { SeededRandom } from './random.ts';
