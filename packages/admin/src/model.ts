import type {
  ConsumeStats as ConsumeStatsBody,
  MessageQueue,
  QueueTable,
  TopicConfig,
  TopicStatsTable,
} from '@rocketmq-ts/protocol';

/** One queue of a topic as the broker sees it. */
interface QueueStatus {
  readonly queue: MessageQueue;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Milliseconds; 0 when the queue is empty. */
  readonly lastUpdateTimestamp: number;
}

/** All queues of a topic. */
export interface TopicStats {
  readonly offsets: readonly QueueStatus[];
  /** Messages a second that are stored; 0 when the brokers of a route were asked and not a single one. */
  readonly topicPutTps: number;
}

/** One queue of a topic as a group sees it. */
interface ConsumeStatus {
  readonly queue: MessageQueue;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  /** How far the group has pulled, committed or not. */
  readonly pullOffset: number;
  /** Store time of the last consumed message, milliseconds; 0 when there is none. */
  readonly lastTimestamp: number;
}

/** All queues of a group. */
export interface GroupStats {
  readonly offsets: readonly ConsumeStatus[];
  readonly consumeTps: number;
}

/** A queue with the offset that a group was set to. */
export interface ResetOffset {
  readonly queue: MessageQueue;
  readonly offset: number;
}

/** What a create or change of a topic asks for. Attributes are changes: `+key` with its value sets, `-key` removes. */
export interface TopicChange extends TopicConfig {
  /** Template topic; default `TBW102`. */
  readonly defaultTopic?: string;
}

/** From the body of GET_TOPIC_STATS_INFO. */
export function topicStatsOf(table: TopicStatsTable): TopicStats {
  return { offsets: rows(table.offsetTable), topicPutTps: table.topicPutTps };
}

/** From the body of GET_CONSUME_STATS. */
export function groupStatsOf(stats: ConsumeStatsBody): GroupStats {
  return { offsets: rows(stats.offsetTable), consumeTps: stats.consumeTps };
}

/** From the body of INVOKE_BROKER_TO_RESET_OFFSET. */
export function resetOffsetsOf(table: QueueTable<number>): ResetOffset[] {
  return table.map(([queue, offset]) => ({ queue, offset }));
}

function rows<Value extends object>(table: QueueTable<Value>): ({ readonly queue: MessageQueue } & Value)[] {
  return table.map(([queue, value]) => ({ queue, ...value }));
}
