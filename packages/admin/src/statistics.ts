import {
  decodeConsumeStatsList,
  decodeProducerTableInfo,
  decodeQueryConsumeQueueResponseBody,
  GET_ALL_PRODUCER_INFO,
  GET_BROKER_CONSUME_STATS,
  type ProducerInfo,
  QUERY_CONSUME_QUEUE,
  type QueryConsumeQueueResponseBody,
} from '@rocketmq-ts/protocol';
import { AdminError } from './errors.ts';
import { type GroupStats, groupStatsOf } from './model.ts';
import type { Wire } from './wire.ts';

/** What single brokers count and hold. */
export interface StatisticsOperations {
  /**
   * How far each group of a broker is in its topics, with `isOrder` only in ordered ones. A broker with many groups takes long: `timeoutMs`
   * is 50 seconds by default.
   */
  brokerConsumeStats(address: string, options?: ConsumeStatsOptions): Promise<BrokerConsumeStats>;
  /** Producers that have sent a heartbeat, by group. */
  producersInBroker(address: string): Promise<Map<string, ProducerInfo[]>>;
  /**
   * Units of a consume queue as they are stored, and whether the filter of a group takes them. Fails with BAD_ARGUMENT when the queue does not
   * have the index.
   */
  queryConsumeQueue(address: string, query: ConsumeQueueQuery): Promise<QueryConsumeQueueResponseBody>;
}

interface ConsumeStatsOptions {
  readonly isOrder?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
}

/** All groups of a broker. */
interface BrokerConsumeStats {
  /** One for each group and topic. */
  readonly groups: readonly (GroupStats & { readonly group: string })[];
  readonly totalDiff: number;
}

interface ConsumeQueueQuery {
  readonly topic: string;
  readonly queueId: number;
  readonly index: number;
  readonly count: number;
  readonly group?: string | undefined;
}

/** Source: BrokerConsumeStatsSubCommad. */
const CONSUME_STATS_TIMEOUT_MS = 50_000;

/** `StatisticsOperations` over the wire. */
export function statisticsOperations(wire: Wire): StatisticsOperations {
  return {
    async brokerConsumeStats(address, { isOrder = false, timeoutMs = CONSUME_STATS_TIMEOUT_MS } = {}) {
      const { body } = await wire.broker(address, GET_BROKER_CONSUME_STATS, { isOrder }, { timeoutMs });
      const { consumeStatsList, totalDiff } = decodeConsumeStatsList(body);
      const groups = consumeStatsList.flatMap((table) =>
        [...table].flatMap(([group, all]) => all.map((stats) => ({ group, ...groupStatsOf(stats) }))),
      );
      return { groups, totalDiff };
    },

    async producersInBroker(address) {
      return decodeProducerTableInfo((await wire.broker(address, GET_ALL_PRODUCER_INFO, {})).body);
    },

    async queryConsumeQueue(address, { topic, queueId, index, count, group }) {
      const header = { topic, queueId, index, count, consumerGroup: group };
      const { body, remark } = await wire.broker(address, QUERY_CONSUME_QUEUE, header);
      if (body.length === 0) {
        const text = remark ?? `Index ${index} of ${queueId}@${topic} is not exist!`;
        throw new AdminError('BAD_ARGUMENT', text, { address });
      }
      return decodeQueryConsumeQueueResponseBody(body);
    },
  };
}
