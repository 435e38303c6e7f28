import { choiceProperty, configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';
import { folderProperty } from './kinds.ts';

/** Files of the store and when they are flushed. Source: MessageStoreConfig. */
export const storeProperties = configTable({
  storePathRootDir: folderProperty({ meaning: 'store folder; default: ~/store', important: true }),
  storePathCommitLog: folderProperty({
    meaning: 'commit log folder; default: <root>/commitlog',
    important: true,
  }),
  mappedFileSizeCommitLog: integerProperty(1024 * 1024 * 1024, {
    meaning: 'length of a commit log file; never changes on an existing store',
    unit: 'bytes',
    min: 4096,
    change: 'fixed',
  }),
  mappedFileSizeConsumeQueue: integerProperty(6000000, {
    meaning: 'length of a consume queue file; never changes on an existing store',
    unit: 'bytes',
    min: 20,
    change: 'fixed',
  }),
  messageIndexEnable: flagProperty(true, { meaning: 'whether messages can be found by key: index files are kept' }),
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
  maxMsgsNumBatch: integerProperty(64, { meaning: 'messages of an answer to a query by key', min: 1, change: 'live' }),
  defaultQueryMaxNum: integerProperty(32, {
    meaning: 'messages of an answer to a query by unique key',
    min: 1,
    change: 'live',
  }),
  maxMessageSize: integerProperty(4 * 1024 * 1024, {
    meaning: 'largest body',
    unit: 'bytes',
    min: 10,
    max: 64 * 1024 * 1024,
  }),
  flushDiskType: choiceProperty(['ASYNC_FLUSH', 'SYNC_FLUSH'], 'ASYNC_FLUSH', {
    meaning: 'when a send is answered: written, or on the disk',
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
});
