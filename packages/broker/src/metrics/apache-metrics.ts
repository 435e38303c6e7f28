import type { ExposedMetric } from '@rocketmq-ts/kernel';
import { RPC_LATENCY } from '@rocketmq-ts/remoting';
import { DELAY_BOUNDS, FINISH_BOUNDS, MESSAGE_SIZE_BOUNDS } from '../stats/message-counters.ts';

/** Milliseconds. Source: BrokerMetricsManager#registerMetricsView. */
const CREATE_BOUNDS = [10, 100, 1000, 3000, 5000] as const;

/** Apache sets these texts for all of a kind, whatever the metric says itself. Source: BrokerMetricsManager#registerMetricsView. */
const counter = { type: 'counter', help: 'default view for counter.' } as const;
const gauge = { type: 'gauge', help: 'default view for gauge.' } as const;
const ofLag = { ...gauge, labels: ['consumer_group', 'topic', 'is_retry', 'is_system'] } as const;
const ofIncoming = { ...counter, labels: ['topic', 'message_type', 'is_system'] } as const;
const ofOutgoing = { ...counter, labels: ['topic', 'consumer_group', 'is_system'] } as const;
const storage = ['storage_medium', 'storage_type'] as const;

/** Which property switches a metric off. Source: BrokerConfig. */
type Switch =
  | 'enableStatsMetrics'
  | 'enableRequestMetrics'
  | 'enableConnectionMetrics'
  | 'enableLagAndDlqMetrics'
  | 'enableTransactionMetrics'
  | 'enableRemotingMetrics'
  | 'enableMessageStoreMetrics';

/** A metric, and when it is shown. */
export interface SwitchedMetric extends ExposedMetric {
  readonly switch: Switch;
  /** What it says here, for the page about metrics: `help` is Apache's text. */
  readonly meaning: string;
}

/**
 * What a 5.4.0 broker shows to Prometheus, by name: the same names, labels, texts and bounds. Those of POP are not among them.
 * Source: BrokerMetricsManager, DefaultStoreMetricsManager, RemotingMetricsManager; names as PrometheusHttpServer writes them.
 */
