import { CodedError, type CodedErrorOptions, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a store does not open, or can't continue the log of another. What becomes of a put or a read is a status, see `status.ts`. */
export type StoreErrorCode = keyof typeof storeErrors;

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const storeErrors = {
  STORE_APPEND_DAMAGED: {
    meaning: 'Bytes of another store’s commit log hold a damaged or partial record; nothing of them is stored.',
    retryable: false,
    advice: 'Read the same bytes again; `mqstore verify` shows whether the other log is damaged.',
  },
  STORE_APPEND_OFFSET: {
    meaning: 'Bytes of another store’s commit log do not begin where this log ends; nothing of them is stored.',
    retryable: false,
    advice: 'Continue from the end of this log, which `facts.appendOffset` of the store names.',
  },
  STORE_CUT_OFFSET: {
    meaning: 'The commit log can’t be cut at an offset: no record ends there. Nothing is cut.',
    retryable: false,
    advice: 'Cut at the beginning of a record, which the log of the master shows.',
  },
  STORE_CUT_STATE: {
    meaning:
      'The commit log can’t be cut now: the store takes messages, is read-only, or is being cut. Nothing is cut.',
    retryable: true,
    advice: 'Let the broker become a slave first; restart it where its store is read-only.',
  },
  STORE_FILE_SIZE: {
    meaning: 'A file of the commit log or a consume queue has another length than configured.',
    retryable: false,
    advice: 'Set `mappedFileSizeCommitLog` or `mappedFileSizeConsumeQueue` to what the store was written with.',
  },
  STORE_LOCKED: {
    meaning: 'Another broker holds the lock of the store folder.',
    retryable: false,
    advice: 'Stop it, or set `storePathRootDir` to another folder.',
  },
  STORE_NOT_FOUND: {
    meaning: 'The folder that a tool is to read is no store folder.',
    retryable: false,
    advice: 'Give the folder that `storePathRootDir` names: the one that holds `commitlog`.',
  },
  STORE_NOT_WRITABLE: {
    meaning: 'The store folder cannot be created, opened or written; `cause` says why.',
    retryable: false,
    advice: 'Set `storePathRootDir` to a folder that this user may write.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** The store cannot be opened, or does not take what it is given; the message names folder, file or offsets. */
export class StoreError extends CodedError<StoreErrorCode> {
  constructor(code: StoreErrorCode, message: string, options: Omit<CodedErrorOptions, 'retryable'> = {}) {
    super(code, message, { ...options, retryable: storeErrors[code].retryable });
  }
}
