import {
  type ConfigOf,
  choiceProperty,
  configTable,
  flagProperty,
  folderProperty,
  integerProperty,
  percentProperty,
  readConfig,
  textProperty,
} from '@rocketmq-ts/kernel';
import { parseDeleteWhen } from './expiry/delete-when.ts';

/** Files of the store, when they are flushed, what one read may take. Source: MessageStoreConfig. */
const fileProperties = configTable({
  storePathCommitLog: folderProperty({
    meaning: 'commit log folder; default: <root>/commitlog',
    important: true,
  }),
  mappedFileSizeCommitLog: integerProperty(1024 * 1024 * 1024, {
    meaning: 'length of a commit log file; never changes on an existing store',
    waits: 'The files on the disk have the old length; Apache’s broker would look for messages at wrong places.',
    unit: 'bytes',
    min: 4096,
    change: 'fixed',
  }),
  mappedFileSizeConsumeQueue: integerProperty(6000000, {
    meaning: 'length of a consume queue file; never changes on an existing store',
    waits:
      'Apache’s broker makes queues of the new length beside those of the old one, and its next start reads all by one length.',
    unit: 'bytes',
    min: 20,
    change: 'fixed',
  }),
  mapperFileSizeBatchConsumeQueue: integerProperty(13_800_000, {
    meaning: 'length of a batch consume queue file; never changes on an existing store',
    waits:
      'Apache’s broker makes queues of the new length beside those of the old one, and its next start reads all by one length.',
    unit: 'bytes',
    min: 46,
    change: 'fixed',
  }),
  maxMessageSize: integerProperty(4 * 1024 * 1024, {
    meaning: 'largest body',
    unit: 'bytes',
    min: 10,
    max: 64 * 1024 * 1024,
    change: 'live',
  }),
  flushDiskType: choiceProperty(['ASYNC_FLUSH', 'SYNC_FLUSH'], 'ASYNC_FLUSH', {
    meaning: 'when a send is answered: written, or on the disk',
    waits:
      'The flusher is chosen at the start; Apache’s broker, told SYNC_FLUSH while it runs, fails every send, since the flusher that it has is of the other kind.',
    important: true,
  }),
  flushCommitLogTimed: flagProperty(true, {
    meaning: 'with ASYNC_FLUSH dirty pages wait for the interval; false: they are flushed as soon as they are enough',
    change: 'live',
  }),
  flushIntervalCommitLog: integerProperty(500, {
    meaning: 'between flushes with ASYNC_FLUSH',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  flushCommitLogLeastPages: integerProperty(4, {
    meaning: 'fewer dirty pages (of 4096 bytes) wait for the thorough flush',
    min: 0,
    change: 'live',
  }),
  flushCommitLogThoroughInterval: integerProperty(10000, {
    meaning: 'between flushes of whatever is dirty',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  flushIntervalConsumeQueue: integerProperty(1000, {
    meaning: 'between writes of consume queues',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  flushConsumeQueueThoroughInterval: integerProperty(60000, {
    meaning: 'between durable flushes of consume queues',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  syncFlushTimeout: integerProperty(5000, {
    meaning: 'a send that waits longer for the disk gets FLUSH_DISK_TIMEOUT',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  osPageCacheBusyTimeOutMills: integerProperty(1000, {
    meaning:
      'while a write of the log, with SYNC_FLUSH a flush, is under way for longer, sends are refused as system busy',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  slaveTimeout: integerProperty(3000, {
    meaning: 'with SYNC_MASTER: a send that waits longer for slaves gets FLUSH_SLAVE_TIMEOUT',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  maxTransferBytesOnMessageInMemory: integerProperty(262144, {
    meaning: 'bytes of one pull answer',
    unit: 'bytes',
    min: 1,
    change: 'live',
  }),
  maxTransferCountOnMessageInMemory: integerProperty(32, {
    meaning: 'messages of one pull answer',
    min: 1,
    change: 'live',
  }),
  maxFilterMessageSize: integerProperty(16000, {
    meaning: 'consume queue bytes looked at by one pull',
    unit: 'bytes',
    min: 20,
    change: 'live',
  }),
});

/** Files by which messages are found by key. Source: MessageStoreConfig. */
const indexProperties = configTable({
  messageIndexEnable: flagProperty(true, {
    meaning:
      'whether messages can be found by key: index files are kept. What came without an index is indexed at the next start with one',
    waits: 'The start makes the index whole; with Apache’s, messages of the time without index are never found by key.',
  }),
  messageIndexSafe: flagProperty(false, {
    meaning: 'index files are always made whole again after a crash',
    idle: true,
  }),
  maxHashSlotNum: integerProperty(5_000_000, {
    meaning: 'slots of an index file; files of other sizes are made again',
    min: 1,
    max: 100_000_000,
  }),
  maxIndexNum: integerProperty(20_000_000, {
    meaning: 'entries of an index file, one more than it holds; files of other sizes are made again',
    min: 2,
    max: 80_000_000,
  }),
});

/** When files expire and how full the disk may be. Source: MessageStoreConfig. */
const expiryProperties = configTable({
  deleteWhen: textProperty('04', {
    meaning: 'hours of the local day at which expired files are removed, separated by ;',
    allowed: 'hours from 0 to 23 separated by ;, such as 04 or 04;16',
    whyNot: (value) => (parseDeleteWhen(value) === undefined ? '' : undefined),
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

/** The store's properties under Apache's names, with Apache's defaults; a broker has them in its own table. */
export const storeProperties = configTable({ ...fileProperties, ...indexProperties, ...expiryProperties });

/**
 * The store's part of a configuration. Properties with `change: 'live'` are read at each use, so an object whose values change
 * is a configuration that changes while the store runs.
 */
export type StoreConfig = Readonly<ConfigOf<typeof storeProperties>>;

/** What expires and how full the disk may be. */
export type ExpiryConfig = Readonly<ConfigOf<typeof expiryProperties>>;

/** Size of index files. */
export type IndexConfig = Pick<StoreConfig, 'maxHashSlotNum' | 'maxIndexNum'>;

/** Apache's defaults. */
export const storeDefaults: StoreConfig = readConfig(storeProperties, new Map()).config;
