import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import type { Cluster, ClusterServer } from '../cluster/index.ts';
import type { SimulatedPlatform } from '../platform.ts';
import type { ClusterEvent } from './history.ts';
import type { ClusterAction } from './plan.ts';
import type { Replicas } from './replicas.ts';

type Of<Name extends ClusterAction['do']> = Extract<ClusterAction, { do: Name }>;

export interface ServersParts {
  readonly cluster: Cluster;
  readonly replicas: Replicas;
  readonly record: (event: ClusterEvent) => void;
  /** Called before each process of a broker. */
  readonly prepare: ((platform: SimulatedPlatform) => void) | undefined;
}

/** What happens to the servers of a run and their disks; each start and end is an event. */
export class Servers {
  readonly #parts: ServersParts;
  readonly #failingDisks = new Set<string>();
  /** Brokers whose store may be read-only until it is opened again. */
  readonly #brokenDisks = new Set<string>();

  constructor(parts: ServersParts) {
    this.#parts = parts;
  }

  /** Brokers whose disk failed, or was slow, at times. */
  get failingDisks(): readonly string[] {
    return [...this.#failingDisks];
  }

  prepareBrokers(): void {
    for (const { platform } of this.#brokers) this.#parts.prepare?.(platform);
  }

  /** What chance does to the disks during one operation depends on its number alone. */
  reseedDisks(seed: number, operation: number): void {
    for (const [index, { platform }] of this.#all.entries())
      platform.disk.reseed(new SeededRandom(seed * 31 + operation * 7 + index));
  }

  /** Records the ends of those that have died by themselves, and when: a step may last longer than a save of progress. */
  seeDeaths(): void {
    for (const server of this.#all) {
      if (server.died === undefined) continue;
      this.#ended(server, server.died.how, server.died.atMs);
      server.died = undefined;
    }
  }

  start(name: string): Promise<void> {
    return this.#start(this.#named(name));
  }

  async end({ server: name, how }: Of<'end'>): Promise<void> {
    const server = this.#named(name);
    if (!server.isRunning) return;
    // A disk that takes nothing would keep the stop from saving.
    server.platform.disk.faults.clear();
    if (how === 'stop') {
      if (!(await server.stop())) return;
    } else server.end(how);
    this.#ended(server, how);
  }

  die({ server: name, calls, how }: Of<'die'>): void {
    const server = this.#named(name);
    if (server.isRunning) server.dieAt({ calls, how });
  }

  /** Only where a slave has what was acknowledged. */
  async lose({ broker }: Of<'lose'>): Promise<void> {
    const { replicas, record } = this.#parts;
    const heir = replicas.heirOf(broker);
    if (heir === undefined) return;
    const master = replicas.masters.find((each) => replicas.brokerOf(each) === broker)!;
    await this.end({ do: 'end', server: master.name, how: 'kill' });
    await this.end({ do: 'end', server: heir.name, how: 'stop' });
    record({ do: 'lost', atMs: this.#nowMs, broker, heir: heir.name });
    await replicas.succeed(broker, (server, role) => this.#start(server, role));
  }

  fault({ server: name, do: _, ...fault }: Of<'fault'>): void {
    const server = this.#named(name);
    this.#failingDisks.add(this.#parts.replicas.nameOf(server));
    if (fault.code === 'EIO' || (fault.code !== undefined && fault.operation === 'sync')) this.#brokenDisks.add(name);
    server.platform.disk.faults.add(fault);
  }

  /** All run, on disks that work. */
  async mend(): Promise<void> {
    for (const server of this.#all) {
      server.platform.disk.revive();
      server.platform.disk.faults.clear();
      if (this.#brokenDisks.has(server.name)) await this.end({ do: 'end', server: server.name, how: 'stop' });
      await this.#start(server);
    }
  }

  get #nowMs(): number {
    return this.#parts.cluster.clock.monotonicMs();
  }

  get #all(): readonly ClusterServer[] {
    const { nameServers, controllers } = this.#parts.cluster;
    return [...nameServers, ...controllers, ...this.#brokers];
  }

  /** Masters first. */
  get #brokers(): readonly ClusterServer[] {
    const { brokers, slaves } = this.#parts.cluster;
    return [...brokers, ...slaves];
  }

  #named(name: string): ClusterServer {
    return this.#all.find((server) => server.name === name)!;
  }

  async #start(server: ClusterServer, role: Readonly<Record<string, string>> = {}): Promise<void> {
    if (server.isRunning) return;
    const { replicas, record, prepare } = this.#parts;
    record({ do: 'started', atMs: this.#nowMs, machine: replicas.nameOf(server) });
    server.platform.disk.faults.clear();
    if (this.#brokers.includes(server)) prepare?.(server.platform);
    await server.start(role);
  }

  #ended(server: ClusterServer, how: Of<'end'>['how'], atMs = this.#nowMs): void {
    const { replicas, record } = this.#parts;
    record({ do: 'ended', atMs, machine: replicas.nameOf(server), how });
  }
}
