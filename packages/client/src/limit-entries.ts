import type { LimitEntry } from '@rocketmq-ts/kernel';
import { statusLimits } from './status/status-limits.ts';
import { traceLimits } from './trace/trace-limits.ts';

/** What producers and consumers of our client gather. */
export const clientLimits: readonly LimitEntry[] = [
  {
    what: 'sends under way, and the bytes of their bodies',
    limit: '`maxInFlight`, `maxInFlightBytes`',
    beyond: 'later sends wait for their turn, within their own time',
  },
  {
    what: 'sends that wait for their turn',
    limit: '`maxWaitingSends`',
    beyond: 'one more rejects with TOO_MANY_SENDS',
  },
  {
    what: 'local transactions under way',
    limit: '`maxInFlight` and `maxWaitingSends` together',
    beyond: 'one more rejects with TOO_MANY_SENDS, and no half message is sent',
  },
  {
    what: 'checks of transactions that run, and that wait',
    limit: '`checkThreadPoolMaxSize`, `checkRequestHoldMax`',
    beyond: 'later ones are dropped with a warning; the broker asks again',
  },
  {
    what: 'the time of one check',
    limit: '`checkTimeoutMs`',
    beyond: 'it is answered as unknown; the broker asks again',
  },
  {
    what: 'trace reports that wait, their characters, and trace messages under way',
    limit: `${traceLimits.reports}, ${traceLimits.characters}, ${traceLimits.underWay}`,
    beyond: 'later reports are dropped with a warning; the traced calls continue',
  },
  {
    what: 'messages that were pulled from a queue and are not handled',
    limit: '`pullThresholdForQueue`, `pullThresholdSizeForQueue`, `consumeConcurrentlyMaxSpan`',
    beyond: 'the queue is not pulled until some are',
  },
  {
    what: 'events that a reader of `status()` has not read',
    limit: String(statusLimits.unread),
    beyond: 'the oldest is dropped; the next one that is read says how many were (`missed`)',
  },
];
