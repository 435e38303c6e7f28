import type { ExposedMetric } from '@rocketmq-ts/kernel';

const counter = (help: string, labels: readonly string[] = []): ExposedMetric => ({ type: 'counter', help, labels });
const gauge = (help: string, labels: readonly string[] = []): ExposedMetric => ({ type: 'gauge', help, labels });
const histogram = (help: string, bounds: readonly number[]): ExposedMetric => {
  return { type: 'histogram', help, labels: [], bounds };
};

/** Milliseconds of what a disk, a slave or a client is waited for. */
const WAIT_BOUNDS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 3000, 10_000] as const;

/** What this broker shows beside Apache's metrics. */
export const ownBrokerMetrics = {
  rocketmq_ts_connections: gauge('open connections of clients'),
  rocketmq_ts_connections_total: counter(
    'connections of clients that were opened (CONNECT), closed (CLOSE), and of these silent for too long (IDLE) or failed (EXCEPTION)',
    ['event'],
  ),
  rocketmq_ts_held_requests: gauge('pulls and others that wait for messages'),
  rocketmq_ts_sends_in_flight_bytes: gauge('memory of sends that are stored and not answered yet'),
  rocketmq_ts_answer_memory_bytes: gauge('memory of answers that are being made, or not read by their clients'),
  rocketmq_ts_on_duty: gauge(
    '1: this broker delivers delayed messages and checks transactions, as masters do; 0: it does not',
  ),
  rocketmq_ts_registered: gauge('1: a name server knows this broker, or none is configured; 0: none does'),
  rocketmq_ts_store_writable: gauge('1: messages are taken; 0: they are refused, see broker.log'),
  rocketmq_ts_store_min_offset_bytes: gauge('start of the oldest message, by its place in the commit log'),
  rocketmq_ts_store_max_offset_bytes: gauge('end of the newest message, by its place in the commit log'),
  rocketmq_ts_store_disk_used_ratio: gauge('how full the disk of a part of the store is, 0 to 1', ['part']),
  rocketmq_ts_store_put_messages_total: counter('messages that were put, also those of the broker itself'),
  rocketmq_ts_store_put_bytes_total: counter('their bytes'),
  rocketmq_ts_store_put_failed_total: counter('puts that ended without a record'),
  rocketmq_ts_store_reads_total: counter('reads of consumers, that found messages (found) or none (missed)', [
    'result',
  ]),
  rocketmq_ts_store_read_messages_total: counter('messages that they found'),
  rocketmq_ts_store_put_latency_milliseconds: histogram(
    'from the place of a message in the log to its answer',
    WAIT_BOUNDS,
  ),
  rocketmq_ts_store_read_latency_milliseconds: histogram('reads of consumers', WAIT_BOUNDS),
  rocketmq_ts_store_write_latency_milliseconds: histogram('writes of the commit log to its file', WAIT_BOUNDS),
  rocketmq_ts_store_flush_latency_milliseconds: histogram('flushes of the commit log to the disk', WAIT_BOUNDS),
  rocketmq_ts_store_write_size_bytes: histogram(
    'bytes of one write of the commit log: what was put in one turn of the event loop',
    [4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216],
  ),
  rocketmq_ts_replication_lag_bytes: gauge('of the log that a connected slave has not reported to hold', ['slave']),
  rocketmq_ts_replication_latency_milliseconds: histogram(
    'from the end of a write to the report that all slaves hold it for which puts wait; one is measured at a time',
    WAIT_BOUNDS,
  ),
  rocketmq_ts_replication_diverged: gauge('1 for each broker whose log has diverged from this one', ['peer']),
} as const satisfies Record<string, ExposedMetric>;

/** A name of our own table. */
export type OwnMetricName = keyof typeof ownBrokerMetrics;
