import {
  type Clock,
  CodedError,
  type Connection,
  type ConnectOptions,
  formatEndpoint,
  type Listener,
  type ListenOptions,
  type Network,
  type NetworkInterface,
} from '@rocketmq-ts/kernel';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';
import { SimulatedConnection } from './network-connection.ts';
import type { PipeConditions } from './network-pipe.ts';

const FIRST_FREE_PORT = 40_000;
const DEFAULT_WINDOW_BYTES = 256 * 1024;

export interface SimulatedNetworkOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Time on the way, a random value between the two for each write; order within a connection stays. Default 0 and 0. */
  readonly minLatencyMs?: number;
  readonly maxLatencyMs?: number;
  /** How often bytes that could arrive together arrive in two chunks. Default 0.2. */
  readonly splitChance?: number;
  /**
   * What the system takes from a sender before the receiver has read it. Default 256 KiB; with 0 it takes nothing unless the
   * receiver reads, so that a test sees every unread byte at its sender.
   */
  readonly windowBytes?: number;
}

interface Host {
  readonly name: string;
  readonly address: string;
  readonly listeners: Map<number, ListeningPort>;
  nextPort: number;
}

interface ListeningPort {
  readonly host: string;
  readonly accept: (connection: Connection) => void;
}

interface Link {
  readonly from: Host;
  readonly to: Host;
  readonly ends: readonly [SimulatedConnection, SimulatedConnection];
}

/** Machines with names, joined by connections in memory. TLS and PROXY options are accepted and do nothing. */
export class SimulatedNetwork {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #minLatencyMs: number;
  readonly #maxLatencyMs: number;
  readonly #splitChance: number;
  readonly #windowBytes: number;
  readonly #hosts = new Map<string, Host>();
  readonly #links = new Set<Link>();
  /** Directed: `a b` for bytes from a to b. */
  readonly #partitions = new Set<string>();
  readonly #refusing = new Set<string>();
  /** Names of several machines, or of one under another name. */
  readonly #names = new Map<string, readonly string[]>();

  constructor(options: SimulatedNetworkOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#minLatencyMs = options.minLatencyMs ?? 0;
    this.#maxLatencyMs = options.maxLatencyMs ?? this.#minLatencyMs;
    this.#splitChance = options.splitChance ?? 0.2;
    this.#windowBytes = options.windowBytes ?? DEFAULT_WINDOW_BYTES;
  }

  /** The network as a machine of this name sees it. It is reached by its name, or by its address 10.0.0.n. */
  host(name: string): Network {
    const host = this.#hostNamed(name);
    return {
      listen: (options, accept) => this.#listen(host, options, accept),
      connect: (options) => this.#connect(host, options),
      lookup: async (name) => this.#lookup(host, name),
      interfaces: () => interfacesOf(host),
    };
  }

  /** Address of a machine, which `host` has made known. */
  addressOf(name: string): string {
    return this.#hostNamed(name).address;
  }

  /** The name service gives a name these machines from now on; with none it does not know the name. */
  nameHosts(name: string, machines: readonly string[]): void {
    if (machines.length === 0) this.#names.delete(name);
    else this.#names.set(name, machines);
  }

  /** Between two machines no byte arrives until `heal`; open connections stay open, new ones time out. */
  partition(a: string, b: string): void {
    this.partitionOneWay(a, b);
    this.partitionOneWay(b, a);
  }

  /** Bytes from one machine to another do not arrive until `heal`, the other way they do; no connection can be made. */
  partitionOneWay(from: string, to: string): void {
    this.#partitions.add(`${from} ${to}`);
  }

