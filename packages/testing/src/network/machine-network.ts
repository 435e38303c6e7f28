import {
  type Clock,
  CodedError,
  type Connection,
  type ConnectOptions,
  formatEndpoint,
  type KernelErrorCode,
  type Listener,
  type ListenOptions,
  type Network,
  nodeNetwork,
} from '@rocketmq-ts/kernel';
import type { Activity } from '../clock/activity.ts';
import type { InFlight } from './in-flight.ts';
import { LinkedConnection } from './linked-connection.ts';
import { CLIENTS, type Links } from './links.ts';
import type { ReservedPorts } from './reserved-ports.ts';

/** Sees the bytes of one accepted connection. */
export interface Tap {
  received(chunk: Buffer): void;
  sent(chunk: Uint8Array): void;
}

/** What the machines of a cluster share. */
export interface SharedNetwork {
  readonly clock: Clock;
  readonly activity: Activity;
  readonly links: Links;
  readonly inFlight: InFlight;
  readonly ports: ReservedPorts;
}

/** The network as one process of a machine has it: real sockets, over links that can be severed. */
export class MachineNetwork implements Network {
  readonly #machine: string;
  readonly #shared: SharedNetwork;
  readonly #makeTap: (() => Tap) | undefined;
  readonly #listeners = new Set<Listener>();
  #isAlive = true;

  /** `makeTap`: makes what sees the bytes of a connection that is accepted. */
  constructor(machine: string, shared: SharedNetwork, makeTap?: () => Tap) {
    this.#machine = machine;
    this.#shared = shared;
    this.#makeTap = makeTap;
  }

  /** The process has ended: its ports are closed and its connections reset. */
  end(): void {
    this.#isAlive = false;
    for (const listener of this.#listeners) void listener.close();
    this.#listeners.clear();
    this.#shared.links.drop(this.#machine);
  }

  async listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const onAccept = (inner: Connection): void => {
      if (this.#isAlive) accept(this.#accepted(inner));
      else inner.destroy();
    };
    const reserved = this.#shared.ports.take(options, onAccept);
    const listener = reserved ?? (await nodeNetwork.listen(options, onAccept));
    this.#listeners.add(listener);
    return {
      port: listener.port,
      close: () => {
        this.#listeners.delete(listener);
        return listener.close();
      },
    };
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const { activity, links, inFlight } = this.#shared;
    const owner = links.owners.get(options.port);
    if (owner !== undefined && links.isSevered(this.#machine, owner)) await this.#mended(owner, options);
    const connecting = activity.begin();
    let inner: Connection;
    try {
      inner = await nodeNetwork.connect(options);
    } finally {
      connecting();
    }
    const { local, remote } = inner;
    if (this.#machine !== CLIENTS) links.callers.set(local.port, this.#machine);
    const endFlight = owner === undefined ? () => {} : inFlight.open(local.port, remote.port);
    const connection: LinkedConnection = this.#linked(inner, {
      // What a foreign name server or broker does is not of this cluster.
      peer: () => owner ?? 'outside',
      ended: () => {
        endFlight();
        if (links.callers.get(local.port) === this.#machine) links.callers.delete(local.port);
      },
    });
    links.apply();
    if (!this.#isAlive) {
      connection.drop();
      return new Promise<never>(() => {});
    }
    return connection;
  }

  lookup(host: string): Promise<readonly string[]> {
    return nodeNetwork.lookup(host);
  }

  interfaces(): ReturnType<Network['interfaces']> {
    return nodeNetwork.interfaces();
  }

  #accepted(inner: Connection): LinkedConnection {
    const { links, inFlight } = this.#shared;
    // Between two servers of the cluster, the end that connected holds the bytes; held twice, they would pass half-way.
    const peer = (): string =>
      links.callers.has(inner.remote.port) || inFlight.knows(inner) ? this.#machine : CLIENTS;
    return this.#linked(inner, { peer, ended: () => {} }, this.#makeTap?.());
  }

  #linked(inner: Connection, ends: { peer(): string; ended(): void }, tap?: Tap): LinkedConnection {
    const { links, inFlight } = this.#shared;
    const { local, remote } = inner;
    const connection: LinkedConnection = new LinkedConnection(this.#machine, inner, {
      peer: ends.peer,
      received: (chunk) => {
        inFlight.received(remote.port, local.port, chunk.length);
        tap?.received(chunk);
      },
      sent: (chunk) => {
        inFlight.sent(local.port, remote.port, chunk.length);
        tap?.sent(chunk);
      },
      held: (isHeld) => inFlight.hold(remote.port, local.port, isHeld),
      ended: () => {
        links.remove(connection);
        ends.ended();
      },
    });
    links.add(connection);
    connection.hold(links.isSevered(connection.machine, connection.peer));
    return connection;
  }

  /** Resolves when the link is mended; rejects when that takes longer than a connection may. */
  #mended(owner: string, options: ConnectOptions): Promise<void> {
    const { clock, links } = this.#shared;
    return new Promise((resolve, reject) => {
      const timer = clock.after(options.timeoutMs, () => {
        stop();
        const message = `no connection to ${formatEndpoint(options)} within ${options.timeoutMs} ms`;
        reject(new CodedError<KernelErrorCode>('ETIMEDOUT', message, { retryable: true }));
      });
      const stop = links.whenMended(() => {
        if (links.isSevered(this.#machine, owner)) return;
        timer.cancel();
        stop();
        resolve();
      });
    });
  }
}
