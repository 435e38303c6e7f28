import type { Network } from '@rocketmq-ts/kernel';
import { createMessageStore, type MessageStore, type StoreConfig } from '@rocketmq-ts/store';
import {
  LogLines,
  recordOf,
  SimulatedEnvironment,
  type SimulatedEnvironmentOptions,
  type SimulatedPlatform,
  SimulatedProcess,
  smallStore,
  smallStoreFiles,
} from '@rocketmq-ts/testkit';
import { createHaClient, createHaService, type HaClient, type HaService } from '../src/index.ts';

export const ROOT = '/store';
export const HA_PORT = 10912;

/** Apache's defaults. */
export const haDefaults = {
  haSendHeartbeatInterval: 5000,
  haHousekeepingInterval: 20_000,
  haTransferBatchSize: 32_768,
  haFlowControlEnable: false,
  maxHaTransferByteInSecond: 104_857_600,
  haMaxGapNotInSync: 268_435_456,
};

export type HaSettings = { -readonly [Key in keyof typeof haDefaults]: (typeof haDefaults)[Key] };

/** One broker's store with its replication port, and as a slave its client; in a process that can be killed. */
export class Replica {
  readonly name: string;
  readonly platform: SimulatedPlatform;
  readonly log = new LogLines();
  readonly ha: HaSettings = { ...haDefaults };
  readonly #storeConfig: Partial<StoreConfig>;
  #process: SimulatedProcess | undefined;
  store!: MessageStore;
  service!: HaService;
  client: HaClient | undefined;
  /** As a slave it may cut its log. */
  mayTruncate = false;
  /** Calls of onAcks. */
  acks = 0;

  constructor(environment: SimulatedEnvironment, name: string, storeConfig: Partial<StoreConfig> = {}) {
    this.name = name;
    this.platform = environment.machine(name);
    this.#storeConfig = storeConfig;
  }

  get network(): Network {
    return this.platform.network;
  }

  /** Starts it; with `follows` as a slave of that master. */
  async start(follows?: Replica): Promise<void> {
    this.#process = new SimulatedProcess(this.platform);
    const { clock, disk, network } = this.#process.platform;
    const config = { ...smallStoreFiles, ...this.#storeConfig };
    const platform = { clock, disk };
    const { logger } = this.log;
    this.store = createMessageStore({ ...smallStore, root: ROOT, config, platform, logger });
    await this.store.start();
    const parts = {
      ...{ clock, network, logger, store: this.store, config: this.ha },
      fileSizeBytes: config.mappedFileSizeCommitLog,
    };
    this.service = createHaService({ ...parts, host: '0.0.0.0', port: HA_PORT, onAcks: () => this.acks++ });
    await this.service.start();
    this.client = undefined;
    if (follows === undefined) return;
    this.client = createHaClient({ ...parts, mayTruncate: () => this.mayTruncate });
    this.store.promise({ acknowledge: 'none', refusal: 'SERVICE_NOT_AVAILABLE', visible: 'own' });
    this.client.follow(`${follows.name}:${HA_PORT}`);
    this.client.start();
  }

  async stop(): Promise<void> {
    await this.client?.stop();
    await this.service.stop();
    await this.platform.clock.run(this.store.stop());
  }

  /** As SIGKILL, or as a loss of power. */
  kill(environment: SimulatedEnvironment, how: 'kill' | 'power loss' = 'kill'): void {
    this.#process?.end();
    environment.network.killHost(this.name);
    if (how === 'kill') this.platform.disk.killProcess();
    else this.platform.disk.crash();
  }

  put(count: number, bytes = 100, topic = 'T'): void {
    for (let i = 0; i < count; i++) {
      const body = Buffer.alloc(bytes, `${i} of ${count} `);
      const { status } = this.store.put(recordOf({ topic, queueId: i % 3, body }), undefined, true);
      if (status !== 'PUT_OK') throw new Error(status);
    }
  }

  /** Bytes of the log from the beginning of a file on. */
  logBytes(from: number, to: number): Buffer {
    const names = this.platform.disk.list(`${ROOT}/commitlog`).map(({ name }) => name);
    const files = names.filter((name) => Number(name) >= from);
    const bytes = Buffer.concat(files.map((name) => this.platform.disk.readFile(`${ROOT}/commitlog/${name}`)!));
    return bytes.subarray(0, to - from);
  }
}

export interface Pair {
  readonly environment: SimulatedEnvironment;
  readonly master: Replica;
  readonly slave: Replica;
  advance(ms: number): Promise<void>;
}

/** A master that runs, and a slave that does not yet. */
export async function masterAndSlave(
  seed: number,
  options: SimulatedEnvironmentOptions = {},
  storeConfig: Partial<StoreConfig> = {},
): Promise<Pair> {
  const environment = new SimulatedEnvironment(seed, options);
  const master = new Replica(environment, 'master', storeConfig);
  const slave = new Replica(environment, 'slave', storeConfig);
  await master.start();
  return { environment, master, slave, advance: (ms) => environment.clock.advance(ms) };
}
