import { bytesText, type LimitEntry } from '@rocketmq-ts/kernel';
import { StoreLimits } from './options.ts';
import { MAX_QUERY_BYTES } from './read/message-query.ts';

/** What waits for the disk, and how long. */
export const storeLimits: readonly LimitEntry[] = [
  {
    what: 'bytes of the log that are not written, with SYNC_FLUSH not flushed',
    limit: bytesText(StoreLimits.maxWaitingBytes),
    beyond: 'sends get code 2, `[PC_SYNCHRONIZED]` with the bytes and the limit; nothing of them is stored',
  },
  {
    what: 'a write of the log, with SYNC_FLUSH a flush, that is under way',
    limit: '`osPageCacheBusyTimeOutMills`',
    beyond:
      'sends get code 2, `[REJECTREQUEST]` with the time, the limit and the bytes that wait; nothing of them is stored',
  },
  {
    what: 'a send that waits for its flush',
    limit: '`syncFlushTimeout`',
    beyond: 'it is answered with code 10, FLUSH_DISK_TIMEOUT: stored, and on the disk later',
  },
  {
    what: 'consume queue units that the disk does not take',
    limit: `${StoreLimits.maxUnwrittenUnits} units`,
    beyond: 'sends get code 14 with the reason, until it takes them',
  },
  {
    what: 'records that the replicas in sync have not confirmed (controller mode)',
    limit: `${StoreLimits.maxUnconfirmedRecords} records`,
    beyond: 'sends get code 14 with the number, until they are confirmed',
  },
  {
    what: 'the disk',
    limit: '`diskSpaceWarningLevelRatio`, or no room',
    beyond: 'sends get code 14 with the fill of the disk; they are taken again by themselves when there is room',
  },
  {
    what: 'one answer to a query by key',
    limit: bytesText(MAX_QUERY_BYTES),
    beyond: 'it has the messages that fit',
  },
];
