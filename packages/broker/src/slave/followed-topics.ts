import type { Clock, Logger } from '@rocketmq-ts/kernel';
import type { TopicConfigSerializeWrapper } from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { HeldRequests } from '../hold/held-requests.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import type { QueueMappings } from '../static-topic/queue-mappings.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { FollowedTable, logKept } from './followed-table.ts';
import type { MasterTables } from './master-tables.ts';

export interface FollowedTopicsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly mappings: QueueMappings;
  readonly offsets: OffsetTable;
  readonly held: Pick<HeldRequests, 'answerNow'>;
}

/** The topics of a slave are those of its master, with the mappings of static ones. Source: SlaveSynchronize#syncTopicConfig. */
export class FollowedTopics {
  readonly #parts: FollowedTopicsParts;
  readonly #table = new FollowedTable(true);

  constructor(parts: FollowedTopicsParts) {
    this.#parts = parts;
  }

  masterChanged(): void {
    this.#table.masterChanged();
  }

  /** `all`: also what has not changed there, in case that it did here. */
  async follow(master: MasterTables, all: boolean): Promise<void> {
    const { topics, mappings } = this.#parts;
    topics.marks.beginFollowing();
    const known = all ? undefined : { version: this.#table.version(topics.dataVersion), size: topics.size };
    const taken = await master.topics(known);
    if (taken !== undefined) {
      this.#take(taken);
      mappings.follow(taken.topicQueueMappingDetailMap, taken.mappingDataVersion);
    }
    topics.marks.followed();
  }

  #take({ topicConfigTable, dataVersion }: TopicConfigSerializeWrapper): void {
    const { topics, clock, logger } = this.#parts;
    const change = this.#table.take(
      { version: dataVersion, names: this.#ordinary(topicConfigTable.keys()) },
      { version: topics.dataVersion, names: this.#ordinary([...topics.all()].map(({ topicName }) => topicName)) },
      clock.now(),
    );
    const impossible = topics.follow(topicConfigTable.values(), change.removed, change.version);
    if (impossible.length > 0)
      logger.error('topics of the master have impossible numbers of queues and are left out', {
        topics: impossible.join(','),
      });
    for (const name of change.removed) this.#forget(name, dataVersion.timestamp);
    if (change.isNewlyKept) logKept(logger, 'topics', change.kept);
  }

  /** Every broker makes the system's by itself. */
  #ordinary(names: Iterable<string>): ReadonlySet<string> {
    return new Set([...names].filter((name) => !this.#parts.topics.isSystemTopic(name)));
  }

  /**
   * The messages of a deleted topic go with it, as they did at the master; not where the topic was made again since, whose
   * messages may be here already.
   */
  #forget(name: string, deletedMs: number): void {
    const { store, offsets, held, mappings } = this.#parts;
    offsets.removeTopic(name);
    mappings.delete(name);
    const queues = [...store.queuesOf(name)];
    for (const queue of queues) held.answerNow(queue);
    const isNewer = queues.some(
      // What can't be read yet is newer than all that can.
      (queue) =>
        queue.nextOffset > queue.maxOffset ||
        (queue.maxOffset > 0 && queue.storeTimestampAt(queue.maxOffset - 1) >= deletedMs),
    );
    if (!isNewer) store.removeTopic(name);
  }
}
