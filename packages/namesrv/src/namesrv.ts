import { type ExposedPart, formatEndpoint, type Health, readCommonLabels, type Service } from '@rocketmq-ts/kernel';
import { ServerBase, type ServerOptions } from '@rocketmq-ts/remoting';
import { serveConfig } from './config-requests.ts';
import type { LiveNamesrvConfig } from './config-table.ts';
import { DepartureQueue } from './departure-queue.ts';
import { serveKvConfig } from './kv-config.ts';
import { KvTable } from './kv-table.ts';
import { Liveness } from './liveness.ts';
import { notifyGroupChange } from './min-broker-id.ts';
import { NamesrvMetrics } from './namesrv-metrics.ts';
import type { LocalBrokerPort } from './reachable-address.ts';
import { serveRegistration } from './registration.ts';
import { serveRoutes } from './route.ts';
import { type GroupChange, RouteTable } from './route-table.ts';
import { serveTopicLists } from './topic-lists.ts';
import { serveWritePermission } from './write-permission.ts';

interface NamesrvOptions extends ServerOptions {
  readonly config: LiveNamesrvConfig;
  /** Set where a broker runs in the same process; see `reachableAddress`. */
  readonly localBrokerPort?: LocalBrokerPort | undefined;
  /** Its metrics are shown by the server that it shares a process with. Default: as its own properties say. */
  readonly isMeasured?: boolean | undefined;
}

/** A name server, to be started and stopped. */
export interface Namesrv extends Service {
  /** The port that it listens on; known after start. */
  readonly port: number;
  /** What it shows to those who collect metrics; undefined where nobody does. */
  readonly metrics: ExposedPart | undefined;
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
  readonly #base: ServerBase;
  readonly #kv: KvTable;
  readonly #liveness: Liveness;
  readonly metrics: ExposedPart | undefined;

  constructor(options: NamesrvOptions) {
    this.#options = options;
    const { logger, config, localBrokerPort } = options;
    this.#base = new ServerBase('name server', options, config.values);
    const { server, platform } = this.#base;
    const { clock, disk, network } = platform;
    const kv = new KvTable(disk, config.values.kvConfigPath);
    this.#kv = kv;
    const table = new RouteTable();
    const onGroupChanges = (changes: GroupChange[]): void => this.#onGroupChanges(changes);
    const departures = new DepartureQueue(table, clock, logger, onGroupChanges);
    this.#liveness = new Liveness(table, departures, clock, logger);
    server.onConnectionClose((connection) => this.#liveness.connectionClosed(connection));
    serveRegistration(server, { table, config, kv, clock, logger, departures, onGroupChanges });
    serveRoutes(server, { table, config, kv, clock, localBrokerPort });
    serveKvConfig(server, kv);
    serveTopicLists(server, table, config, localBrokerPort);
    serveWritePermission(server, table);
    serveConfig(server, { config, disk, network, logger });
    this.metrics = this.#measured(table);
  }

  /** What only metrics show is counted where they are collected. */
  #measured(table: RouteTable): ExposedPart | undefined {
    const { logger, config } = this.#options;
    const { metricsExporterType, metricsLabel, healthPort, bindAddress, listenPort } = config.values;
    if (metricsExporterType === 'DISABLE' && healthPort === 0 && this.#options.isMeasured !== true) return undefined;
    const given = readCommonLabels(metricsLabel, logger);
    const { server } = this.#base;
    const metrics = new NamesrvMetrics({
      table,
      connections: () => server.connectionCount,
      common: () => [
        ...given,
        ['node_type', 'namesrv'],
        ['node_id', formatEndpoint({ host: bindAddress, port: listenPort })],
      ],
    });
    server.intercept(metrics.rpcLatency);
    return metrics;
  }

  get port(): number {
    return this.#base.server.port;
  }

  async start(): Promise<void> {
    const { logger, config } = this.#options;
    this.#kv.load(logger);
    await this.#base.open();
    await this.#base.start({
      start: () => this.#liveness.start(config.values.scanNotActiveBrokerInterval),
      stop: () => this.#liveness.stop(),
    });
  }

  health(): Health {
    return this.#base.health();
  }

  stop(): Promise<void> {
    return this.#base.stop();
  }

  #onGroupChanges(changes: GroupChange[]): void {
    const { config, logger } = this.#options;
    if (!config.values.notifyMinBrokerIdChanged) return;
    for (const change of changes) notifyGroupChange(this.#base.client, logger, change);
  }
}
