export { nodeClock } from './clock.ts';
export { nodeDisk } from './disk.ts';
export { nodeServePages } from './http-pages.ts';
export {
  createLineLogger,
  createLogDirectory,
  type FileLogger,
  type LeveledLogger,
  type LogFormat,
  type LogRoute,
} from './log.ts';
export type { LogTimers } from './log-file.ts';
export { nodeNetwork } from './network.ts';
export { openFilesLimit } from './open-files.ts';
export { nodePlatform } from './platform.ts';
export { EventLoopWatch, processFigures } from './process-figures.ts';
