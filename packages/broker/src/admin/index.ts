import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature } from '../feature.ts';
import { serveAccountRequests } from './account-requests.ts';
import { serveCleanUpRequests } from './clean-up-requests.ts';
import { serveClientRequests } from './client-requests.ts';
import { serveColdDataRequests } from './cold-data-requests.ts';
import { serveConfigRequests } from './config-requests.ts';
import { serveConsumerStatus } from './consumer-status.ts';
import { serveCounters } from './counter-requests.ts';
import { serveEngineRequests } from './engine-requests.ts';
import { serveGroupRequests } from './group-requests.ts';
import { serveMessageQueries } from './message-queries.ts';
import type { AdminParts } from './parts.ts';
import { serveQueueRequests } from './queue-requests.ts';
import { serveResets } from './reset-offset.ts';
import { serveRuntimeInfo } from './runtime-info.ts';
import { serveStaticTopicRequests } from './static-topic-requests.ts';
import { serveTimeSpans } from './time-spans.ts';
import { serveTopicRequests } from './topic-requests.ts';

/** Everything that mqadmin and dashboards ask a broker. Source: AdminBrokerProcessor. */
export function adminFeature(parts: AdminParts): Feature {
  return {
    serve: (server: RemotingServer) => {
      serveAccountRequests(server);
      serveCleanUpRequests(server, parts);
      serveClientRequests(server, parts);
      serveColdDataRequests(server, parts);
      serveConfigRequests(server, parts);
      serveConsumerStatus(server, parts);
      serveCounters(server, parts);
      serveEngineRequests(server, parts);
      serveGroupRequests(server, parts);
      serveMessageQueries(server, parts);
      serveResets(server, parts);
      serveQueueRequests(server, parts);
      serveRuntimeInfo(server, parts);
      serveTimeSpans(server, parts);
      serveStaticTopicRequests(server, parts);
      serveTopicRequests(server, parts);
    },
  };
}
