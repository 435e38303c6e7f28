import type { RemotingServer } from '@rocketmq-ts/remoting';
import { serveCleanUpRequests } from './clean-up-requests.ts';
import { serveClientRequests } from './client-requests.ts';
import { serveConfigRequests } from './config-requests.ts';
import { serveConsumerStatus } from './consumer-status.ts';
import { serveCounters } from './counter-requests.ts';
import { serveGroupRequests } from './group-requests.ts';
import { serveHaRequests } from './ha-requests.ts';
import { serveMessageQueries } from './message-queries.ts';
import { serveOffsetAdmin } from './offset-admin.ts';
import type { AdminParts } from './parts.ts';
import { serveQueueRequests } from './queue-requests.ts';
import { serveRuntimeInfo } from './runtime-info.ts';
import { serveTopicRequests } from './topic-requests.ts';

/** Everything that mqadmin and dashboards ask a broker. Source: AdminBrokerProcessor. */
export class AdminHandlers {
  readonly #parts: AdminParts;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    serveTopicRequests(server, this.#parts);
    serveGroupRequests(server, this.#parts);
    serveClientRequests(server, this.#parts);
    serveOffsetAdmin(server, this.#parts);
    serveConfigRequests(server, this.#parts);
    serveRuntimeInfo(server, this.#parts);
    serveQueueRequests(server, this.#parts);
    serveMessageQueries(server, this.#parts);
    serveCounters(server, this.#parts);
    serveCleanUpRequests(server, this.#parts);
    serveHaRequests(server, this.#parts);
    serveConsumerStatus(server, this.#parts);
  }
}
