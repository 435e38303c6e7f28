import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientLogger, type Logger, type LoggerLike, silentLogger } from '@rocketmq-ts/client';
import { type Disk, nodeDisk, nodePlatform } from '@rocketmq-ts/kernel';
import { Activity } from '../clock/activity.ts';
import { ClusterClock } from '../clock/cluster-clock.ts';
import { TestingError } from '../errors.ts';
import { OWN_GROUP } from '../messages/caller.ts';
import { Deliveries } from '../messages/deliveries.ts';
import { DeliveryTap } from '../messages/delivery-tap.ts';
import { InFlight } from '../network/in-flight.ts';
import { Links } from '../network/links.ts';
import type { SharedNetwork } from '../network/machine-network.ts';
import { ReservedPorts } from '../network/reserved-ports.ts';
import { makeBroker, makeNameServer } from '../servers/make-server.ts';
import { SimulatedDisk } from '../simulated/disk.ts';
import { SeededRandom } from '../simulated/random.ts';
import type { ClusterSettings } from './options.ts';
import { ClusterServer } from './server.ts';

export const NAME_SERVER = 'namesrv';
const HOST = '127.0.0.1';
const MIB = 1024 * 1024;
/** A disk in memory takes no more. */
const MEMORY_DISK_BYTES = 1024 * MIB;

/** Files that suit messages of a test, and clients that are not forgotten when the clock is moved: their own one may be real. */
const TEST_BROKER: Readonly<Record<string, string>> = {
  bindAddress: HOST,
  brokerIP1: HOST,
  brokerIP2: HOST,
  mappedFileSizeCommitLog: String(16 * MIB),
  mappedFileSizeConsumeQueue: '20000',
  maxHashSlotNum: '1000',
  maxIndexNum: '4000',
  channelExpiredTimeout: String(2 ** 31 - 1),
  serverChannelMaxIdleTimeSeconds: '2000000',
};
const TEST_NAME_SERVER: Readonly<Record<string, string>> = {
  bindAddress: HOST,
  serverChannelMaxIdleTimeSeconds: '2000000',
};

/** Makes the servers of a cluster and what they share; starts none. */
export class ServerMaker {
  readonly clock: ClusterClock;
  readonly links = new Links();
  readonly deliveries = new Deliveries();
  readonly shared: SharedNetwork;
  /** For clients; undefined: nothing is logged. */
  readonly clientLogger: LoggerLike | Logger | undefined;
  readonly #settings: ClusterSettings;
  readonly #ports = new ReservedPorts();
  readonly #logger: Logger;
  #folder: string | undefined;
  #isOver = false;

  constructor(settings: ClusterSettings) {
    const activity = new Activity();
    this.#settings = settings;
    this.clock = new ClusterClock(settings.clock === 'virtual', activity);
    const inFlight = new InFlight(activity);
    this.shared = { clock: this.clock, activity, links: this.links, inFlight, ports: this.#ports };
    const { logger } = settings;
    this.clientLogger = logger;
    this.#logger = logger === undefined ? silentLogger : clientLogger(logger, () => this.clock.monotonicMs());
  }

  /** From now on nothing is started any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Throws TestingError `CLUSTER_STOPPED` when the cluster has begun to stop. */
  needRunning(): void {
    if (this.#isOver) throw new TestingError('CLUSTER_STOPPED', 'The cluster is stopped.');
  }

  async nameServer(): Promise<ClusterServer> {
    const port = await this.#ports.hold(this.#settings.namesrvPort, true);
    const root = this.#rootOf(NAME_SERVER);
    return this.#server(NAME_SERVER, port, {
      create: makeNameServer,
      properties: {
        ...TEST_NAME_SERVER,
        listenPort: String(port),
        kvConfigPath: `${root}/kvConfig.json`,
        configStorePath: `${root}/namesrv.properties`,
        ...this.#settings.nameServerProperties,
      },
    });
  }

  async broker(name: string, namesrvAddr: string): Promise<ClusterServer> {
    const port = await this.#ports.holdPair();
    const haPort = await this.#ports.hold(0, false);
    return this.#server(name, port, {
      create: (platform, logger, properties) => makeBroker(platform, logger, name, properties),
      properties: {
        ...TEST_BROKER,
        brokerName: name,
        namesrvAddr,
        listenPort: String(port),
        haListenPort: String(haPort),
        storePathRootDir: this.#rootOf(name),
        ...this.#settings.brokerProperties,
      },
      makeTap: () =>
        new DeliveryTap((group, messages) => {
          if (group !== OWN_GROUP) this.deliveries.add(group, messages, name, this.clock.now());
        }),
    });
  }

  /** Frees ports that no server took, and removes the folder. */
  async close(): Promise<void> {
    this.links.mend();
    await this.#ports.close();
    if (this.#folder !== undefined) nodeDisk.remove(this.#folder);
    this.#folder = undefined;
  }

  #server(
    name: string,
    port: number,
    rest: Pick<ConstructorParameters<typeof ClusterServer>[0], 'create' | 'properties' | 'makeTap'>,
  ): ClusterServer {
    const { clock, shared } = this;
    return new ClusterServer({
      ...{ name, port, clock, shared, disk: this.#disk(), logger: this.#logger },
      needRunning: () => this.needRunning(),
      ...rest,
    });
  }

  #disk(): Disk {
    if (this.#settings.store === 'folder') return nodeDisk;
    const random = new SeededRandom(1);
    return new SimulatedDisk({ clock: this.clock, random, totalBytes: MEMORY_DISK_BYTES, writeBackChance: 0 });
  }

  #rootOf(name: string): string {
    if (this.#settings.store === 'memory') return `/${name}`;
    this.#folder ??= join(tmpdir(), `rocketmq-ts-${nodePlatform.random.bytes(8).toString('hex')}`);
    const root = join(this.#folder, name);
    nodeDisk.makeDirectory(root);
    return root;
  }
}
