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
import {
  BROKER_HEARTBEAT,
  CLEAN_BROKER_DATA,
  GET_BROKER_EPOCH_CACHE,
  GET_CONTROLLER_CONFIG,
  knownRequest,
  NOTIFY_BROKER_ROLE_CHANGED,
  ResponseCode,
  UPDATE_CONTROLLER_CONFIG,
} from '@rocketmq-ts/protocol';
import type { IncomingRequest, Interceptor } from '@rocketmq-ts/remoting';
import type { Etcd } from '../etcd/etcd.ts';
import type { Election } from '../group/decision.ts';

/** Microseconds. Source: ControllerMetricsManager#registerMetricsView. */
const LATENCY_BOUNDS = [
  ...[1, 3, 5, 10, 30, 50, 100, 300, 500, 1000, 3000, 5000, 10_000, 30_000, 50_000, 100_000, 300_000, 500_000],
  ...[1_000_000, 3_000_000, 5_000_000, 10_000_000],
];

/**
 * What a 5.4.0 controller shows to Prometheus, by name. What it says of its log of proposals is said here of etcd, which takes
 * its place; the size of that log is none of ours. Source: ControllerMetricsConstant, ControllerMetricsManager.
 */
export const controllerMetrics = {
  role: { type: 'gauge', labels: [], help: 'role of current node' },
  active_broker_num: { type: 'gauge', labels: ['cluster', 'broker_set'], help: 'now active brokers num' },
  request_total: { type: 'counter', labels: ['request_type', 'request_handle_status'], help: 'total request num' },
  election_total: {
    ...{ type: 'counter', labels: ['cluster', 'broker_set', 'election_result'], help: 'total elect num' },
  },
  request_latency_microseconds: {
    ...{ type: 'histogram', labels: ['request_type'], help: 'request latency', bounds: LATENCY_BOUNDS },
  },
  dledger_op_total: {
    ...{ type: 'counter', labels: ['dledger_operation', 'dLedger_operation_status'] },
    help: 'total dledger operation num',
  },
  dledger_op_latency_microseconds: {
    ...{ type: 'histogram', labels: ['dledger_operation', 'dLedger_operation_status'] },
    ...{ help: 'dledger operation latency', bounds: LATENCY_BOUNDS },
  },
} as const satisfies Record<string, ExposedMetric>;

type Name = keyof typeof controllerMetrics;

/**
 * As a 5.4.0 controller shows it: what has changed since it began as a follower. Source: DLedgerController#RoleChangeHandler.
 */
const ROLE = { CANDIDATE: -1, FOLLOWER: 0, LEADER: 1 } as const;

/** Requests whose name here is another one. Source: ControllerMetricsConstant#RequestType. */
const REQUEST_TYPES = new Map(
  [
    GET_BROKER_EPOCH_CACHE,
    NOTIFY_BROKER_ROLE_CHANGED,
    BROKER_HEARTBEAT,
    UPDATE_CONTROLLER_CONFIG,
    GET_CONTROLLER_CONFIG,
    CLEAN_BROKER_DATA,
  ].map(({ code, name }) => [code, `CONTROLLER_${name}`]),
);

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
  readonly #elections = new Map<string, number>();
  readonly #commits = new Map<string, number>();
  readonly #commitLatency = new Histogram(LATENCY_BOUNDS);

  constructor(parts: ControllerMetricsParts) {
    this.#parts = parts;
  }

  /** Source: ControllerRequestProcessor#processRequest. */
  after(request: IncomingRequest, code: number, durationMs: number): void {
    const type = REQUEST_TYPES.get(request.code) ?? knownRequest(request.code)?.name ?? 'null';
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
  elected({ clusterName, brokerName, result }: Election): void {
    add(this.#elections, `${clusterName}@${brokerName}@${result}`);
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
          if (commit.applied) this.#commitLatency.count(Math.floor((clock.monotonicMs() - beganMs) * 1000));
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
      election_total: showAll(Array.from(this.#elections, ([key, count]) => [key.split('@'), count])),
      request_latency_microseconds: (samples: Samples) => {
        for (const [type, latency] of this.#latencies) samples.histogram([type], latency);
        return [];
      },
      dledger_op_total: showAll(Array.from(this.#commits, ([status, count]) => [['append', status], count])),
      dledger_op_latency_microseconds: (samples: Samples) => {
        if (this.#commits.has('success')) samples.histogram(['append', 'success'], this.#commitLatency);
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
