import { CodedError } from '@rocketmq-ts/kernel';

export type StoreErrorCode =
  /** Another broker holds the lock of the store folder. */
  | 'STORE_LOCKED'
  /** The folder can't be created or written. */
  | 'STORE_NOT_WRITABLE'
  /** A file of the commit log or a consume queue has another length than configured. */
  | 'STORE_FILE_SIZE'
  /** The disk refused a write or a flush; the store is read-only until it is opened again. */
  | 'STORE_FAILED'
  /** Nothing (any more) at that physical offset. */
  | 'NO_SUCH_RECORD';

export class StoreError extends CodedError<StoreErrorCode> {}
