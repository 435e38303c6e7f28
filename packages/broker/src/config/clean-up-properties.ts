import { configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';
import { hoursProperty, percentProperty } from './kinds.ts';

/** When files expire and how full the disk may be. Source: MessageStoreConfig. */
export const cleanUpProperties = configTable({
  deleteWhen: hoursProperty('04', {
    meaning: 'hours of the local day at which expired files are removed, separated by ;',
    change: 'live',
  }),
  fileReservedTime: integerProperty(72, {
    meaning: 'a file that was not written for so long is expired',
    unit: 'h',
    min: 0,
    change: 'live',
  }),
  cleanResourceInterval: integerProperty(10000, {
    meaning: 'between rounds of removing expired files; the first is a minute after the start',
    unit: 'ms',
    min: 1,
  }),
  deleteFileBatchMax: integerProperty(10, {
    meaning: 'commit log files removed in one round at the most',
    unit: 'files',
    min: 1,
    change: 'live',
  }),
  deleteCommitLogFilesInterval: integerProperty(100, {
    meaning: 'pause between two commit log files that are removed',
    unit: 'ms',
    min: 0,
    change: 'live',
  }),
  deleteConsumeQueueFilesInterval: integerProperty(100, {
    meaning: 'pause between two consume queues of which files are removed',
    unit: 'ms',
    min: 0,
    change: 'live',
  }),
  cleanFileForciblyEnable: flagProperty(true, {
    meaning: 'above diskSpaceCleanForciblyRatio files are removed that are not expired',
    change: 'live',
  }),
  diskMaxUsedSpaceRatio: percentProperty(75, {
    meaning: 'a disk that is fuller: expired files are removed at any hour; kept within 10 to 95',
    change: 'live',
  }),
  diskSpaceCleanForciblyRatio: percentProperty(85, {
    meaning: 'a disk that is fuller: the oldest files are removed, expired or not; kept within 30 to 85',
    change: 'live',
  }),
  diskSpaceWarningLevelRatio: percentProperty(90, {
    meaning: 'a disk that is fuller: sends are refused; kept within 35 to 90',
    change: 'live',
  }),
});
