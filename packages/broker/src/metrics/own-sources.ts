import { type ExposedSource, type Samples, showAll } from '@rocketmq-ts/kernel';
import type { BrokerStats } from '../stats/broker-stats.ts';
import { type OwnMetricName, ownBrokerMetrics } from './own-metrics.ts';
import type { ExposedBrokerParts } from './parts.ts';

const TIME_BOUNDS = ownBrokerMetrics.rocketmq_ts_store_put_latency_milliseconds.bounds!;

type Shows = Readonly<Record<OwnMetricName, ExposedSource['show']>>;

/** What this broker shows beside Apache's metrics, as it is now. */
export function ownSources(parts: ExposedBrokerParts): ExposedSource[] {
  const { stats } = parts;
  const shows: Shows = {
    ...brokerShows(parts),
    ...storeShows(parts),
    rocketmq_ts_replication_lag_bytes: gaugesOf(stats, 'REPLICATION_LAG'),
    rocketmq_ts_replication_diverged: gaugesOf(stats, 'REPLICATION_DIVERGENCE'),
  };
  return (Object.keys(ownBrokerMetrics) as OwnMetricName[]).map((name) => {
    return { name, metric: ownBrokerMetrics[name], show: shows[name] };
  });
}

function brokerShows({ stats, held, role, ...parts }: ExposedBrokerParts) {
  return {
    rocketmq_ts_connections: showAll([[[], parts.connections()]]),
    rocketmq_ts_connections_total: (samples: Samples) => {
      for (const { labels, value } of stats.table.counters.CHANNEL_ACTIVITY)
        if (typeof value !== 'number' && 'calls' in value) samples.value(labels, value.value);
      return [];
    },
    rocketmq_ts_held_requests: showAll([[[], held.count]]),
    rocketmq_ts_sends_in_flight_bytes: showAll([[[], parts.sendBytes()]]),
    rocketmq_ts_answer_memory_bytes: showAll([[[], parts.answerBytes()]]),
    rocketmq_ts_on_duty: showAll([[[], Number(role.isOnDuty)]]),
    rocketmq_ts_registered: showAll([[[], Number(parts.isRegistered())]]),
  };
}

function storeShows({ store, role }: ExposedBrokerParts) {
  const { facts } = store;
  const { counts, diskRatios } = facts;
  const { logCalls } = counts;
  const one = (value: number): ExposedSource['show'] => showAll([[[], value]]);
  const histogram = (of: typeof logCalls.writes): ExposedSource['show'] => {
    return (samples) => {
      samples.histogram([], of);
      return [];
    };
  };
  return {
    rocketmq_ts_store_writable: one(Number(role.isSlave ? facts.takesRaw : facts.writable)),
    rocketmq_ts_store_min_offset_bytes: one(facts.minOffset),
    rocketmq_ts_store_max_offset_bytes: one(facts.appendOffset),
    rocketmq_ts_store_disk_used_ratio: showAll([
      [['commitlog'], diskRatios.commitLog],
      [['consumequeue'], diskRatios.consumeQueue],
      [['index'], diskRatios.index],
    ]),
    rocketmq_ts_store_put_messages_total: one(counts.put.value),
    rocketmq_ts_store_put_bytes_total: one(counts.put.bytes),
    rocketmq_ts_store_put_failed_total: one(counts.putFailed.value),
    rocketmq_ts_store_reads_total: showAll([
      [['found'], counts.found.value],
      [['missed'], counts.missed.value],
    ]),
    rocketmq_ts_store_read_messages_total: one(counts.transferred.value),
    rocketmq_ts_store_put_latency_milliseconds: histogram(counts.putTimes.histogram(TIME_BOUNDS)),
    rocketmq_ts_store_read_latency_milliseconds: histogram(counts.getTimes.histogram(TIME_BOUNDS)),
    rocketmq_ts_store_write_latency_milliseconds: histogram(logCalls.writes),
    rocketmq_ts_store_flush_latency_milliseconds: histogram(logCalls.flushes),
    rocketmq_ts_store_write_size_bytes: histogram(logCalls.writeBytes),
    rocketmq_ts_replication_latency_milliseconds: histogram(logCalls.replications),
  };
}

/** A gauge that is declared where it is looked at. */
function gaugesOf({ table }: BrokerStats, name: string): ExposedSource['show'] {
  return (samples) => {
    for (const { labels, value } of table.metrics.shown(name)) samples.value(labels, value);
    return [];
  };
}
