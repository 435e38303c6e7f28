import {
  type CommonLabel,
  type ExposedMetric,
  type ExposedPart,
  type ExposedSource,
  showAll,
} from '@rocketmq-ts/kernel';
import { RPC_LATENCY, RpcLatency } from '@rocketmq-ts/remoting';
import type { RouteTable } from './route-table.ts';

/** What a name server shows to those who collect metrics; Apache's has none. */
export const namesrvMetrics = {
  rocketmq_ts_namesrv_rpc_latency_milliseconds: {
    ...RPC_LATENCY,
    help: 'from the arrival of a request to its answer',
  },
  rocketmq_ts_namesrv_brokers: {
    ...{ type: 'gauge', labels: ['cluster'] },
    help: 'brokers that are registered, masters and slaves',
  },
  rocketmq_ts_namesrv_broker_names: {
    ...{ type: 'gauge', labels: ['cluster'] },
    help: 'broker names: a master with its slaves counts once',
  },
  rocketmq_ts_namesrv_brokers_without_master: {
    ...{ type: 'gauge', labels: ['cluster'] },
    help: 'broker names of which only slaves are registered',
  },
  rocketmq_ts_namesrv_topics: { type: 'gauge', labels: [], help: 'topics that some broker has' },
  rocketmq_ts_namesrv_connections: { type: 'gauge', labels: [], help: 'open connections' },
} as const satisfies Record<string, ExposedMetric>;

type Name = keyof typeof namesrvMetrics;

interface NamesrvMetricsParts {
  readonly table: RouteTable;
  readonly connections: () => number;
  readonly common: () => readonly CommonLabel[];
}

/** The metrics of a name server. */
export class NamesrvMetrics implements ExposedPart {
  readonly rpcLatency = new RpcLatency();
  readonly #parts: NamesrvMetricsParts;

  constructor(parts: NamesrvMetricsParts) {
    this.#parts = parts;
  }

  get exposure() {
    return { common: this.#parts.common(), limit: Number.POSITIVE_INFINITY };
  }

  sources(): ExposedSource[] {
    const { table, connections } = this.#parts;
    const counts = new Map<string, { brokers: number; names: number; masterless: number }>();
    for (const { clusterName, addresses } of table.brokers.groups()) {
      const count = counts.get(clusterName) ?? { brokers: 0, names: 0, masterless: 0 };
      counts.set(clusterName, count);
      count.brokers += addresses.size;
      count.names += 1;
      if (!addresses.has(0)) count.masterless += 1;
    }
    const of = (field: 'brokers' | 'names' | 'masterless'): ExposedSource['show'] =>
      showAll([...counts].map(([cluster, count]) => [[cluster], count[field]] as const));
    const shows: Readonly<Record<Name, ExposedSource['show']>> = {
      rocketmq_ts_namesrv_rpc_latency_milliseconds: (samples) => this.rpcLatency.show(samples),
      rocketmq_ts_namesrv_brokers: of('brokers'),
      rocketmq_ts_namesrv_broker_names: of('names'),
      rocketmq_ts_namesrv_brokers_without_master: of('masterless'),
      rocketmq_ts_namesrv_topics: showAll([[[], table.topics.size]]),
      rocketmq_ts_namesrv_connections: showAll([[[], connections()]]),
    };
    return (Object.keys(namesrvMetrics) as Name[]).map((name) => {
      return { name, metric: namesrvMetrics[name], show: shows[name] };
    });
  }
}
