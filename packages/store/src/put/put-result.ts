import type { PutMessageStatus } from '../status.ts';

/**
 * What became of a put at once. PUT_OK: the record has its place, and the ticket is answered later. Anything else: it was
 * refused, nothing is stored, the ticket is never answered, and the numbers are −1.
 */
export interface PutResult {
  readonly status: PutMessageStatus;
  /** Position in its message queue; 0 for a record that is in none. */
  readonly queueOffset: number;
  readonly physicalOffset: number;
  /** Size of the record in the commit log. */
  readonly storedBytes: number;
  /** Milliseconds of the wall clock. */
  readonly storeTimestamp: number;
}

/** What became of a batch at once; all or none of its records are stored. */
export interface PutBatchResult {
  readonly status: PutMessageStatus;
  /** One for each record that was laid out, in their order; none after a refusal. */
  readonly records: readonly PutResult[];
}

const REFUSALS = {
  SERVICE_NOT_AVAILABLE: refusalOf('SERVICE_NOT_AVAILABLE'),
  MESSAGE_ILLEGAL: refusalOf('MESSAGE_ILLEGAL'),
  PROPERTIES_SIZE_EXCEEDED: refusalOf('PROPERTIES_SIZE_EXCEEDED'),
  IN_SYNC_REPLICAS_NOT_ENOUGH: refusalOf('IN_SYNC_REPLICAS_NOT_ENOUGH'),
  OS_PAGE_CACHE_BUSY: refusalOf('OS_PAGE_CACHE_BUSY'),
  CREATE_MAPPED_FILE_FAILED: refusalOf('CREATE_MAPPED_FILE_FAILED'),
};

export type PutRefusal = keyof typeof REFUSALS;

function refusalOf(status: PutMessageStatus): PutResult {
  return Object.freeze({ status, queueOffset: -1, physicalOffset: -1, storedBytes: -1, storeTimestamp: -1 });
}

/** The one result that all puts share which are refused for this reason. */
export function refused(status: PutRefusal): PutResult {
  return REFUSALS[status];
}