  /** Ends one partition, or all of them. */
  heal(a?: string, b?: string): void {
    if (a === undefined || b === undefined) this.#partitions.clear();
    else for (const way of [`${a} ${b}`, `${b} ${a}`]) this.#partitions.delete(way);
    for (const link of this.#links) for (const end of link.ends) end.wake();
  }

  /** Resets the open connections between two machines, wherever their bytes are. */
  cut(a: string, b: string): void {
    const key = pairKey(a, b);
    for (const link of [...this.#links]) if (pairKey(link.from.name, link.to.name) === key) link.ends[0].reset();
  }

  /** A machine refuses new connections, as one whose server is not up; with false it accepts them again. */
  refuse(name: string, isRefusing = true): void {
    if (isRefusing) this.#refusing.add(name);
    else this.#refusing.delete(name);
  }

  /** The process on a machine dies: its ports are closed, its peers are reset, its own handlers never run again. */
  killHost(name: string): void {
    const host = this.#hostNamed(name);
    host.listeners.clear();
    for (const link of [...this.#links]) {
      if (link.from === host) link.ends[0].vanish();
      else if (link.to === host) link.ends[1].vanish();
    }
  }

  get connectionCount(): number {
    return this.#links.size;
  }

  #hostNamed(name: string): Host {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const address = `10.0.0.${this.#hosts.size + 1}`;
    const host = { name, address, listeners: new Map<number, ListeningPort>(), nextPort: FIRST_FREE_PORT };
    this.#hosts.set(name, host);
    return host;
  }

  async #listen(host: Host, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const port = options.port === 0 ? freePort(host) : options.port;
    if (host.listeners.has(port)) {
      throw new CodedError('EADDRINUSE', `listen EADDRINUSE: ${formatEndpoint({ host: options.host, port })}`);
    }
    const listening: ListeningPort = { host: options.host, accept };
    host.listeners.set(port, listening);
    return {
      port,
      close: async () => {
        if (host.listeners.get(port) === listening) host.listeners.delete(port);
      },
    };
  }

  /** The addresses of a name are tried one after the other. */
  async #connect(from: Host, options: ConnectOptions): Promise<Connection> {
    const named = this.#names.get(options.host);
    if (named === undefined) return await this.#connectTo(this.#resolve(from, options.host), from, options);
    let failure: unknown;
    for (const machine of named) {
      try {
        return await this.#connectTo(this.#hostNamed(machine), from, {
          ...options,
          timeoutMs: options.timeoutMs / named.length,
        });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #connectTo(to: Host | undefined, from: Host, options: ConnectOptions): Promise<Connection> {
    if (to === undefined) throw connectError('ENOTFOUND', options);
    if (this.#isPartitioned(from, to)) {
      await this.#wait(options.timeoutMs);
      throw connectError('ETIMEDOUT', options);
    }
    const latencyMs = this.#random.between(this.#minLatencyMs, this.#maxLatencyMs);
    await this.#wait(Math.min(latencyMs, options.timeoutMs));
    if (latencyMs > options.timeoutMs || this.#isPartitioned(from, to)) throw connectError('ETIMEDOUT', options);
    const listening = to.listeners.get(options.port);
    const isReached = listening !== undefined && reaches(listening.host, options.host);
    if (!isReached || this.#refusing.has(to.name)) throw connectError('ECONNREFUSED', options);
    return this.#join(from, to, options, listening);
  }

  #join(from: Host, to: Host, options: ConnectOptions, listening: ListeningPort): Connection {
    const isLoopback = isLoopbackName(options.host);
    const here = { host: isLoopback ? '127.0.0.1' : from.address, port: freePort(from) };
    const there = { host: isLoopback ? '127.0.0.1' : to.address, port: options.port };
    const conditions: Omit<PipeConditions, 'isOpen'> = {
      clock: this.#clock,
      random: this.#random,
      minLatencyMs: this.#minLatencyMs,
      maxLatencyMs: this.#maxLatencyMs,
      splitChance: this.#splitChance,
      windowBytes: this.#windowBytes,
    };
    const towards = (receiver: Host): PipeConditions => {
      const sender = receiver === to ? from : to;
      return { ...conditions, isOpen: () => !this.#isBlocked(sender, receiver) };
    };
    let openEnds = 2;
    const onClosed = (): void => {
      if (--openEnds === 0) this.#links.delete(link);
    };
    const client = new SimulatedConnection(here, there, towards(to), onClosed);
    const server = new SimulatedConnection(there, here, towards(from), onClosed);
    const link: Link = { from, to, ends: [client, server] };
    this.#links.add(link);
    SimulatedConnection.join(client, server);
    listening.accept(server);
    return client;
  }

  #lookup(from: Host, name: string): readonly string[] {
    if (isLoopbackName(name)) return ['127.0.0.1'];
    const named = this.#names.get(name)?.map((machine) => this.#hostNamed(machine).address);
    const host = this.#resolve(from, name);
    if (named !== undefined) return named;
    if (host === undefined) throw new CodedError('ENOTFOUND', `getaddrinfo ENOTFOUND ${name}`, { retryable: true });
    return [host.address];
  }

  #resolve(from: Host, name: string): Host | undefined {
    if (isLoopbackName(name)) return from;
    const byName = this.#hosts.get(name);
    if (byName !== undefined) return byName;
    for (const host of this.#hosts.values()) if (host.address === name) return host;
    return undefined;
  }

  #isPartitioned(a: Host, b: Host): boolean {
    return this.#isBlocked(a, b) || this.#isBlocked(b, a);
  }

  #isBlocked(from: Host, to: Host): boolean {
    return this.#partitions.has(`${from.name} ${to.name}`);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}

function interfacesOf(host: Host): NetworkInterface[] {
  return [
    { name: 'lo', address: '127.0.0.1', family: 'IPv4', loopback: true },
    { name: 'eth0', address: host.address, family: 'IPv4', loopback: false },
  ];
}

function freePort(host: Host): number {
  while (host.listeners.has(host.nextPort)) host.nextPort++;
  return host.nextPort++;
}

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** A listener on the loopback address is not reached from other machines, one on a machine's own address not by loopback. */
function reaches(listeningOn: string, target: string): boolean {
  if (listeningOn === '0.0.0.0' || listeningOn === '::') return true;
  return isLoopbackName(listeningOn) === isLoopbackName(target);
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function connectError(code: string, options: ConnectOptions): Error {
  return new CodedError(code, `connect ${code} ${formatEndpoint(options)}`, { retryable: true });
}
