import type { RecordInput, StoreOptions } from '@rocketmq-ts/store';

/** Apache's defaults, for stores that are opened without a broker. The caller adds platform, logger and folder. */
export const storeDefaults = {
  mappedFileSizeCommitLog: 1024 ** 3,
  mappedFileSizeConsumeQueue: 300_000 * 20,
  maxMessageSize: 4 * 1024 ** 2,
  flushDiskType: 'ASYNC_FLUSH',
  flushIntervalCommitLogMs: 500,
  flushCommitLogLeastPages: 4,
  flushCommitLogThoroughIntervalMs: 10_000,
  flushIntervalConsumeQueueMs: 1000,
  flushConsumeQueueThoroughIntervalMs: 60_000,
  syncFlushTimeoutMs: 5000,
  maxTransferBytes: 256 * 1024,
  maxTransferCount: 32,
  maxFilterMessageSize: 16_000,
  delayLevelsMs: [1000, 5000, 10_000],
  processId: 4711,
} as const satisfies Partial<StoreOptions>;

/** The same with files so small that a test fills several. */
export const smallStoreFiles = {
  ...storeDefaults,
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 400,
  maxMessageSize: 32 * 1024,
} as const satisfies Partial<StoreOptions>;

/** A record for a put, of which a test says only what it is about. */
export function recordOf(fields: Partial<RecordInput>): RecordInput {
  return {
    topic: 'T',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1000,
    bornHost: Buffer.from('010203040000162e', 'hex'),
    storeHost: Buffer.from('0a00000100002a9f', 'hex'),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from('body'),
    properties: '',
    tagsCode: 0,
    ...fields,
  };
}
