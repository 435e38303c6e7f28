/** Outcome of a put, as Apache names it. The first four are stored; see `isStored`. Source: PutMessageStatus. */
export type PutMessageStatus =
  | 'PUT_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE'
  | 'IN_SYNC_REPLICAS_NOT_ENOUGH'
  | 'SERVICE_NOT_AVAILABLE'
  | 'MESSAGE_ILLEGAL'
  | 'PROPERTIES_SIZE_EXCEEDED'
  | 'OS_PAGE_CACHE_BUSY'
  | 'CREATE_MAPPED_FILE_FAILED'
  | 'UNKNOWN_ERROR';

/** True when the record is in the log, whatever the flush mode's promise came to. */
export function isStored(status: PutMessageStatus): boolean {
  return (
    status === 'PUT_OK' ||
    status === 'FLUSH_DISK_TIMEOUT' ||
    status === 'FLUSH_SLAVE_TIMEOUT' ||
    status === 'SLAVE_NOT_AVAILABLE'
  );
}

/** True when the store will not take the record later either: it is too long, or its properties are. */
export function canNeverBeStored(status: PutMessageStatus): boolean {
  return status === 'MESSAGE_ILLEGAL' || status === 'PROPERTIES_SIZE_EXCEEDED';
}

/** Outcome of a read. READ_FAILED is ours: the disk could not read what is there. Source: GetMessageStatus. */
export type GetMessageStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE'
  | 'READ_FAILED';
