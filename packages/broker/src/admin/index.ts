import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature } from '../feature.ts';
import { type CleanUpRequestParts, serveCleanUpRequests } from './clean-up-requests.ts';
import { type ClientRequestParts, serveClientRequests } from './client-requests.ts';
import { type ConfigRequestParts, serveConfigRequests } from './config-requests.ts';
import { type ConsumerStatusParts, serveConsumerStatus } from './consumer-status.ts';
import { type CounterRequestParts, serveCounters } from './counter-requests.ts';
import { type GroupRequestParts, serveGroupRequests } from './group-requests.ts';
import { type HaRequestParts, serveHaRequests } from './ha-requests.ts';
import { type MessageQueryParts, serveMessageQueries } from './message-queries.ts';
import { type OffsetAdminParts, serveOffsetAdmin } from './offset-admin.ts';
import { type QueueRequestParts, serveQueueRequests } from './queue-requests.ts';
import { type RuntimeInfoParts, serveRuntimeInfo } from './runtime-info.ts';
import { serveTopicRequests, type TopicRequestParts } from './topic-requests.ts';

/** What each family of requests needs. */
export type AdminParts = CleanUpRequestParts &
  ClientRequestParts &
  ConfigRequestParts &
  ConsumerStatusParts &
  CounterRequestParts &
  GroupRequestParts &
  HaRequestParts &
  MessageQueryParts &
  OffsetAdminParts &
  QueueRequestParts &
  RuntimeInfoParts &
  TopicRequestParts;

/** Everything that mqadmin and dashboards ask a broker. Source: AdminBrokerProcessor. */
export function adminFeature(parts: AdminParts): Feature {
  return {
    serve: (server: RemotingServer) => {
      serveCleanUpRequests(server, parts);
      serveClientRequests(server, parts);
      serveConfigRequests(server, parts);
      serveConsumerStatus(server, parts);
      serveCounters(server, parts);
      serveGroupRequests(server, parts);
      serveHaRequests(server, parts);
      serveMessageQueries(server, parts);
      serveOffsetAdmin(server, parts);
      serveQueueRequests(server, parts);
      serveRuntimeInfo(server, parts);
      serveTopicRequests(server, parts);
    },
  };
}
