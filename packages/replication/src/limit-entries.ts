import { bytesText, type LimitEntry } from '@rocketmq-ts/kernel';
import { MOST_CONNECTIONS, MOST_UNKNOWN } from './master/ha-port.ts';
import { MOST_PENDING_BYTES } from './master/log-sender.ts';
import { MOST_UNWRITTEN_BYTES } from './slave/master-link.ts';
import { MOST_RECORD_BYTES } from './slave/raw-stream.ts';

/** What masters and slaves hold for each other. */
export const replicationLimits: readonly LimitEntry[] = [
  {
    what: 'connections to the replication port, and of them those that have not reported',
    limit: `${MOST_CONNECTIONS}, ${MOST_UNKNOWN}`,
    beyond: 'the oldest that has not reported is closed, or else the new one; a line in the log',
  },
  {
    what: 'bytes that a slave was sent and has not taken',
    limit: `${bytesText(MOST_PENDING_BYTES)} and one piece of the log`,
    beyond: 'nothing more is read for it; it is closed when it takes nothing for `haHousekeepingInterval`',
  },
  {
    what: 'bytes that a slave has received and not written',
    limit: bytesText(MOST_UNWRITTEN_BYTES),
    beyond: 'it reads nothing more from its master until half of them are written',
  },
  {
    what: 'a record that a slave has received in part',
    limit: bytesText(MOST_RECORD_BYTES),
    beyond: 'it is taken for damage: the connection is closed, and the log counts as diverged',
  },
];
