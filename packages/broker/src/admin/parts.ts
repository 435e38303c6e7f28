import type { Clock, Disk, LiveConfig, Logger, Network } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { ColdReads } from '../cold-data/cold-reads.ts';
import type { BrokerConfig, brokerConfigTable } from '../config-table.ts';
import type { ScheduleService } from '../delay/schedule.ts';
import type { ConsumerFilters } from '../filter/consumer-filters.ts';
import type { ClientTable } from '../group/client-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { HeldRequests } from '../hold/held-requests.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import type { RetryQueues } from '../placement/retry-queues.ts';
import type { Registration } from '../registration/registration.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { QueueMappings } from '../static-topic/queue-mappings.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TimerService } from '../timer/timer-service.ts';
import type { TopicTable } from '../topic/topic-table.ts';

/** What operators ask about and change; each family of requests picks what it uses. */
export interface AdminParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly liveConfig: LiveConfig<typeof brokerConfigTable>;
  /** File named with -c; changed properties are kept there. */
  readonly configFile: string | undefined;
  readonly disk: Disk;
  readonly network: Network;
  /** Store folder. */
  readonly root: string;
  readonly identity: BrokerIdentity;
  readonly role: BrokerRole;
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly mappings: QueueMappings;
  readonly groups: GroupTable;
  readonly retryQueues: RetryQueues;
  readonly clients: ClientTable;
  readonly filters: Pick<ConsumerFilters, 'find' | 'mayMatch'>;
  readonly offsets: OffsetTable;
  readonly stats: BrokerStats;
  readonly schedule: ScheduleService;
  readonly timers: TimerService;
  readonly held: HeldRequests;
  readonly coldReads: ColdReads;
  /** Whose log has diverged from whose, and why; undefined when none has. */
  readonly divergence: () => string | undefined;
  readonly registration: Registration;
}
