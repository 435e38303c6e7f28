import type { Random } from '@rocketmq-ts/kernel';
import {
  deadLetterTopic,
  MQVersion,
  retryTopic,
  type SubscriptionGroupConfig,
  TopicSysFlag,
} from '@rocketmq-ts/protocol';
import type { TopicTable } from '../topic/topic-table.ts';
import type { Place } from './real-place.ts';

/** Older clients do not say how often a message is tried. */
const FIRST_VERSION_WITH_LIMIT = MQVersion.V3_4_9;
/** A message that failed for the first time waits for this level, then one more each time. */
const FIRST_RETRY_LEVEL = 3;

/**
 * Retry topic or dead letters: where a message is stored that a consumer could not handle, whether the broker moves it or
 * the client sends it again itself.
 * Source: AbstractSendMessageProcessor#consumerSendMsgBack, SendMessageProcessor#handleRetryAndDLQ.
 */
export class RetryPlaces {
  readonly #topics: TopicTable;
  readonly #random: Random;

  constructor(topics: TopicTable, random: Random) {
    this.#topics = topics;
    this.#random = random;
  }

  /** A queue of the group's retry topic, which is made when it is missing. */
  retryQueue(group: SubscriptionGroupConfig, unitMode: boolean): Place {
    const sysFlag = unitMode ? TopicSysFlag.UNIT_SUB : 0;
    const topic = this.#topics.ofSystem(retryTopic(group.groupName), group.retryQueueNums, sysFlag);
    return { topic: topic.topicName, queueId: this.#random.below(group.retryQueueNums) };
  }

  /** The queue of the group's dead letters; `topicSysFlag` is for a topic that is made now. */
  deadLetters(group: SubscriptionGroupConfig, topicSysFlag = 0): Place {
    const topic = this.#topics.ofSystem(deadLetterTopic(group.groupName), 1, topicSysFlag);
    return { topic: topic.topicName, queueId: 0 };
  }
}

/**
 * True when a message has been tried too often for one more retry. `attempt` is the `reconsumeTimes` of the retry;
 * `limit` is what the client says, undefined for nothing.
 */
export function isTriedTooOften(
  attempt: number,
  group: Pick<SubscriptionGroupConfig, 'retryMaxTimes'>,
  version: number,
  limit: number | undefined,
): boolean {
  return attempt > (version >= FIRST_VERSION_WITH_LIMIT && limit !== undefined ? limit : group.retryMaxTimes);
}

/** Delay level of a retry: the one that the client wants, 0 for the broker's own. `attempt` as above. */
export function retryLevel(wantedLevel: number, attempt: number): number {
  return wantedLevel > 0 ? wantedLevel : FIRST_RETRY_LEVEL + attempt - 1;
}
