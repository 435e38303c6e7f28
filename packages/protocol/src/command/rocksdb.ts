import { command, long, optional, str } from './table.ts';

/** Answer: CheckRocksdbCqWriteResult. Source: CheckRocksdbCqWriteProgressRequestHeader. */
export const CHECK_ROCKSDB_CQ_WRITE_PROGRESS = command(354, 'CHECK_ROCKSDB_CQ_WRITE_PROGRESS', {
  request: { topic: optional(str()), checkStoreTime: optional(long()) },
});

/** Types, each with a semicolon: `topics;subscriptionGroups;consumerOffsets;`. Source: ExportRocksDBConfigToJsonRequestHeader. */
export const EXPORT_ROCKSDB_CONFIG_TO_JSON = command(355, 'EXPORT_ROCKSDB_CONFIG_TO_JSON', {
  request: { configType: optional(str()) },
});
