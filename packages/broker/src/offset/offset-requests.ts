import {
  GET_EARLIEST_MSG_STORETIME,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
  retryTopic,
  SEARCH_OFFSET_BY_TIMESTAMP,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { OffsetTable } from './offset-table.ts';

/** A further field of UPDATE_CONSUMER_OFFSET, of a slave that hands progress to its master: nothing is set back. Apache's broker ignores it. */
export const FORWARD_ONLY = 'forwardOnly';

export interface OffsetParts {
  readonly store: MessageStore;
  readonly offsets: OffsetTable;
  readonly groups: GroupTable;
  readonly topics: TopicTable;
  readonly config: Pick<BrokerConfig, 'accessMessageInMemoryMaxRatio'>;
  /** Memory of the machine. */
  readonly physicalMemoryBytes: number;
}

/** How far groups are, and where queues begin and end. Source: ConsumerManageProcessor, AdminBrokerProcessor. */
export class OffsetHandler implements Feature {
  readonly #parts: OffsetParts;

  constructor(parts: OffsetParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    const { store } = this.#parts;
    server.handle(QUERY_CONSUMER_OFFSET, (call) => this.#query(call));
    server.handle(UPDATE_CONSUMER_OFFSET, (call) => this.#update(call));
    server.handle(GET_MAX_OFFSET, (call) => {
      const queue = store.findQueue(call.header.topic, call.header.queueId);
      call.answer({ offset: (call.header.committed ? queue?.maxOffset : queue?.nextOffset) ?? 0 });
    });
    server.handle(GET_MIN_OFFSET, (call) => {
      call.answer({ offset: store.findQueue(call.header.topic, call.header.queueId)?.minOffset ?? 0 });
    });
    server.handle(GET_EARLIEST_MSG_STORETIME, (call) => {
      const queue = store.findQueue(call.header.topic, call.header.queueId);
      call.answer({ timestamp: queue === undefined ? -1 : queue.storeTimestampAt(queue.minOffset) });
    });
    server.handle(SEARCH_OFFSET_BY_TIMESTAMP, (call) => {
      const { topic, queueId, timestamp, boundaryType } = call.header;
      const boundary = boundaryType.toUpperCase() === 'UPPER' ? 'UPPER' : 'LOWER';
      call.answer({ offset: store.findQueue(topic, queueId)?.offsetAt(timestamp, boundary) ?? 0 });
    });
  }

  #query(call: Call<typeof QUERY_CONSUMER_OFFSET>): void {
    const { consumerGroup, topic, queueId, setZeroIfNotFound } = call.header;
    const offset = this.#parts.offsets.query(consumerGroup, topic, queueId);
    if (offset !== undefined) return call.answer({ offset });
    if (setZeroIfNotFound === false)
      return call.fail(ResponseCode.QUERY_NOT_FOUND, 'Not found, do not set to zero, maybe this group boot first');
    const config = this.#parts.topics.get(topic);
    const queues = config === undefined ? 0 : Math.max(config.readQueueNums, config.writeQueueNums);
    if (queueId >= 0 && queueId < queues) {
      if (topic === retryTopic(consumerGroup)) return call.answer({ offset: this.#startOf(topic, queueId) });
      if (this.#isYoung(topic, queueId)) return call.answer({ offset: 0 });
    }
    call.fail(ResponseCode.QUERY_NOT_FOUND, 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first');
  }

  /** Everything in a retry topic is for its group: what came before the group looked there must not be passed over. */
  #startOf(topic: string, queueId: number): number {
    return this.#parts.store.findQueue(topic, queueId)?.minOffset ?? 0;
  }

  /**
   * A young queue is read from its start, whatever the consumer asks for: all its messages are in memory. So is one without
   * messages, which Apache's broker answers with "not found": its first message may come before the consumer asks where the
   * queue ends, and would be passed over. Source: ConsumerManageProcessor#queryConsumerOffset.
   */
  #isYoung(topic: string, queueId: number): boolean {
    const { store, config, physicalMemoryBytes } = this.#parts;
    const queue = store.findQueue(topic, queueId);
    if (queue === undefined) return true;
    if (queue.minOffset > 0) return false;
    const first = queue.entryAt(0);
    const inMemoryBytes = (physicalMemoryBytes * config.accessMessageInMemoryMaxRatio) / 100;
    return first === undefined || store.facts.appendOffset - first.physicalOffset <= inMemoryBytes;
  }

  #update(call: Call<typeof UPDATE_CONSUMER_OFFSET>): void {
    const { consumerGroup, topic, queueId, commitOffset } = call.header;
    const { groups, topics, offsets } = this.#parts;
    const mayGoBack = call.extFields[FORWARD_ONLY] !== 'true';
    // A group may have come up at a slave.
    const group = mayGoBack ? groups.get(consumerGroup) : groups.ofConsumer(consumerGroup);
    if (group === undefined) {
      return call.fail(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${consumerGroup} not exist!`);
    }
    if (topics.get(topic) === undefined) return call.fail(ResponseCode.TOPIC_NOT_EXIST, `Topic ${topic} not exist!`);
    if (commitOffset < 0 || queueId < 0) {
      return call.fail(
        ResponseCode.INVALID_PARAMETER,
        `an offset of ${commitOffset} for queue ${queueId} can not be committed`,
      );
    }
    // Until the group has been sent to where an operator wants it, what it still commits is of the past.
    if (offsets.hasReset(consumerGroup, topic, queueId))
      return call.answer({}, { remark: 'Offset has been previously reset' });
    if (mayGoBack || commitOffset > (offsets.query(consumerGroup, topic, queueId) ?? -1))
      offsets.commit(consumerGroup, topic, queueId, commitOffset, call.connection.peer);
    call.answer({});
  }
}
