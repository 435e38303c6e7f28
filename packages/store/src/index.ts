export { type ExpiryConfig, type StoreConfig, storeDefaults, storeProperties } from './config.ts';
export type { StoreFacts } from './door/facts.ts';
export { createMessageStore } from './door/local-store.ts';
export type { MessageStore } from './door/message-store.ts';
export { StoreError, type StoreErrorCode, storeErrors } from './errors.ts';
export { isTimeToDelete, parseDeleteWhen } from './expiry/delete-when.ts';
export type { DiskRatios } from './expiry/disk-usage.ts';
export * from './inspect/index.ts';
export { storeLimits } from './limit-entries.ts';
export { HOLE_TOPIC } from './log/hole-record.ts';
export type { RecordInput } from './log/record.ts';
export type { DiskFractions, FlushDiskType, StoreOptions } from './options.ts';
export type { PutTicket } from './put/put-progress.ts';
export type { PutBatchResult, PutResult } from './put/put-result.ts';
export { NO_PROMISE, type PromiseRefusal, type ReplicationPromise } from './put/replication-promise.ts';
export type { StoreState } from './put/running-state.ts';
export type { StoreCounts } from './put/store-stats.ts';
export type {
  ArrivalListener,
  GetMessageResult,
  QueueEntry,
  QueueView,
  ReadRoom,
  TimeBoundary,
} from './queue/queue-view.ts';
export { MOST_BATCH_MESSAGES, type QueueType } from './queue/unit-layout.ts';
export type { LogPiece } from './read/log-reader.ts';
export { MAX_QUERY_BYTES, type MessageQuery, type QueryMessageResult } from './read/message-query.ts';
export { canNeverBeStored, type GetMessageStatus, isStored, type PutMessageStatus } from './status.ts';
export * from './timer/index.ts';
