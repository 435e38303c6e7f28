import {
  decodeBrokerStatsData,
  decodeConsumeStats,
  decodeTopicConfigSerializeWrapper,
  GET_ALL_TOPIC_CONFIG,
  GET_CONSUME_STATS,
  ResponseCode,
  type TopicConfig,
  VIEW_BROKER_STATS_DATA,
} from '@rocketmq-ts/protocol';
import { type GroupStats, groupStatsOf } from './model.ts';
import { LONG_TIMEOUT_MS, type Wire } from './wire.ts';

/** A counter of a broker. */
interface BrokerFigure {
  /** A second, over the last minute. */
  readonly tps: number;
  /** Of the last 24 hours; of the last hour or minute on a broker that runs for less. Source: StatsAllSubCommand#compute24HourSum. */
  readonly count24h: number;
}

/** What a console asks single brokers for, again and again. */
export interface FigureOperations {
  /** Every topic of a broker with its settings. */
  allTopicConfigs(address: string): Promise<Map<string, TopicConfig>>;
  /** A counter; zero where the broker has none of that key, which means that nothing was counted yet. */
  brokerStats(address: string, statsName: string, statsKey: string): Promise<BrokerFigure>;
  /** How far a group is on one broker, in one topic or in all that it consumes; undefined when it has no queue there. */
  consumeStatsInBroker(address: string, group: string, topic?: string): Promise<GroupStats | undefined>;
}

/** `FigureOperations` over the wire. */
export function figureOperations(wire: Wire): FigureOperations {
  return {
    async allTopicConfigs(address) {
      const response = await wire.broker(address, GET_ALL_TOPIC_CONFIG, {}, { timeoutMs: LONG_TIMEOUT_MS });
      return new Map(decodeTopicConfigSerializeWrapper(response.body).topicConfigTable);
    },

    async brokerStats(address, statsName, statsKey) {
      const accept = [ResponseCode.SYSTEM_ERROR];
      const response = await wire.broker(address, VIEW_BROKER_STATS_DATA, { statsName, statsKey }, { accept });
      if (response.code !== ResponseCode.SUCCESS) return { tps: 0, count24h: 0 };
      const { statsMinute, statsHour, statsDay } = decodeBrokerStatsData(response.body);
      return { tps: statsMinute.tps, count24h: statsDay.sum || statsHour.sum || statsMinute.sum };
    },

    async consumeStatsInBroker(address, group, topic) {
      const accept = [ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST];
      const header = { consumerGroup: group, topic };
      const response = await wire.broker(address, GET_CONSUME_STATS, header, { accept });
      if (response.code !== ResponseCode.SUCCESS || response.body.length === 0) return undefined;
      const stats = groupStatsOf(decodeConsumeStats(response.body));
      return stats.offsets.length === 0 ? undefined : stats;
    },
  };
}
