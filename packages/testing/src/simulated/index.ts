export { DueQueue } from '../clock/due-queue.ts';
export { ProcessClock } from '../clock/process-clock.ts';
export { makeBroker, makeNameServer } from '../servers/make-server.ts';
export { type CallFilter, SimulatedDisk, type SimulatedDiskOptions } from './disk.ts';
export { SECTOR_BYTES } from './disk-content.ts';
export { type DiskOperation, diskError } from './faults.ts';
export { LivingDisk } from './living-disk.ts';
export { SeededRandom } from './random.ts';
