import type { Metric, Metrics } from '@rocketmq-ts/kernel';
import type { StatsSpan } from '@rocketmq-ts/protocol';

const GAUGES = {
  REPLICATION_LAG: {
    unit: 'bytes',
    labels: ['slave'],
    meaning: 'of the log that a connected slave has not reported to hold',
  },
  REPLICATION_DIVERGENCE: {
    unit: 'brokers',
    labels: ['peer'],
    meaning: 'whose logs have diverged from this one: slaves, or the master of a slave',
  },
} as const satisfies Record<string, Metric>;

/** What a broker knows of its replication; each is looked at when metrics are read. */
export interface ReplicationView {
  /** End of the log. */
  endOffset(): number;
  /** Connected slaves. */
  slaves(): Iterable<{ readonly address: string; readonly ackOffset: number }>;
  /** Hosts or addresses of brokers whose logs have diverged from this one. */
  divergedPeers(): Iterable<string>;
}

/** Replication among a broker's metrics: lag in bytes by slave, and diverged logs, each as 1 with the other broker's name. */
export function declareReplicationGauges(metrics: Metrics<StatsSpan>, view: ReplicationView): void {
  metrics.gauge('REPLICATION_LAG', GAUGES.REPLICATION_LAG, () => {
    const end = view.endOffset();
    return Array.from(view.slaves(), ({ address, ackOffset }) => ({ labels: [address], value: end - ackOffset }));
  });
  metrics.gauge('REPLICATION_DIVERGENCE', GAUGES.REPLICATION_DIVERGENCE, () =>
    Array.from(view.divergedPeers(), (peer) => ({ labels: [peer], value: 1 })),
  );
}
