import type { Clock, Disk } from '@rocketmq-ts/kernel';
import { isDeadLetterTopic, isRetryTopic } from '@rocketmq-ts/protocol';
import type { RpcLatency } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { ClientTable } from '../group/client-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { HeldRequests } from '../hold/held-requests.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { MessageCounters } from '../stats/message-counters.ts';
import type { TimerService } from '../timer/timer-service.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { TopicCounts } from '../topic-counts.ts';
import type { ConsumerLags } from './consumer-lag.ts';
import type { Creations } from './creations.ts';

/** What the metrics of a broker look at. */
export interface ExposedBrokerParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly config: BrokerConfig;
  readonly store: MessageStore;
  /** Store folder. */
  readonly root: string;
  readonly role: BrokerRole;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly clients: ClientTable;
  readonly held: HeldRequests;
  readonly stats: BrokerStats;
  readonly timers: TimerService;
  /** Open transactions by topic. */
  readonly halfMessages: TopicCounts;
  readonly exposed: MessageCounters;
  readonly lags: ConsumerLags;
  readonly creations: Creations;
  readonly rpcLatency: RpcLatency;
  readonly connections: () => number;
  readonly answerBytes: () => number;
  readonly sendBytes: () => number;
  readonly isRegistered: () => boolean;
}

/** Topics that brokers make for groups, whose messages come again. Source: BrokerMetricsManager#isRetryOrDlqTopic. */
export function isCreated(topic: string): boolean {
  return isRetryTopic(topic) || isDeadLetterTopic(topic);
}
