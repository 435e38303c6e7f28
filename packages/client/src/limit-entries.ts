import type { LimitEntry } from '@rocketmq-ts/kernel';

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
    what: 'messages that were pulled from a queue and are not handled',
    limit: '`pullThresholdForQueue`, `pullThresholdSizeForQueue`, `consumeConcurrentlyMaxSpan`',
    beyond: 'the queue is not pulled until some are',
  },
];
