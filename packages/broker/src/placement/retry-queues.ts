import { isRetryTopic, RETRY_TOPIC_PREFIX, retryTopic, type SubscriptionGroupConfig } from '@rocketmq-ts/protocol';
import type { MessageStore, QueueView } from '@rocketmq-ts/store';
import type { GroupTable } from '../group/group-table.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import { queueInReach } from '../topic/queue-count.ts';
import { type LostTopicParts, topicOfParked } from '../topic/recover-topics.ts';
import type { TopicTable } from '../topic/topic-table.ts';

/**
 * Retries of a group are spread over `retryQueueNums` queues of its retry topic, and consumers read the queues that the
 * topic's route names. So the topic has at least as many, whenever either of the two numbers changes. Apache's broker
 * creates the topic with the number of the moment and never looks again.
 */
export class RetryQueues {
  readonly #topics: TopicTable;
  readonly #groups: Pick<GroupTable, 'get'>;
  readonly #offsets: Pick<OffsetTable, 'query'>;
  readonly #store: Pick<MessageStore, 'queuesOf'>;
  readonly #lost: LostTopicParts;

  constructor(parts: LostTopicParts, groups: Pick<GroupTable, 'get'>, offsets: Pick<OffsetTable, 'query'>) {
    this.#topics = parts.topics;
    this.#groups = groups;
    this.#offsets = offsets;
    this.#store = parts.store;
    this.#lost = parts;
  }

  /** After a change of the group: an existing retry topic grows. Where there is none, the first heartbeat or retry makes it. */
  follow(group: SubscriptionGroupConfig): void {
    const name = retryTopic(group.groupName);
    if (this.#topics.get(name) !== undefined) this.#topics.ofSystem(name, group.retryQueueNums);
  }

  /**
   * After loading: tables may be of different ages, or were written by a broker that puts retries behind the topic's last
   * queue. Retries that wait in such queues come into reach.
   */
  open(): void {
    const needed = new Map<string, number>();
    for (const topic of this.#topics.all()) {
      // Queues that producers are sent to are read as well.
      if (isRetryTopic(topic.topicName))
        needed.set(topic.topicName, Math.max(this.#wanted(topic.topicName), topic.writeQueueNums));
    }
    for (const [name, count] of needed) {
      let reached = count;
      for (const queue of this.#store.queuesOf(name))
        if (queue.queueId >= reached && this.#hasUnread(queue)) reached = queue.queueId + 1;
      this.#topics.ofSystem(name, reached);
    }
  }

  /**
   * Where a message is stored whose queue was chosen earlier, of any topic. A retry topic that was deleted meanwhile comes back:
   * its group is there and waits for the message. Another topic that this broker never had is made, see `topicOfParked`.
   */
  inReach(topicName: string, queueId: number): number {
    let topic = this.#topics.get(topicName);
    if (topic === undefined && isRetryTopic(topicName)) {
      const wanted = this.#wanted(topicName);
      if (wanted > 0) topic = this.#topics.ofSystem(topicName, wanted);
    } else topic ??= topicOfParked(this.#lost, topicName, queueId);
    return queueInReach(topic, queueId);
  }

  /** Why a topic may not get so many queues: retries would be in queues that no consumer reads. Undefined when it may. */
  whyNot(topicName: string, readQueueNums: number, writeQueueNums: number): string | undefined {
    if (!isRetryTopic(topicName)) return undefined;
    const wanted = this.#wanted(topicName);
    const group = groupOf(topicName);
    if (readQueueNums < wanted || writeQueueNums < wanted)
      return `${topicName} needs at least ${wanted} read and write queues, since the group ${group} has retryQueueNums=${wanted}; lower that first with: mqadmin updateSubGroup -g ${group} -q <number>`;
    if (readQueueNums < writeQueueNums)
      return `${topicName} can not have fewer read queues (${readQueueNums}) than write queues (${writeQueueNums}): retries in the others would never come back`;
    for (const queue of this.#store.queuesOf(topicName)) {
      if (queue.queueId >= readQueueNums && this.#hasUnread(queue))
        return `${topicName} can not be read in ${readQueueNums} queues only: queue ${queue.queueId} has retries that the group ${group} has not consumed yet; try again when it has`;
    }
    return undefined;
  }

  #hasUnread(queue: QueueView): boolean {
    const consumed = this.#offsets.query(groupOf(queue.topic), queue.topic, queue.queueId) ?? 0;
    return queue.maxOffset > Math.max(queue.minOffset, consumed);
  }

  #wanted(topicName: string): number {
    return this.#groups.get(groupOf(topicName))?.retryQueueNums ?? 0;
  }
}

function groupOf(topicName: string): string {
  return topicName.slice(RETRY_TOPIC_PREFIX.length);
}