export const apacheBrokerMetrics = {
  rocketmq_processor_watermark: {
    ...{ ...gauge, labels: ['processor'], switch: 'enableStatsMetrics' },
    meaning: 'requests that wait in the queue of a thread pool of Apache’s; here none waits, so it is 0',
  },
  rocketmq_broker_permission: {
    ...{ ...gauge, labels: [], switch: 'enableStatsMetrics' },
    meaning: '`brokerPermission`: 4 read, 2 write, 6 both',
  },
  rocketmq_topic_number: { ...gauge, labels: [], switch: 'enableStatsMetrics', meaning: 'topics' },
  rocketmq_consumer_group_number: {
    ...{ ...gauge, labels: [], switch: 'enableStatsMetrics' },
    meaning: 'consumer groups that are configured',
  },
  rocketmq_messages_in_total: {
    ...{ ...ofIncoming, switch: 'enableRequestMetrics' },
    meaning: 'messages that were stored, by the topic that they are stored in; not those of retry topics',
  },
  rocketmq_throughput_in_total: {
    ...{ ...ofIncoming, switch: 'enableRequestMetrics' },
    meaning: 'their bytes in the commit log',
  },
  rocketmq_message_size: {
    ...{ type: 'histogram', help: 'Incoming messages size', labels: ofIncoming.labels, bounds: MESSAGE_SIZE_BOUNDS },
    ...{ switch: 'enableRequestMetrics', meaning: 'bytes of a stored message; of a batch their average' },
  },
  rocketmq_messages_out_total: {
    ...{ ...ofOutgoing, switch: 'enableRequestMetrics' },
    meaning: 'messages that consumers got; not those of retry topics',
  },
  rocketmq_throughput_out_total: { ...ofOutgoing, switch: 'enableRequestMetrics', meaning: 'their bytes' },
  rocketmq_topic_create_execution_time_milliseconds: {
    ...{ type: 'histogram', help: 'The distribution of create topic time', bounds: CREATE_BOUNDS },
    ...{ labels: ['invocation_status', 'is_system'], switch: 'enableRequestMetrics' },
    meaning: 'requests that create or change topics',
  },
  rocketmq_consumer_group_create_execution_time_milliseconds: {
    ...{ type: 'histogram', help: 'The distribution of create subscription time', bounds: CREATE_BOUNDS },
    ...{ labels: ['invocation_status'], switch: 'enableRequestMetrics' },
    meaning: 'requests that create or change consumer groups',
  },
  rocketmq_producer_connections: {
    ...{ ...gauge, labels: ['language', 'version', 'protocol_type'], switch: 'enableConnectionMetrics' },
    meaning: 'producers; one counts for each of its groups',
  },
  rocketmq_consumer_connections: {
    ...{ ...gauge, switch: 'enableConnectionMetrics' },
    labels: ['consumer_group', 'language', 'version', 'consume_mode', 'protocol_type', 'is_system'],
    meaning: 'members of consumer groups',
  },
  rocketmq_consumer_lag_messages: {
    ...{ ...ofLag, switch: 'enableLagAndDlqMetrics' },
    meaning: 'messages that a group with members has not committed',
  },
  rocketmq_consumer_lag_latency_milliseconds: {
    ...{ ...ofLag, switch: 'enableLagAndDlqMetrics' },
    meaning: 'time since the oldest of them was stored; 0 without any',
  },
  rocketmq_consumer_inflight_messages: {
    ...{ ...ofLag, switch: 'enableLagAndDlqMetrics' },
    meaning: 'messages that were pulled and are not committed',
  },
  rocketmq_consumer_queueing_latency_milliseconds: {
    ...{ ...ofLag, switch: 'enableLagAndDlqMetrics' },
    meaning: 'time since the oldest message was stored that is not pulled; 0 without any',
  },
  rocketmq_consumer_ready_messages: {
    ...{ ...ofLag, switch: 'enableLagAndDlqMetrics' },
    meaning: 'messages that are not pulled',
  },
  rocketmq_send_to_dlq_messages_total: {
    ...{ ...counter, labels: ['consumer_group', 'topic', 'is_system'], switch: 'enableLagAndDlqMetrics' },
    meaning: 'messages that became dead letters of a group',
  },
  rocketmq_commit_messages_total: {
    ...{ ...counter, labels: ['topic'], switch: 'enableTransactionMetrics' },
    meaning: 'transactions that were committed',
  },
  rocketmq_rollback_messages_total: {
    ...{ ...counter, labels: ['topic'], switch: 'enableTransactionMetrics' },
    meaning: 'transactions that were rolled back',
  },
  rocketmq_finish_message_latency_milliseconds: {
    ...{ type: 'histogram', help: 'Transaction finish latency', labels: ['topic'], bounds: FINISH_BOUNDS },
    ...{ switch: 'enableTransactionMetrics' },
    meaning: 'from a half message to its commit; **seconds**, whatever the name says, as in Apache’s',
  },
  rocketmq_half_messages: {
    ...{ ...gauge, labels: ['topic'], switch: 'enableTransactionMetrics' },
    meaning: 'transactions that are open',
  },
  rocketmq_rpc_latency_milliseconds: {
    ...{ ...RPC_LATENCY, switch: 'enableRemotingMetrics' },
    meaning: 'from a request’s arrival to its answer; for a held one (`is_long_polling`) with the wait',
  },
  rocketmq_storage_size_bytes: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'used bytes of the disk that the store is on',
  },
  rocketmq_storage_flush_behind_bytes: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'of the commit log that is not on the disk yet',
  },
  rocketmq_storage_dispatch_behind_bytes: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'of the commit log that can not be read yet',
  },
  rocketmq_storage_message_reserve_time_milliseconds: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'time since the oldest message was stored',
  },
  rocketmq_timer_enqueue_lag: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'timer messages that are not in the wheel yet',
  },
  rocketmq_timer_enqueue_latency_milliseconds: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'how old the one is that was put there last, while others wait',
  },
  rocketmq_timer_dequeue_lag: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'timer messages that wait in the wheel',
  },
  rocketmq_timer_dequeue_latency_milliseconds: {
    ...{ ...gauge, labels: storage, switch: 'enableMessageStoreMetrics' },
    meaning: 'how far the wheel is behind the time',
  },
  rocketmq_timing_messages: {
    ...{ ...gauge, labels: ['topic', ...storage], switch: 'enableMessageStoreMetrics' },
    meaning: 'timer messages that wait for their time',
  },
  rocketmq_timer_enqueue_total: {
    ...{ ...counter, labels: ['topic', ...storage], switch: 'enableMessageStoreMetrics' },
    meaning: 'timer messages that came into the wheel',
  },
  rocketmq_timer_dequeue_total: {
    ...{ ...counter, labels: ['topic', ...storage], switch: 'enableMessageStoreMetrics' },
    meaning: 'timer messages that were taken out of it',
  },
  rocketmq_timer_message_snapshot: {
    ...{ ...gauge, labels: ['timer_bound_s', ...storage], switch: 'enableMessageStoreMetrics' },
    meaning: 'messages of the wheel by when they are due: up to so many seconds from now, from the bound before on',
  },
  rocketmq_delay_message_latency_seconds: {
    ...{ type: 'histogram', help: 'Timer message set latency distribution', bounds: DELAY_BOUNDS },
    ...{ labels: ['topic', ...storage], switch: 'enableMessageStoreMetrics' },
    meaning: 'for how long timer messages are delayed',
  },
} as const satisfies Record<string, SwitchedMetric>;

/** A name of Apache's table. */
export type ApacheMetricName = keyof typeof apacheBrokerMetrics;
