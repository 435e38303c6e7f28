export { nodeClock } from './clock.ts';
export { nodeDisk } from './disk.ts';
export {
  type ConsoleLoggerOptions,
  createConsoleLogger,
  createFileLogger,
  createLogDirectory,
  type FileLogger,
  type FileLoggerOptions,
  type LogDirectoryOptions,
  type LogRoute,
} from './log.ts';
export type { LogFileOptions, LogTimers } from './log-file.ts';
export { nodeNetwork } from './network.ts';
export { openFilesLimit } from './open-files.ts';
export { nodePlatform } from './platform.ts';
export { nodeRandom } from './random.ts';
