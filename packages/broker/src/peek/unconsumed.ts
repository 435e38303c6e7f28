import type { Random } from '@rocketmq-ts/kernel';
import { Perm, popRetryTopics, ResponseCode, type TopicConfig } from '@rocketmq-ts/protocol';
import type { MessageStore, QueueView } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import { Refusal } from '../refusal.ts';
import type { TopicTable } from '../topic/topic-table.ts';

export interface UnconsumedParts {
  readonly config: BrokerConfig;
  readonly identity: Pick<BrokerIdentity, 'brokerAddr'>;
  readonly random: Random;
  readonly store: Pick<MessageStore, 'queue'>;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly offsets: OffsetTable;
}

/** What a request about the messages that a group has before it names. */
export interface UnconsumedQuestion {
  readonly consumerGroup: string;
  readonly topic: string;
  /** Negative: all queues. */
  readonly queueId: number;
}

/** One retry topic in so many looks comes first, so that it is not starved by the topic. Source: PeekMessageProcessor, NotificationProcessor. */
const RETRY_FIRST_ONE_IN = 5;

/**
 * Messages of a topic that a group has not consumed, in the queues and in the retry topics of its pop consumers. Nothing is
 * leased here yet, so a group continues at the offset that it committed, or at the start of the queue.
 */
export class Unconsumed {
  readonly #parts: UnconsumedParts;

  constructor(parts: UnconsumedParts) {
    this.#parts = parts;
  }

  /** The checks in Apache's order; undefined when the question may be answered. Source: PeekMessageProcessor, NotificationProcessor, PollingInfoProcessor. */
  refusalOf({ consumerGroup, topic: name, queueId }: UnconsumedQuestion, peer: string): Refusal | undefined {
    const { config, identity, topics, groups } = this.#parts;
    const forbidden = (remark: string): Refusal => new Refusal(ResponseCode.NO_PERMISSION, remark);
    if (!Perm.isReadable(config.brokerPermission))
      return forbidden(`the broker[${identity.brokerAddr}] peeking message is forbidden`);
    const topic = topics.get(name);
    if (topic === undefined)
      return new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist, apply first please!`);
    if (!Perm.isReadable(topic.perm)) return forbidden(`the topic[${name}] peeking message is forbidden`);
    if (queueId >= topic.readQueueNums) {
      const remark = `queueId[${queueId}] is illegal, topic:[${name}] topicConfig.readQueueNums:[${topic.readQueueNums}] consumer:[${peer}]`;
      return new Refusal(ResponseCode.INVALID_PARAMETER, remark);
    }
    const group = groups.ofConsumer(consumerGroup);
    if (group === undefined) {
      const remark = `subscription group [${consumerGroup}] does not exist; autoCreateSubscriptionGroup is ${config.autoCreateSubscriptionGroup} on broker ${identity.brokerAddr}`;
      return new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark);
    }
    if (!group.consumeEnable) return forbidden(`subscription group no permission, ${consumerGroup}`);
    return undefined;
  }

  /** The queues to look at, in the order of looking: of each topic from a queue of chance on. */
  queues({ consumerGroup, topic: name, queueId }: UnconsumedQuestion): QueueView[] {
    const { topics, random, store } = this.#parts;
    const first = random.below(100);
    const all = (topic: TopicConfig | undefined): QueueView[] =>
      Array.from({ length: topic?.readQueueNums ?? 0 }, (_, index) =>
        store.queue(topic!.topicName, (first + index) % topic!.readQueueNums),
      );
    const own = queueId < 0 ? all(topics.get(name)) : [store.queue(name, queueId)];
    const retries = popRetryTopics(consumerGroup, name).flatMap((retry) => all(topics.get(retry)));
    return first % RETRY_FIRST_ONE_IN === 0 ? [...retries, ...own] : [...own, ...retries];
  }

  /** Queue offset at which a group continues. */
  offsetOf(group: string, queue: QueueView): number {
    return this.#parts.offsets.query(group, queue.topic, queue.queueId) ?? queue.minOffset;
  }

  /** Messages of a queue that a group has before it. */
  count(group: string, queue: QueueView): number {
    return Math.max(0, queue.maxOffset - this.offsetOf(group, queue));
  }
}
