import type { Clock, Logger, Random } from '@rocketmq-ts/kernel';
import type { UniqueKeyGenerator } from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { QueueLocks } from '../group/queue-locks.ts';
import type { HalfQueues } from '../placement/place.ts';
import type { PlacementSteps } from '../placement/steps.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { SendAnswers } from './send-answers.ts';

/** What sends, and what consumers send back, need; each of their steps takes what it needs of it. */
export interface SendParts extends PlacementSteps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ids for messages whose producer gave none. */
  readonly uniqueKeys: UniqueKeyGenerator;
  readonly config: BrokerConfig;
  readonly brokerAddr: string;
  readonly clusterName: string;
  readonly brokerName: string;
  /** As it is in records. */
  readonly storeHost: Uint8Array;
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly locks: QueueLocks;
  readonly halves: HalfQueues;
  readonly stats: BrokerStats;
  readonly answers: SendAnswers;
}
