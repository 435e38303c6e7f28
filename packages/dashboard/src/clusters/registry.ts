import { dirname } from 'node:path';
import { type Admin, type Credentials, createAdmin } from '@rocketmq-ts/admin';
import {
  asError,
  type Logger,
  type Platform,
  replaceFile,
  type Service,
  splitEndpoints,
  type TlsClientOptions,
} from '@rocketmq-ts/kernel';
import { Collector } from '../collect/collector.ts';
import { ClusterModel } from '../collect/model.ts';
import { ConsoleError } from '../errors.ts';
import type { ClusterHistory, History } from '../history/history.ts';
import { Sampler } from '../history/sampler.ts';

/** A cluster that the console is to look at. */
export interface ClusterSetting {
  /** `host:port`, several separated by `;`. */
  readonly namesrvAddr: string;
  /** As it is shown. Default: the addresses. */
  readonly name?: string | undefined;
}

/** One of the clusters of the console; none is a global one. */
export interface Cluster {
  /** In addresses of pages; the same after each start for the same name servers. */
  readonly id: string;
  readonly name: string;
  readonly namesrvAddresses: readonly string[];
  /** Added in the console, not by its configuration; can be removed there. */
  readonly isAdded: boolean;
  readonly admin: Admin;
  /** What was collected last. */
  readonly model: ClusterModel;
  readonly history: ClusterHistory;
  /** Collects now what is asked for most: discovery and figures of brokers. */
  refresh(): Promise<void>;
  /** Reads which topics and groups there are: to be awaited by a handler that changed some. Never rejects. */
  refreshTables(): Promise<void>;
}

export interface RegistryOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly clusters: readonly ClusterSetting[];
  readonly history: History;
  /** Where clusters are kept that were added in the console; undefined: until the end of the process. */
  readonly savedPath: string | undefined;
  /** False: no history is written; what the pages show now is collected still. */
  readonly keepsHistory: boolean;
  readonly credentials?: Credentials | undefined;
  readonly tls?: TlsClientOptions | undefined;
  readonly timeoutMs?: number | undefined;
  /** Called in each round of a collector. */
  readonly onRound?: ((cluster: Cluster) => void) | undefined;
}

/** Clusters at most: each has its own connections and memory. */
const MAX_CLUSTERS = 32;

