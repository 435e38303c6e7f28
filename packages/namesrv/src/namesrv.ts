import {
  Guard,
  guardedPlatform,
  type Health,
  type Logger,
  type Platform,
  type Service,
  type TlsClientOptions,
  type TlsServerOptions,
} from '@rocketmq-ts/kernel';
import { whyUnserved } from '@rocketmq-ts/protocol';
import {
  createRemotingClient,
  createRemotingServer,
  type RemotingClient,
  type RemotingServer,
} from '@rocketmq-ts/remoting';
import { serveConfig } from './config-requests.ts';
import type { LiveNamesrvConfig } from './config-table.ts';
import { DepartureQueue } from './departure-queue.ts';
import { serveKvConfig } from './kv-config.ts';
import { KvTable } from './kv-table.ts';
import { Liveness } from './liveness.ts';
import { notifyGroupChange } from './min-broker-id.ts';
import type { LocalBrokerPort } from './reachable-address.ts';
import { serveRegistration } from './registration.ts';
import { serveRoutes } from './route.ts';
import { type GroupChange, RouteTable } from './route-table.ts';
import { serveTopicLists } from './topic-lists.ts';
import { serveWritePermission } from './write-permission.ts';

/** Why requests are not served: a name server serves all that 5.4.0 has. */
const NO_REASONS: ReadonlyMap<number, string> = new Map();

interface NamesrvOptions {
  readonly platform: Pick<Platform, 'clock' | 'disk' | 'network'>;
  readonly logger: Logger;
  readonly config: LiveNamesrvConfig;
  readonly tls?: TlsServerOptions | undefined;
  /** For its connections to brokers. Default: plain. */
  readonly clientTls?: TlsClientOptions | undefined;
  /** Header codec of what the server sends. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ' | undefined;
  /** Set where a broker runs in the same process; see `reachableAddress`. */
  readonly localBrokerPort?: LocalBrokerPort | undefined;
}

/** A name server, to be started and stopped. */
export interface Namesrv extends Service {
  /** The port that it listens on; known after start. */
  readonly port: number;
  /** It is ready while it listens. */
  health(): Health;
}

/**
 * A name server. Start rejects with the system's code when the port is not available; stop closes all connections and leaves
 * no timer.
 */
export function createNamesrv(options: NamesrvOptions): Namesrv {
  return new NamesrvProcess(options);
}

class NamesrvProcess implements Namesrv {
  readonly #options: NamesrvOptions;
  readonly #guard: Guard;
  readonly #server: RemotingServer;
  readonly #client: RemotingClient;
  readonly #kv: KvTable;
  readonly #liveness: Liveness;
  #isStarted = false;
  #stopping: Promise<void> | undefined;

  constructor(options: NamesrvOptions) {
    this.#options = options;
    const { logger, config, tls, clientTls, serializeType = 'JSON', localBrokerPort } = options;
    this.#guard = new Guard(options.platform.clock, logger);
    const platform = guardedPlatform(options.platform, this.#guard);
    const { clock, disk } = platform;
    const remotingLogger = logger.named('remoting');
    this.#server = createRemotingServer({
      platform,
      logger: remotingLogger,
      host: config.values.bindAddress,
      port: config.values.listenPort,
      tls,
      serializeType,
      idleTimeoutMs: config.values.serverChannelMaxIdleTimeSeconds * 1000,
      whyUnserved: (code) => whyUnserved(code, 'name server', NO_REASONS),
    });
    this.#client = createRemotingClient({ platform, logger: remotingLogger, tls: clientTls, serializeType });
    this.#kv = new KvTable(disk, config.values.kvConfigPath);
    const table = new RouteTable();
    const onGroupChanges = (changes: GroupChange[]): void => this.#onGroupChanges(changes);
    const departures = new DepartureQueue(table, clock, logger, onGroupChanges);
    this.#liveness = new Liveness(table, departures, clock, logger);
    this.#server.onConnectionClose((connection) => this.#liveness.connectionClosed(connection));
    serveRegistration(this.#server, { table, config, kv: this.#kv, clock, logger, departures, onGroupChanges });
    serveRoutes(this.#server, { table, config, kv: this.#kv, clock, localBrokerPort });
    serveKvConfig(this.#server, this.#kv);
    serveTopicLists(this.#server, table, config, localBrokerPort);
    serveWritePermission(this.#server, table);
    serveConfig(this.#server, { config, disk, network: platform.network, logger });
  }

  get port(): number {
    return this.#server.port;
  }

  async start(): Promise<void> {
    const { logger, config } = this.#options;
    this.#kv.load(logger);
    await this.#client.start();
    try {
      await this.#server.start();
    } catch (error) {
      await this.#client.stop();
      throw error;
    }
    this.#liveness.start(config.values.scanNotActiveBrokerInterval);
    this.#isStarted = true;
  }

  health(): Health {
    if (this.#stopping !== undefined) return { defects: [], unready: ['it is stopping'] };
    return { defects: [], unready: this.#isStarted ? [] : ['it is starting'] };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#liveness.stop();
    await this.#server.stop();
    await this.#client.stop();
    this.#guard.flush();
  }

  #onGroupChanges(changes: GroupChange[]): void {
    const { config, logger } = this.#options;
    if (!config.values.notifyMinBrokerIdChanged) return;
    for (const change of changes) notifyGroupChange(this.#client, logger, change);
  }
}
