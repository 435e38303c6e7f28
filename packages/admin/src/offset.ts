import {
  CLONE_GROUP_OFFSET,
  decodeConsumerConnection,
  decodeConsumeStats,
  decodeResetOffsetBody,
  GET_CONSUME_STATS,
  GET_CONSUMER_CONNECTION_LIST,
  GET_EARLIEST_MSG_STORETIME,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  INVOKE_BROKER_TO_RESET_OFFSET,
  popRetryTopics,
  type RequestInput,
  ResponseCode,
  retryTopic,
  SEARCH_OFFSET_BY_TIMESTAMP,
  type TopicRouteData,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { type ClusterOperations, isFoundByParent, routeAddresses } from './cluster.ts';
import { AdminError } from './errors.ts';
import { type GroupStats, groupStatsOf, type ResetOffset, resetOffsetsOf } from './model.ts';
import { LONG_TIMEOUT_MS, type Wire } from './wire.ts';

/** Positions in queues, of the log and of groups. */
export interface OffsetOperations {
  /**
   * How far a group is behind, on all brokers of its retry topic, or of the topic; of a light queue or the timer topic also on those of
   * the topic `cluster`. Without a queue to report it fails with 206 when no member is online and with 213 for a
   * broadcasting group. Source: DefaultMQAdminExtImpl#examineConsumeStats.
   */
  examineConsumeStats(group: string, topic?: string, cluster?: string): Promise<GroupStats>;
  /** The offset of the first message that was stored at this time or later. */
  searchOffset(address: string, topic: string, queueId: number, timestampMs: number): Promise<number>;
  /** The offset that the next message of the queue gets. */
  maxOffset(address: string, topic: string, queueId: number): Promise<number>;
  /** The lowest offset that the queue still has. */
  minOffset(address: string, topic: string, queueId: number): Promise<number>;
  /** Store time of the first message, milliseconds. */
  earliestStoreTime(address: string, topic: string, queueId: number): Promise<number>;
  /** Sets how far a group is in one queue of a broker. */
  updateConsumeOffset(address: string, group: string, topic: string, queueId: number, offset: number): Promise<void>;
  /** Copies how far a group is on one broker to another group; without a topic in all topics of the source group. */
  cloneGroupOffset(address: string, from: string, to: string, topic?: string): Promise<void>;
  /** Moves a group to a point in time (−1: the end) on every broker of the topic. */
  resetOffsetByTimestamp(reset: ResetByTimestamp): Promise<ResetOffset[]>;
  /** The same on one broker. */
  resetOffsetInBroker(address: string, reset: Omit<ResetByTimestamp, 'routeTopic'>): Promise<ResetOffset[]>;
  /** Moves a group in one queue of one broker. */
  resetOffsetByQueue(reset: ResetByQueue): Promise<ResetOffset[]>;
}

interface ResetByTimestamp {
  readonly group: string;
  readonly topic: string;
  readonly timestampMs: number;
  readonly force: boolean;
  /** Topic that finds the brokers in place of `topic`. */
  readonly routeTopic?: string | undefined;
}

interface ResetByQueue {
  readonly address: string;
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
}

/** `OffsetOperations` over the wire. */
export function offsetOperations(wire: Wire, cluster: ClusterOperations): OffsetOperations {
  /** Route of the first of these topics that has one. */
  async function firstRoute(topics: readonly string[]): Promise<TopicRouteData> {
    let failure: unknown;
    for (const topic of topics) {
      try {
        return await cluster.examineTopicRoute(topic);
      } catch (error) {
        if (!(error instanceof AdminError) || error.responseCode !== ResponseCode.TOPIC_NOT_EXIST) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async function reset(
    address: string,
    header: RequestInput<typeof INVOKE_BROKER_TO_RESET_OFFSET>,
  ): Promise<ResetOffset[]> {
    const response = await wire.broker(address, INVOKE_BROKER_TO_RESET_OFFSET, header);
    return response.body.length === 0 ? [] : resetOffsetsOf(decodeResetOffsetBody(response.body));
  }

  function resetInBroker(
    address: string,
    { group, topic, timestampMs, force }: Omit<ResetByTimestamp, 'routeTopic'>,
  ): Promise<ResetOffset[]> {
    return reset(address, { topic, group, timestamp: timestampMs, isForce: force, offset: -1 });
  }

  async function whyNothing(group: string, address: string | undefined): Promise<AdminError> {
    const offline = new AdminError(
      'NOT_ONLINE',
      'Not found the consumer group consume stats, because return offset table is empty, maybe the consumer not consume any message',
      { responseCode: ResponseCode.CONSUMER_NOT_ONLINE },
    );
    if (address === undefined) return offline;
    const header = { consumerGroup: group };
    const options = { accept: [ResponseCode.CONSUMER_NOT_ONLINE] };
    const response = await wire.broker(address, GET_CONSUMER_CONNECTION_LIST, header, options);
    if (response.code !== ResponseCode.SUCCESS) {
      const remark = response.remark ?? 'Not found the consumer group connection';
      return new AdminError('NOT_ONLINE', remark, { responseCode: response.code, address });
    }
    if (decodeConsumerConnection(response.body).messageModel !== 'BROADCASTING') return offline;
    return new AdminError(
      'NOT_ONLINE',
      'Not found the consumer group consume stats, because the consumer is broadcasting',
      {
        responseCode: ResponseCode.BROADCAST_CONSUMPTION,
      },
    );
  }

  return {
    async examineConsumeStats(group, topic, routeTopic) {
      const parent = topic !== undefined && isFoundByParent(topic) ? routeTopic : undefined;
      const names = topic === undefined ? [] : [topic, popRetryTopics(group, topic)[0]];
      const wanted = [retryTopic(group), ...names, parent].filter((one) => one !== undefined);
      const brokers = routeAddresses(await firstRoute(wanted));
      const all: GroupStats[] = [];
      for (const { address } of brokers) {
        const options = { timeoutMs: LONG_TIMEOUT_MS };
        const response = await wire.broker(address, GET_CONSUME_STATS, { consumerGroup: group, topic }, options);
        all.push(groupStatsOf(decodeConsumeStats(response.body)));
      }
      const offsets = all.flatMap((one) => one.offsets);
      if (offsets.length === 0) throw await whyNothing(group, brokers[0]?.address);
      return { offsets, consumeTps: all.reduce((sum, one) => sum + one.consumeTps, 0) };
    },

    async searchOffset(address, topic, queueId, timestampMs) {
      const header = { topic, queueId, timestamp: timestampMs };
      return (await wire.broker(address, SEARCH_OFFSET_BY_TIMESTAMP, header)).header.offset;
    },

    async maxOffset(address, topic, queueId) {
      return (await wire.broker(address, GET_MAX_OFFSET, { topic, queueId })).header.offset;
    },

    async minOffset(address, topic, queueId) {
      return (await wire.broker(address, GET_MIN_OFFSET, { topic, queueId })).header.offset;
    },

    async earliestStoreTime(address, topic, queueId) {
      return (await wire.broker(address, GET_EARLIEST_MSG_STORETIME, { topic, queueId })).header.timestamp;
    },

    async updateConsumeOffset(address, consumerGroup, topic, queueId, commitOffset) {
      await wire.broker(address, UPDATE_CONSUMER_OFFSET, { consumerGroup, topic, queueId, commitOffset });
    },

    async cloneGroupOffset(address, srcGroup, destGroup, topic) {
      await wire.broker(address, CLONE_GROUP_OFFSET, { srcGroup, destGroup, topic });
    },

    async resetOffsetByTimestamp({ group, topic, timestampMs, force, routeTopic }) {
      const moved: ResetOffset[] = [];
      for (const { address } of routeAddresses(await cluster.examineTopicRoute(routeTopic ?? topic))) {
        moved.push(...(await resetInBroker(address, { group, topic, timestampMs, force })));
      }
      return moved;
    },

    resetOffsetInBroker: resetInBroker,

    async resetOffsetByQueue({ address, group, topic, queueId, offset }) {
      const header = { topic, group, timestamp: 0, isForce: false, queueId, offset };
      return reset(address, header);
    },
  };
}
