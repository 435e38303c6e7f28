import type { TlsClientOptions, TlsServerOptions } from '@rocketmq-ts/kernel';
import {
  formatEndpoint,
  Guard,
  guardedPlatform,
  type Health,
  type Logger,
  type Platform,
  type Service,
} from '@rocketmq-ts/kernel';
import { whyUnserved } from '@rocketmq-ts/protocol';
import {
  createRemotingClient,
  createRemotingServer,
  type RemotingClient,
  type RemotingServer,
} from '@rocketmq-ts/remoting';
import type { LiveControllerConfig } from './config/config-table.ts';
import { type Peers, placeOf } from './config/peers.ts';
import type { Etcd } from './etcd/etcd.ts';
import { Failover } from './failover/failover.ts';
import { notifyRoleChange } from './failover/role-notices.ts';
import type { GroupState } from './group/group-state.ts';
import { GroupTable } from './group/group-table.ts';
import { Leadership } from './leadership/leadership.ts';
import { LiveBrokers } from './live/live-brokers.ts';
import { serveConfig } from './request/config-requests.ts';
import { serveGroups } from './request/group-requests.ts';
import { serveEveryController } from './request/heartbeat-requests.ts';

const NO_REASONS: ReadonlyMap<number, string> = new Map();

interface ControllerOptions {
  readonly platform: Pick<Platform, 'clock' | 'disk' | 'network'>;
  readonly logger: Logger;
  readonly config: LiveControllerConfig;
  readonly peers: Peers;
  /** It runs in the process of a name server, and its properties are in that one's file. Default: false. */
  readonly isInNamesrv?: boolean;
  /** Address for brokers where the configuration names no peers; the port is that of the listener. */
  readonly localHost: string;
  /** Opened by `start`, closed by `stop`. */
  readonly connectEtcd: () => Promise<Etcd>;
  readonly tls?: TlsServerOptions | undefined;
  /** For its connections to brokers. Default: plain. */
  readonly clientTls?: TlsClientOptions | undefined;
  /** Header codec of what the server sends. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ' | undefined;
}

/** A controller, to be started and stopped. */
export interface Controller extends Service {
  /** The port that it listens on; known after start. */
  readonly port: number;
  /** Whether it leads now, and answers requests about groups. */
  readonly isLeading: boolean;
  /** For probes. It is ready while it hears from etcd and knows which controller leads; a new start mends neither, so that it always lives. */
  health(): Health;
}

/**
 * A controller. Start rejects with the system's code when the port is not available, not because etcd is: it is tried until it answers.
 * Stop gives the lead to another controller.
 */
export function createController(options: ControllerOptions): Controller {
  return new ControllerProcess(options);
}

class ControllerProcess implements Controller {
  readonly #options: ControllerOptions;
  readonly #guard: Guard;
  readonly #platform: Pick<Platform, 'clock' | 'disk' | 'network'>;
  readonly #server: RemotingServer;
  readonly #client: RemotingClient;
  readonly #live: LiveBrokers;
  readonly #failover: Failover;
  #etcd: Etcd | undefined;
  #leadership: Leadership | undefined;
  #groups: GroupTable | undefined;
  #peers: Pick<Peers, 'group' | 'all'>;
  #stopping: Promise<void> | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { logger, config, peers, isInNamesrv = false, tls, clientTls, serializeType = 'JSON' } = options;
    this.#peers = peers;
    this.#guard = new Guard(options.platform.clock, logger);
    this.#platform = guardedPlatform(options.platform, this.#guard);
    const { clock, disk, network } = this.#platform;
    const remotingLogger = logger.named('remoting');
    const { values } = config;
    this.#server = createRemotingServer({
      platform: this.#platform,
      logger: remotingLogger,
      host: values.bindAddress,
      port: (peers.self && placeOf(peers.self)?.port) ?? values.listenPort,
      tls,
      serializeType,
      idleTimeoutMs: values.serverChannelMaxIdleTimeSeconds * 1000,
      whyUnserved: (code) => whyUnserved(code, 'controller', NO_REASONS),
    });
    this.#client = createRemotingClient({
      platform: this.#platform,
      logger: remotingLogger,
      tls: clientTls,
      serializeType,
    });
    this.#live = new LiveBrokers({
      clock,
      logger,
      silenceLimitMs: () => values.brokerSilenceLimitMillis,
      onDead: (brokerName) => this.#failover.check(brokerName),
    });
    const groups = (): GroupTable | undefined => (this.isLeading ? this.#groups : undefined);
    const onElected = (state: GroupState): void => this.#onElected(state);
    this.#failover = new Failover({
      clock,
      logger,
      live: this.#live,
      scanMs: values.scanInactiveMasterInterval,
      allowUnclean: () => values.enableElectUncleanMaster,
      groups,
      onElected,
    });
    const live = this.#live;
    serveEveryController(this.#server, {
      live,
      peers: () => this.#peers,
      leadership: () => this.#leadership,
    });
    serveGroups(this.#server, { config, live, groups, onElected });
    serveConfig(this.#server, { config, isInNamesrv, disk, network, logger });
  }

  get port(): number {
    return this.#server.port;
  }

  get isLeading(): boolean {
    return this.#leadership?.term !== undefined;
  }

  async start(): Promise<void> {
    const { logger, config, peers, localHost, connectEtcd } = this.#options;
    this.#etcd = await connectEtcd();
    await this.#client.start();
    try {
      await this.#server.start();
    } catch (error) {
      await this.#client.stop();
      this.#etcd.close();
      throw error;
    }
    // Where the peers name the port, listenPort says what it is, as in Apache's.
    if (peers.self !== undefined) config.settle({ listenPort: this.port });
    const address = formatEndpoint({ host: localHost, port: this.port });
    const self = peers.self ?? { id: address, address };
    if (peers.self === undefined) this.#peers = { group: peers.group, all: [self] };
    this.#live.start();
    this.#failover.start();
    const prefix = `${config.values.etcdPrefix}/${peers.group}`;
    this.#leadership = new Leadership({
      etcd: this.#etcd,
      clock: this.#platform.clock,
      logger,
      key: `${prefix}/leader`,
      self,
      leaseMs: config.values.leaderLeaseMillis,
      prepare: (term) => this.#prepare(term, prefix),
      onLoss: () => {
        this.#groups = undefined;
      },
    });
    await this.#leadership.start();
  }

  health(): Health {
    if (this.#stopping !== undefined) return { defects: [], unready: ['it is stopping'] };
    const problem = this.#leadership === undefined ? 'it is starting' : this.#leadership.problem;
    return { defects: [], unready: problem === undefined ? [] : [problem] };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#failover.stop();
    await this.#leadership?.stop();
    this.#live.stop();
    await this.#server.stop();
    await this.#client.stop();
    this.#etcd?.close();
    this.#guard.flush();
  }

  async #prepare(term: number, prefix: string): Promise<void> {
    const groups = new GroupTable({
      etcd: this.#etcd!,
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
    if (config.values.notifyBrokerRoleChanged) notifyRoleChange(this.#client, this.#live, logger, state);
  }
}
