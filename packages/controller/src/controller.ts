import {
  type CommonLabel,
  type ExposedPart,
  formatEndpoint,
  type Health,
  readCommonLabels,
  type Service,
} from '@rocketmq-ts/kernel';
import { ServerBase, type ServerOptions } from '@rocketmq-ts/remoting';
import type { LiveControllerConfig } from './config/config-table.ts';
import { type Peers, placeOf } from './config/peers.ts';
import type { Etcd } from './etcd/etcd.ts';
import { Failover } from './failover/failover.ts';
import { notifyRoleChange } from './failover/role-notices.ts';
import type { Election } from './group/decision.ts';
import type { GroupState } from './group/group-state.ts';
import { GroupTable } from './group/group-table.ts';
import { Leadership } from './leadership/leadership.ts';
import { LiveBrokers } from './live/live-brokers.ts';
import { ControllerMetrics } from './metrics/controller-metrics.ts';
import { serveConfig } from './request/config-requests.ts';
import { serveGroups } from './request/group-requests.ts';
import { serveEveryController } from './request/heartbeat-requests.ts';

interface ControllerOptions extends ServerOptions {
  readonly config: LiveControllerConfig;
  readonly peers: Peers;
  /** It runs in the process of a name server, and its properties are in that one's file. Default: false. */
  readonly isInNamesrv?: boolean;
  /** Address for brokers where the configuration names no peers; the port is that of the listener. */
  readonly localHost: string;
  /** Opened by `start`, closed by `stop`. */
  readonly connectEtcd: () => Promise<Etcd>;
}

/** A controller, to be started and stopped. */
export interface Controller extends Service {
  /** The port that it listens on; known after start. */
  readonly port: number;
  /** Whether it leads now, and answers requests about groups. */
  readonly isLeading: boolean;
  /** What it shows to those who collect metrics; undefined where nobody does. */
  readonly metrics: ExposedPart | undefined;
  /**
   * For probes. It is ready while it hears from etcd and knows which controller leads; a new start mends neither, so that it
   * always lives.
   */
  health(): Health;
}

/**
 * A controller. Start rejects with the system's code when the port is not available, not because etcd is: it is tried until it
 * answers. Stop gives the lead to another controller.
 */
export function createController(options: ControllerOptions): Controller {
  return new ControllerProcess(options);
}

class ControllerProcess implements Controller {
  readonly #options: ControllerOptions;
  readonly #base: ServerBase;
  readonly #live: LiveBrokers;
  readonly #failover: Failover;
  readonly metrics: ControllerMetrics | undefined;
  #leadership: Leadership | undefined;
  #groups: GroupTable | undefined;
  #peers: Pick<Peers, 'group' | 'all'>;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { logger, config, peers, isInNamesrv = false } = options;
    const { values } = config;
    this.#peers = peers;
    const listenPort = (peers.self && placeOf(peers.self)?.port) ?? values.listenPort;
    this.#base = new ServerBase('controller', options, {
      ...{ bindAddress: values.bindAddress, listenPort },
      get serverChannelMaxIdleTimeSeconds() {
        return values.serverChannelMaxIdleTimeSeconds;
      },
    });
    const { server, platform } = this.#base;
    const { clock, disk, network } = platform;
    this.#live = new LiveBrokers({
      clock,
      logger,
      silenceLimitMs: () => values.brokerSilenceLimitMillis,
      onDead: (brokerName) => this.#failover.check(brokerName),
    });
    this.metrics = this.#measured();
    const groups = (): GroupTable | undefined => (this.isLeading ? this.#groups : undefined);
    const onElected = (state: GroupState): void => this.#onElected(state);
    const onElection = (election: Election): void => this.metrics?.elected(election);
    this.#failover = new Failover({
      clock,
      logger,
      live: this.#live,
      scanMs: values.scanInactiveMasterInterval,
      allowUnclean: () => values.enableElectUncleanMaster,
      groups,
      onElected,
      onElection,
    });
    const live = this.#live;
    serveEveryController(server, {
      live,
      peers: () => this.#peers,
      leadership: () => this.#leadership,
    });
    serveGroups(server, { config, live, groups, onElected, onElection });
    serveConfig(server, { config, isInNamesrv, hasPeers: peers.self !== undefined, disk, network, logger });
  }

  /** What only metrics show is counted where they are collected. */
  #measured(): ControllerMetrics | undefined {
    const { logger, config } = this.#options;
    const { metricsExporterType, metricsLabel, healthPort } = config.values;
    if (metricsExporterType === 'DISABLE' && healthPort === 0) return undefined;
    const given = readCommonLabels(metricsLabel, logger);
    const metrics = new ControllerMetrics({
      clock: this.#base.platform.clock,
      common: () => [...given, ...this.#ownLabels()],
      isLeading: () => this.isLeading,
      knowsLeader: () => this.#leadership?.leader !== undefined,
      activeBrokers: () => this.#live.counts(),
    });
    this.#base.server.intercept(metrics);
    return metrics;
  }

  /** Source: ControllerMetricsManager. */
  #ownLabels(): readonly CommonLabel[] {
    const { group, all } = this.#peers;
    const self = this.#options.peers.self ?? all[0];
    return [
      ['address', self?.address ?? ''],
      ['group', group],
      ['peer_id', self?.id ?? ''],
      ['otel_scope_name', 'controller'],
    ];
  }

  get port(): number {
    return this.#base.server.port;
  }

  get isLeading(): boolean {
    return this.#leadership?.term !== undefined;
  }

  async start(): Promise<void> {
    const { logger, config, peers, localHost, connectEtcd } = this.#options;
    const connected = await connectEtcd();
    await this.#base.start({ stop: () => connected.close() });
    const etcd = this.metrics?.watched(connected) ?? connected;
    await this.#base.open();
    // Where the peers name the port, listenPort says what it is, as in Apache's.
    if (peers.self !== undefined) config.settle({ listenPort: this.port });
    const address = formatEndpoint({ host: localHost, port: this.port });
    const self = peers.self ?? { id: address, address };
    if (peers.self === undefined) this.#peers = { group: peers.group, all: [self] };
    await this.#base.start(this.#live);
    const prefix = `${config.values.etcdPrefix}/${peers.group}`;
    const leadership = new Leadership({
      etcd,
      clock: this.#base.platform.clock,
      logger,
      key: `${prefix}/leader`,
      self,
      leaseMs: config.values.leaderLeaseMillis,
      prepare: (term) => this.#prepare(etcd, term, prefix),
      onLoss: () => {
        this.#groups = undefined;
      },
    });
    this.#leadership = leadership;
    // Its start may wait for etcd for long; a stop meanwhile ends it too.
    await this.#base.start({ stop: () => leadership.stop() });
    await this.#base.start(this.#failover);
    await leadership.start();
  }

  health(): Health {
    return this.#base.health(this.#leadership === undefined ? 'it is starting' : this.#leadership.problem);
  }

  stop(): Promise<void> {
    return this.#base.stop();
  }

  async #prepare(etcd: Etcd, term: number, prefix: string): Promise<void> {
    const groups = new GroupTable({
      etcd,
      logger: this.#options.logger,
      prefix: `${prefix}/groups/`,
      leaderKey: `${prefix}/leader`,
      term,
      isLeading: () => this.#leadership?.term === term,
      onLost: () => this.#leadership?.lost(term),
    });
    await groups.load();
    this.#groups = groups;
  }

  #onElected(state: GroupState): void {
    const { logger, config } = this.#options;
    if (config.values.notifyBrokerRoleChanged) notifyRoleChange(this.#base.client, this.#live, logger, state);
  }
}
