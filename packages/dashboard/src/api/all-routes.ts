import { ACL_ROUTES } from './acl.ts';
import { ALERT_ROUTES } from './alerts.ts';
import { AUDIT_ROUTES } from './audit.ts';
import { BROKER_ROUTES } from './brokers.ts';
import { CLUSTER_ROUTES } from './clusters.ts';
import { CONTROLLER_ROUTES } from './controllers.ts';
import { DEAD_LETTER_ROUTES } from './dead-letters.ts';
import { GROUP_ROUTES } from './groups.ts';
import { MESSAGE_ROUTES } from './messages.ts';
import { OPERATION_ROUTES } from './operations.ts';
import { OVERVIEW_ROUTES } from './overview.ts';
import { PRODUCER_ROUTES } from './producers.ts';
import { PROXY_ROUTES } from './proxies.ts';
import type { Route } from './route.ts';
import { SESSION_ROUTES } from './session.ts';
import { TIMER_ROUTES } from './timers.ts';
import { TOPIC_ROUTES } from './topics.ts';
import { TRACE_ROUTES } from './trace.ts';
import { TRANSACTION_ROUTES } from './transactions.ts';

/** Every route of the API, by its name. */
export const ALL_ROUTES: Readonly<Record<string, Route>> = {
  ...ACL_ROUTES,
  ...ALERT_ROUTES,
  ...AUDIT_ROUTES,
  ...BROKER_ROUTES,
  ...CLUSTER_ROUTES,
  ...CONTROLLER_ROUTES,
  ...DEAD_LETTER_ROUTES,
  ...GROUP_ROUTES,
  ...MESSAGE_ROUTES,
  ...OPERATION_ROUTES,
  ...OVERVIEW_ROUTES,
  ...PRODUCER_ROUTES,
  ...PROXY_ROUTES,
  ...SESSION_ROUTES,
  ...TIMER_ROUTES,
  ...TOPIC_ROUTES,
  ...TRACE_ROUTES,
  ...TRANSACTION_ROUTES,
};
