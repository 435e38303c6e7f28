import type { LimitEntry } from '@rocketmq-ts/kernel';
import { MAX_WAITING_PER_GROUP } from './group/group-table.ts';
import { MAX_REPLICAS, MAX_TEXT_CHARS } from './group/membership.ts';
import { MAX_LIVE_BROKERS } from './live/live-brokers.ts';
import { MAX_GROUPS_ASKED } from './request/group-requests.ts';

/** What a controller gathers, beside what its server does. */
export const controllerLimits: readonly LimitEntry[] = [
  {
    what: 'requests about one group of brokers that wait for etcd',
    limit: `${MAX_WAITING_PER_GROUP} requests`,
    beyond: 'code 2 at once',
  },
  {
    what: 'a request to one member of etcd',
    limit: '`etcdTimeoutMillis`, 1 s',
    beyond:
      'a read is sent to the next member; a change gets code 1, and what became of it is read before the next one',
  },
  {
    what: 'brokers of one group; a name, address or check code of theirs',
    limit: `${MAX_REPLICAS} brokers; ${MAX_TEXT_CHARS} characters`,
    beyond: 'their application for an id gets code 2014',
  },
  { what: 'brokers whose heartbeats are kept', limit: `${MAX_LIVE_BROKERS} brokers`, beyond: 'code 2' },
  { what: 'broker names in one request for in-sync sets', limit: `${MAX_GROUPS_ASKED} names`, beyond: 'code 2005' },
];
