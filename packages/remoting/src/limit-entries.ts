import { bytesText, type LimitEntry } from '@rocketmq-ts/kernel';
import { FIRST_REQUEST_MS, PARTIAL_REQUEST_MS, SERVER_LIMITS, STALLED_MS } from './limits.ts';

const { maxFrameBytes, maxPartialBytes, pauseReadingAtBytes, maxAnswerBytes, maxUnsentBytes, maxPendingRequests } =
  SERVER_LIMITS;

/** What a server gathers for its connections. */
export const remotingLimits: readonly LimitEntry[] = [
  { what: 'one request', limit: bytesText(maxFrameBytes), beyond: 'its connection is closed' },
  {
    what: 'half-received requests of all connections',
    limit: bytesText(maxPartialBytes),
    beyond: 'the connection that crosses it is closed',
  },
  {
    what: 'answers of one connection that are being made or that its peer has not read',
    limit: bytesText(pauseReadingAtBytes),
    beyond: 'nothing more is read from it until they are; no work begins for requests that were read',
  },
  {
    what: 'the same of all connections together',
    limit: bytesText(maxAnswerBytes),
    beyond: `work for answers waits for its turn; a peer that reads nothing for ${STALLED_MS / 1000} s is closed`,
  },
  { what: 'answers of one connection that are not sent', limit: bytesText(maxUnsentBytes), beyond: 'it is closed' },
  {
    what: 'requests to one client that wait for its answer',
    limit: `${maxPendingRequests} requests`,
    beyond: 'one more is not sent; who asked for it gets code 1',
  },
  {
    what: 'the first request of a connection; a later one that was begun',
    limit: `${FIRST_REQUEST_MS / 1000} s; ${PARTIAL_REQUEST_MS / 1000} s`,
    beyond: 'the connection is closed',
  },
];
