import { type RecordInput, type StoreConfig, type StoreOptions, storeDefaults } from '@rocketmq-ts/store';

/** Configuration of a store with files so small that a test fills several, and without an index. */
export const smallStoreFiles: StoreConfig = {
  ...storeDefaults,
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 400,
  mapperFileSizeBatchConsumeQueue: 920,
  maxMessageSize: 32 * 1024,
  messageIndexEnable: false,
};

/** Options of such a store. The caller adds platform, logger and folder. */
export const smallStore = {
  config: smallStoreFiles,
  delayLevelsMs: [1000, 5000, 10_000],
  processId: 4711,
} as const satisfies Partial<StoreOptions>;

/** A record for a put; a test gives only the fields that matter to it. */
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
