import {
  type Clock,
  type CommonLabel,
  type ExposedMetric,
  type ExposedPart,
  type ExposedSource,
  Histogram,
  type Samples,
  showAll,
} from '@rocketmq-ts/kernel';
import { knownRequest, ResponseCode } from '@rocketmq-ts/protocol';
import type { IncomingRequest, Interceptor } from '@rocketmq-ts/remoting';
import type { Etcd } from '../etcd/etcd.ts';
import type { ElectionResult } from '../group/decision.ts';

/** Microseconds. Source: ControllerMetricsManager#registerMetricsView. */
const LATENCY_BOUNDS = [
  ...[1, 3, 5, 10, 30, 50, 100, 300, 500, 1000, 3000, 5000, 10_000, 30_000, 50_000, 100_000, 300_000, 500_000],
  ...[1_000_000, 3_000_000, 5_000_000, 10_000_000],
];

/**
 * What a 5.4.0 controller shows to Prometheus, by name. What it says of its log of proposals is said here of etcd, which takes its
 * place; the size of that log is none of ours. Source: ControllerMetricsConstant, ControllerMetricsManager.
 */
export const controllerMetrics = {
  role: { type: 'gauge', labels: [], help: 'role of current node' },
  active_broker_num: { type: 'gauge', labels: ['cluster', 'broker_set'], help: 'now active brokers num' },
  request_total: { type: 'counter', labels: ['request_type', 'request_handle_status'], help: 'total request num' },
  election_total: { type: 'counter', labels: ['election_result'], help: 'total elect num' },
  request_latency_microseconds: {
    ...{ type: 'histogram', labels: ['request_type'], help: 'request latency', bounds: LATENCY_BOUNDS },
  },
  dledger_op_total: {
    ...{ type: 'counter', labels: ['dledger_operation', 'dLedger_operation_status'] },
    help: 'total dledger operation num',
  },
  dledger_op_latency_microseconds: {
    ...{ type: 'histogram', labels: ['dledger_operation'], help: 'dledger operation latency', bounds: LATENCY_BOUNDS },
  },
} as const satisfies Record<string, ExposedMetric>;

type Name = keyof typeof controllerMetrics;

/** Source: ControllerMetricsManager#getRoleValue. */
const ROLE = { UNKNOWN: 0, CANDIDATE: 1, FOLLOWER: 2, LEADER: 3 } as const;

interface ControllerMetricsParts {
  readonly clock: Clock;
  readonly common: () => readonly CommonLabel[];
  readonly isLeading: () => boolean;
  readonly knowsLeader: () => boolean;
  readonly activeBrokers: () => Iterable<readonly [cluster: string, brokerName: string, count: number]>;
}

/** Counts what a controller does, and shows it. */
export class ControllerMetrics implements ExposedPart, Interceptor {
  readonly #parts: ControllerMetricsParts;
  /** By type and status with `@` in between. */
  readonly #requests = new Map<string, number>();
  readonly #latencies = new Map<string, Histogram>();
  readonly #elections = new Map<ElectionResult, number>();
  readonly #commits = new Map<string, number>();
  readonly #commitLatency = new Histogram(LATENCY_BOUNDS);

  constructor(parts: ControllerMetricsParts) {
    this.#parts = parts;
  }

  /** Source: ControllerRequestProcessor#processRequest. */
  after(request: IncomingRequest, code: number, durationMs: number): void {
    const type = knownRequest(request.code)?.name ?? 'null';
    const isFailed = code === ResponseCode.SYSTEM_ERROR;
    add(this.#requests, `${type}@${isFailed ? 'failed' : 'success'}`);
    if (isFailed) return;
    let latency = this.#latencies.get(type);
    if (latency === undefined) {
      latency = new Histogram(LATENCY_BOUNDS);
      this.#latencies.set(type, latency);
    }
    latency.count(Math.floor(durationMs * 1000));
  }

  /** A master was looked for. */
  elected(result: ElectionResult): void {
    add(this.#elections, result);
  }

  /** The same etcd, whose commits are counted. */
  watched(etcd: Etcd): Etcd {
    const { clock } = this.#parts;
    return {
      ...etcd,
      read: (prefix) => etcd.read(prefix),
      grantLease: (ttlMs) => etcd.grantLease(ttlMs),
      keepLease: (id) => etcd.keepLease(id),
      revokeLease: (id) => etcd.revokeLease(id),
      watch: (...args) => etcd.watch(...args),
      close: () => etcd.close(),
      commit: async (transaction) => {
        const beganMs = clock.monotonicMs();
        try {
          const commit = await etcd.commit(transaction);
          add(this.#commits, commit.applied ? 'success' : 'failed');
          this.#commitLatency.count(Math.floor((clock.monotonicMs() - beganMs) * 1000));
          return commit;
        } catch (error) {
          add(this.#commits, 'timeout');
          throw error;
        }
      },
    };
  }

  get exposure() {
    return { common: this.#parts.common(), limit: Number.POSITIVE_INFINITY };
  }

  sources(): ExposedSource[] {
    const { isLeading, knowsLeader, activeBrokers } = this.#parts;
    const role = isLeading() ? ROLE.LEADER : knowsLeader() ? ROLE.FOLLOWER : ROLE.CANDIDATE;
    const shows: Readonly<Record<Name, ExposedSource['show']>> = {
      role: showAll([[[], role]]),
      active_broker_num: showAll(Array.from(activeBrokers(), ([cluster, name, count]) => [[cluster, name], count])),
      request_total: showAll(Array.from(this.#requests, ([key, count]) => [key.split('@'), count])),
      election_total: showAll(Array.from(this.#elections, ([result, count]) => [[result], count])),
      request_latency_microseconds: (samples: Samples) => {
        for (const [type, latency] of this.#latencies) samples.histogram([type], latency);
        return [];
      },
      dledger_op_total: showAll(Array.from(this.#commits, ([status, count]) => [['append', status], count])),
      dledger_op_latency_microseconds: (samples: Samples) => {
        if (this.#commits.size > 0) samples.histogram(['append'], this.#commitLatency);
        return [];
      },
    };
    return (Object.keys(controllerMetrics) as Name[]).map((name) => {
      return { name, metric: controllerMetrics[name], show: shows[name] };
    });
  }
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
