export { Ballast } from './ballast.ts';
export { runDiskFaults } from './full-disk.ts';
export { TortureHistory } from './history.ts';
export { torture } from './torture.ts';
