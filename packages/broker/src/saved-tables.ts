import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from './config-table.ts';
import type { Feature } from './feature.ts';
import { GroupTable } from './group/group-table.ts';
import type { BrokerIdentity } from './identity.ts';
import type { JsonFiles } from './json-file.ts';
import { OffsetTable } from './offset/offset-table.ts';
import { keepProgressWithinLog } from './offset/start-progress.ts';
import { RetryQueues } from './placement/retry-queues.ts';
import type { BrokerRole } from './role/broker-role.ts';
import { QueueMappings } from './static-topic/queue-mappings.ts';
import { recoverTopics } from './topic/recover-topics.ts';
import type { TopicTable } from './topic/topic-table.ts';

export interface SavedTablesParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly identity: BrokerIdentity;
  readonly files: JsonFiles;
  readonly store: MessageStore;
  readonly role: Pick<BrokerRole, 'isSlave'>;
  /** Loaded already. */
  readonly topics: TopicTable;
}

/**
 * Topics, groups and their progress: loaded at the start and brought in line with the log and with each other, saved
 * periodically, as they change, and at the end.
 */
export class SavedTables implements Feature {
  readonly topics: TopicTable;
  readonly mappings: QueueMappings;
  readonly groups: GroupTable;
  readonly offsets: OffsetTable;
  readonly retryQueues: RetryQueues;
  readonly #parts: SavedTablesParts;
  #timer: Timer | undefined;

  constructor(parts: SavedTablesParts) {
    this.#parts = parts;
    this.topics = parts.topics;
    this.mappings = new QueueMappings(parts);
    this.groups = new GroupTable(parts);
    this.offsets = new OffsetTable(parts);
    const { topics, store, logger, config } = parts;
    const lost = { topics, store, logger, queueNums: config.defaultTopicQueueNums };
    this.retryQueues = new RetryQueues(lost, this.groups, this.offsets);
  }

  async start(): Promise<void> {
    const { clock, logger, config, files, store, role } = this.#parts;
    const { topics, mappings, groups, offsets } = this;
    topics.logOpened();
    store.onTruncated((end) => topics.logWasCut(end));
    mappings.load();
    groups.load();
    offsets.load();
    await recoverTopics({ store, topics, logger, queueNums: config.defaultTopicQueueNums });
    if (role.isSlave) topics.marks.followedTo = store.facts.appendOffset;
    await keepProgressWithinLog(store, topics, offsets);
    this.retryQueues.open();
    this.#timer = clock.every(config.flushConsumerOffsetInterval, () => {
      offsets.saveIfChanged();
      files.saveAgain();
    });
  }

  /** After everything that changes the tables has stopped. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all([this.topics.save(), this.mappings.save(), this.groups.save(), this.offsets.save()]);
  }
}
