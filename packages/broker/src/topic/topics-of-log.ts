import type { Logger } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { recoverTopics } from './recover-topics.ts';
import type { TopicTable } from './topic-table.ts';

export interface TopicsOfLogParts {
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'defaultTopicQueueNums'>;
}

/**
 * A slave that takes the place of its master may have messages of topics which it did not hear of before the master was gone:
 * these topics are made here, before anything else of a master begins.
 */
export class TopicsOfLog {
  readonly name = 'topics of the log';
  readonly #parts: TopicsOfLogParts;

  constructor(parts: TopicsOfLogParts) {
    this.#parts = parts;
  }

  async beginDuty(): Promise<void> {
    const { store, topics, logger, config } = this.#parts;
    const { marks } = topics;
    if (marks.followedTo === undefined) return;
    marks.savedAt = marks.followedTo;
    await recoverTopics({ store, topics, logger, queueNums: config.defaultTopicQueueNums });
    marks.followedTo = undefined;
  }

  /** All topics of the log are known here. */
  async endDuty(): Promise<void> {
    this.#parts.topics.marks.followedTo = this.#parts.store.facts.appendOffset;
  }
}
