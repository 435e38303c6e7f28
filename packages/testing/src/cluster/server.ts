import { type Disk, type Logger, nodePlatform, type Platform, type Service } from '@rocketmq-ts/kernel';
import type { ClusterClock } from '../clock/cluster-clock.ts';
import { ProcessClock } from '../clock/process-clock.ts';
import { DiskSwitches } from '../disk/disk-switches.ts';
import { ProcessDisk } from '../disk/process-disk.ts';
import { TestingError } from '../errors.ts';
import { MachineNetwork, type SharedNetwork, type Tap } from '../network/machine-network.ts';
import type { Properties } from '../servers/make-server.ts';
import { type Duration, durationMs } from './duration.ts';

/** What the servers of a cluster are made of. */
export interface ServerParts {
  readonly name: string;
  readonly port: number;
  readonly clock: ClusterClock;
  readonly shared: SharedNetwork;
  readonly disk: Disk;
  readonly logger: Logger;
  readonly properties: Properties;
  create(platform: Platform, logger: Logger, properties: Properties): Service;
  /** Throws TestingError `CLUSTER_STOPPED` when nothing may be started any more. */
  needRunning(): void;
  readonly makeTap?: (() => Tap) | undefined;
}

/** What a process of a server has of its machine. */
interface ServerProcess {
  readonly service: Service;
  readonly clock: ProcessClock;
  readonly disk: ProcessDisk;
  readonly network: MachineNetwork;
  isAlive: boolean;
  /** Resolves when it has died or was stopped. */
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** A name server or broker of a cluster. Each start is a new process of it, which finds on the disk what the one before left there. */
export class ClusterServer {
  readonly name: string;
  /** `127.0.0.1:port`; the same after each start. */
  readonly address: string;
  readonly #parts: ServerParts;
  readonly #switches = new DiskSwitches();
  #properties: Properties;
  #process: ServerProcess | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  /** Calls of the process before are still at the disk. */
  #diskCalls: Promise<void> = Promise.resolve();

  /** Starts nothing. `startCluster` makes servers. */
  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.address = `127.0.0.1:${parts.port}`;
    this.#properties = parts.properties;
    parts.shared.links.owners.set(parts.port, parts.name);
  }

  /** A process of it runs. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /**
   * Starts it, unless it runs, with the properties of its last start and these; when it is about to stop, afterwards. Rejects with why
   * it refuses to start, or with TestingError `SERVER_KILLED` when it was killed meanwhile; then it may be tried again. Rejects
   * with `CLUSTER_STOPPED` after `stop` of the cluster.
   */
  async start(properties: Properties = {}): Promise<void> {
    this.#parts.needRunning();
    const again = (): Promise<void> => this.start(properties);
    if (this.#stopping !== undefined) return await this.#stopping.then(again, again);
    if (this.#process !== undefined) return await this.#starting;
    const starting = this.#start(properties).finally(() => {
      if (this.#starting === starting) this.#starting = undefined;
    });
    this.#starting = starting;
    await starting;
  }

  async #start(properties: Properties): Promise<void> {
    const before = this.#properties;
    const process = this.#begin({ ...before, ...properties });
    this.#properties = { ...before, ...properties };
    this.#process = process;
    try {
      await this.#diskCalls;
      await this.#parts.clock.during(() => this.#unlessKilled(process, process.service.start()));
    } catch (error) {
      // What it refuses must not spoil the next start.
      if (process.isAlive) this.#properties = before;
      this.#end(process);
      throw error;
    }
  }

  /** Stops it in order: it leaves the name servers and answers what is under way. Nothing happens when it does not run. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    const stopping = this.#stop(process).finally(() => {
      if (this.#stopping === stopping) this.#stopping = undefined;
    });
    this.#stopping = stopping;
    await stopping;
  }

  async #stop(process: ServerProcess): Promise<void> {
    try {
      await this.#parts.clock.during(() => Promise.race([process.service.stop(), process.ended]));
    } finally {
      this.#end(process);
    }
  }

  /** It dies at once, as with `kill -9`: what was written stays. Nothing happens when it does not run. */
  kill(): void {
    if (this.#process !== undefined) this.#end(this.#process);
  }

  /** From now on each write, read and sync of its disk takes so much longer, by the cluster's clock; 0 makes it fast again. */
  slowDisk(by: Duration): void {
    this.#switches.delayMs = durationMs(by);
  }

  /** From now on no byte more fits on its disk. */
  fillDisk(): void {
    this.#switches.isFull = true;
  }

  /** Its disk is fast and has room again. */
  mendDisk(): void {
    this.#switches.delayMs = 0;
    this.#switches.isFull = false;
  }

  async #unlessKilled(process: ServerProcess, work: void | Promise<void>): Promise<void> {
    await Promise.race([
      work,
      process.ended.then(() => {
        throw new TestingError('SERVER_KILLED', `${this.name} was killed while it started.`);
      }),
    ]);
  }

  #begin(properties: Properties): ServerProcess {
    const { name, shared, disk: machineDisk, makeTap, logger } = this.#parts;
    const clock = new ProcessClock(this.#parts.clock);
    const disk = new ProcessDisk(machineDisk, this.#switches, clock, shared.activity);
    const network = new MachineNetwork(name, shared, makeTap);
    const platform: Platform = { clock, disk, network, random: nodePlatform.random };
    const service = this.#parts.create(platform, logger.named(name), properties);
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    return { service, clock, disk, network, isAlive: true, ended, end };
  }

  #end(process: ServerProcess): void {
    if (!process.isAlive) return;
    process.isAlive = false;
    if (this.#process === process) this.#process = undefined;
    process.clock.end();
    this.#diskCalls = process.disk.end();
    process.network.end();
    process.end();
  }
}