/** The clusters of the console, each with its own connections, data and history. */
export class ClusterRegistry implements Service {
  readonly #options: RegistryOptions;
  readonly #clusters = new Map<string, Running>();
  #isRunning = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    for (const setting of options.clusters) this.#make(setting, false);
  }

  async start(): Promise<void> {
    for (const setting of this.#readAdded()) {
      if (this.#findSame(splitEndpoints(setting.namesrvAddr)) === undefined) this.#make(setting, true);
    }
    this.#isRunning = true;
    for (const each of this.#clusters.values()) await each.start();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all([...this.#clusters.values()].map((each) => each.stop()));
  }

  /** In the order of the configuration, then those that were added. */
  list(): readonly Cluster[] {
    return [...this.#clusters.values()].map(({ cluster }) => cluster);
  }

  /** Throws NOT_FOUND. */
  get(id: string): Cluster {
    const found = this.#clusters.get(id);
    if (found === undefined) throw new ConsoleError('NOT_FOUND', `the console has no cluster ${id}`);
    return found.cluster;
  }

  /** Adds a cluster and keeps it for the next start. Throws BAD_REQUEST, CONFLICT, NOT_SAVED. */
  async add(setting: ClusterSetting): Promise<Cluster> {
    const addresses = splitEndpoints(setting.namesrvAddr);
    if (addresses.length === 0) throw new ConsoleError('BAD_REQUEST', 'namesrvAddr has no address');
    for (const address of addresses) {
      if (!/^(\[[\da-fA-F:.%\w]+\]|[^\s:[\]/]+):\d{1,5}$/.test(address))
        throw new ConsoleError('BAD_REQUEST', `${address} is not host:port`);
    }
    const same = this.#findSame(addresses);
    if (same !== undefined) throw new ConsoleError('CONFLICT', `${same.name} has these name servers already`);
    if (this.#clusters.size >= MAX_CLUSTERS)
      throw new ConsoleError('CONFLICT', `the console looks at ${MAX_CLUSTERS} clusters at most`);
    const made = this.#make(setting, true);
    try {
      this.#save();
    } catch (error) {
      this.#clusters.delete(made.cluster.id);
      throw error;
    }
    if (this.#isRunning) await made.start();
    return made.cluster;
  }

  /** Forgets a cluster that was added in the console; its history stays until it is too old. Throws NOT_FOUND, CONFLICT, NOT_SAVED. */
  async remove(id: string): Promise<void> {
    const cluster = this.get(id);
    if (!cluster.isAdded)
      throw new ConsoleError('CONFLICT', `${cluster.name} is in the configuration of the console; remove it there`);
    const running = this.#clusters.get(id)!;
    this.#clusters.delete(id);
    try {
      this.#save();
    } catch (error) {
      this.#clusters.set(id, running);
      throw error;
    }
    await running.stop();
  }

  #findSame(addresses: readonly string[]): Cluster | undefined {
    const wanted = [...addresses].sort().join(';');
    return this.list().find(({ namesrvAddresses }) => [...namesrvAddresses].sort().join(';') === wanted);
  }

  #make(setting: ClusterSetting, isAdded: boolean): Running {
    const made = new Running(this.#options, setting, this.#freeId(setting), isAdded);
    this.#clusters.set(made.cluster.id, made);
    return made;
  }

  /** The name, or the first address, in letters that need no encoding. */
  #freeId(setting: ClusterSetting): string {
    const plain = (setting.name ?? splitEndpoints(setting.namesrvAddr)[0] ?? 'cluster')
      .replace(/[^\w.]+/g, '-')
      .replace(/^-+|-+$/g, '');
    const wanted = plain === '' ? 'cluster' : plain;
    for (let count = 1; ; count++) {
      const id = count === 1 ? wanted : `${wanted}-${count}`;
      if (!this.#clusters.has(id)) return id;
    }
  }

  #readAdded(): ClusterSetting[] {
    const { savedPath, platform, logger } = this.#options;
    if (savedPath === undefined) return [];
    try {
      const content = platform.disk.readFile(savedPath);
      return content === undefined ? [] : readSettings(content);
    } catch (error) {
      logger.error('The clusters that were added in the console could not be read', { path: savedPath, error });
      return [];
    }
  }

  #save(): void {
    const { savedPath, platform } = this.#options;
    if (savedPath === undefined) return;
    const added = this.list().filter(({ isAdded }) => isAdded);
    const settings = added.map(({ name, namesrvAddresses }) => ({ name, namesrvAddr: namesrvAddresses.join(';') }));
    try {
      platform.disk.makeDirectory(dirname(savedPath));
      replaceFile(platform.disk, savedPath, Buffer.from(`${JSON.stringify(settings, undefined, 2)}\n`));
    } catch (error) {
      const reason = asError(error).message;
      throw new ConsoleError('NOT_SAVED', `the clusters could not be saved in ${savedPath}: ${reason}`, {
        cause: error,
      });
    }
  }
}

function readSettings(content: Buffer): ClusterSetting[] {
  const parsed: unknown = JSON.parse(content.toString('utf8'));
  if (!Array.isArray(parsed)) throw new TypeError('no list of clusters');
  return parsed.flatMap((each: { name?: unknown; namesrvAddr?: unknown }) =>
    typeof each?.namesrvAddr === 'string'
      ? [{ namesrvAddr: each.namesrvAddr, name: typeof each.name === 'string' ? each.name : undefined }]
      : [],
  );
}

/** A cluster with what works for it. */
class Running implements Service {
  readonly cluster: Cluster;
  readonly #collector: Collector;
  readonly #sampler: Sampler;
  readonly #keepsHistory: boolean;

  constructor(options: RegistryOptions, setting: ClusterSetting, id: string, isAdded: boolean) {
    const { platform, credentials, tls, timeoutMs } = options;
    const logger = options.logger.named(`cluster ${id}`);
    const namesrvAddresses = splitEndpoints(setting.namesrvAddr);
    const admin = createAdmin({ namesrvAddresses, platform, logger, credentials, tls, timeoutMs });
    const model = new ClusterModel();
    const history = options.history.ofCluster(id);
    const { onRound } = options;
    this.#collector = new Collector({
      ...{ admin, model, clock: platform.clock, logger },
      onRound: onRound === undefined ? undefined : () => onRound(this.cluster),
    });
    this.#sampler = new Sampler({ model, history, clock: platform.clock, logger });
    this.#keepsHistory = options.keepsHistory;
    this.cluster = {
      id,
      name: setting.name ?? namesrvAddresses.join(';'),
      namesrvAddresses,
      isAdded,
      admin,
      model,
      history,
      refresh: () => this.#collector.refresh(),
      refreshTables: () => this.#collector.refreshTables(),
    };
  }

  async start(): Promise<void> {
    await this.cluster.admin.start();
    this.#collector.start();
    if (this.#keepsHistory) this.#sampler.start();
  }

  async stop(): Promise<void> {
    this.#sampler.stop();
    this.#collector.stop();
    await this.cluster.admin.stop();
  }
}
