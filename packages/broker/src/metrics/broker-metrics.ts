import { type CommonLabel, type ExposedPart, type KeptLines, type Logger, readCommonLabels } from '@rocketmq-ts/kernel';
import type { Interceptor } from '@rocketmq-ts/remoting';
import { RpcLatency } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerIdentity } from '../identity.ts';
import { apacheSources } from './apache-sources.ts';
import { type ConsumerLagParts, ConsumerLags } from './consumer-lag.ts';
import { Creations } from './creations.ts';
import { ownSources } from './own-sources.ts';
import type { ExposedBrokerParts } from './parts.ts';

type MadeHere = 'lags' | 'creations' | 'rpcLatency' | 'exposed';

export type BrokerMetricsParts = Omit<ExposedBrokerParts, MadeHere> &
  ConsumerLagParts & { readonly identity: BrokerIdentity; readonly logger: Logger };

/**
 * Whether anybody collects metrics: by their own port, in the log, or beside the pages for probes. Otherwise nothing is counted
 * that only metrics show.
 */
export function isMeasured({ metricsExporterType, healthPort }: BrokerConfig): boolean {
  return metricsExporterType !== 'DISABLE' || healthPort !== 0;
}

/**
 * Everything that a broker shows to those who collect metrics: Apache's metrics, and ours beside them. Source:
 * BrokerMetricsManager.
 */
export class BrokerMetrics implements ExposedPart {
  readonly #parts: ExposedBrokerParts;
  readonly #identity: BrokerIdentity;
  readonly #givenLabels: readonly CommonLabel[];
  readonly #kept = new Map<string, KeptLines>();
  #keptLabels = '';

  /** The statistics must count for metrics. */
  constructor(given: BrokerMetricsParts) {
    const { topics, stats, identity, config, logger } = given;
    this.#identity = identity;
    this.#parts = {
      ...given,
      exposed: stats.exposed!,
      lags: new ConsumerLags(given),
      creations: new Creations((name) => topics.isSystemTopic(name)),
      rpcLatency: new RpcLatency(),
    };
    this.#givenLabels = readCommonLabels(config.metricsLabel, logger);
  }

  /** To be added to all ports. */
  get interceptors(): readonly Interceptor[] {
    return [this.#parts.rpcLatency, this.#parts.creations];
  }

  get exposure() {
    const { clusterName, brokerName } = this.#identity;
    const { metricsInDelta, metricsOtelCardinalityLimit } = this.#parts.config;
    const common: readonly CommonLabel[] = [
      ...this.#givenLabels,
      ...(metricsInDelta ? [['aggregation', 'delta'] as const] : []),
      ['node_type', 'broker'],
      ['cluster', clusterName],
      ['node_id', brokerName],
      ['otel_scope_name', 'broker-meter'],
    ];
    return { common: [...new Map(common)], limit: metricsOtelCardinalityLimit, kept: this.#keptWith(common) };
  }

  /** Kept lines have the labels of the process in them, of which some change while it runs. */
  #keptWith(common: readonly CommonLabel[]): Map<string, KeptLines> {
    const labels = JSON.stringify(common);
    if (labels !== this.#keptLabels) this.#kept.clear();
    this.#keptLabels = labels;
    return this.#kept;
  }

  sources() {
    return [...apacheSources(this.#parts), ...ownSources(this.#parts)];
  }
}
