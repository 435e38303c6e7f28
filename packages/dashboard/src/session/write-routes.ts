import {
  ACL_ROUTES,
  ALERT_ROUTES,
  API_ROOT,
  BROKER_ROUTES,
  CLUSTER_ROUTES,
  CONTROLLER_ROUTES,
  DEAD_LETTER_ROUTES,
  GROUP_ROUTES,
  MESSAGE_ROUTES,
  OPERATION_ROUTES,
  type Route,
  TIMER_ROUTES,
  TOPIC_ROUTES,
  TRANSACTION_ROUTES,
  type WriteName,
  writeName,
} from '../api/index.ts';
import { oldEquivalent } from './old-equivalent.ts';

const WRITES: readonly Route[] = [
  ...[
    ACL_ROUTES,
    ALERT_ROUTES,
    BROKER_ROUTES,
    CLUSTER_ROUTES,
    CONTROLLER_ROUTES,
    DEAD_LETTER_ROUTES,
    GROUP_ROUTES,
    MESSAGE_ROUTES,
  ],
  ...[OPERATION_ROUTES, TIMER_ROUTES, TOPIC_ROUTES, TRANSACTION_ROUTES],
].flatMap((routes) => Object.values<Route>(routes).filter(({ access }) => access === 'write'));

/** The changes that someone may make who may call these end-points of Apache's dashboard. */
export function allowedWrites(allows: (path: string) => boolean): WriteName[] {
  return WRITES.filter(({ path }) => allows(oldEquivalent(API_ROOT + path, 'write'))).map(writeName);
}
