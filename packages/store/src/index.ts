export { type ArrivalListener, ConsumeQueue } from './consume-queue.ts';
export * from './errors.ts';
export type { GetMessageResult, MessageFilter } from './message-reader.ts';
export { MessageStore, type StoreState } from './message-store.ts';
export { type FlushDiskType, StoreLimits, type StoreOptions } from './options.ts';
export type { PutTicket } from './pending-puts.ts';
export type { RecordInput } from './record.ts';
export * from './status.ts';
export { deliverTime, tagCode } from './tags-code.ts';
