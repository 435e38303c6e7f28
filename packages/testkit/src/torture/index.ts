export { type FaultRunOptions, runDiskFaults } from './full-disk.ts';
export { TortureHistory } from './history.ts';
export { type TortureOptions, type TortureResult, torture } from './torture.ts';
