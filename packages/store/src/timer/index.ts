export type { DeliveredTimers } from './checkpoint.ts';
export { BrokenChain } from './log.ts';
export { type OpenedTimers, TimerFiles, type TimerFilesOptions } from './timer-files.ts';
export { TimerMagic, type TimerUnit } from './unit.ts';
