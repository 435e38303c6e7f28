import {
  Guard,
  guardedPlatform,
  type Health,
  type Logger,
  type Platform,
  type Service,
  ServiceStack,
  type TlsClientOptions,
  type TlsServerOptions,
} from '@rocketmq-ts/kernel';
import { whyUnserved } from '@rocketmq-ts/protocol';
import type { RemotingClient, RemotingServer } from './api.ts';
import { createRemotingClient } from './client.ts';
import { RemotingError } from './errors.ts';
import { createRemotingServer } from './server.ts';

/** What a name server or controller gets from the process that it is part of. */
export interface ServerOptions {
  readonly platform: Pick<Platform, 'clock' | 'disk' | 'network'>;
  readonly logger: Logger;
  readonly tls?: TlsServerOptions | undefined;
  /** For its connections to brokers. Default: plain. */
  readonly clientTls?: TlsClientOptions | undefined;
  /** Header codec of what the server sends. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ' | undefined;
}

/** Where it listens. */
interface PortOptions {
  readonly bindAddress: string;
  readonly listenPort: number;
  /** Read again and again: it may change while the server runs. */
  readonly serverChannelMaxIdleTimeSeconds: number;
}

const NO_REASONS: ReadonlyMap<number, string> = new Map();

/** What a server with one port is built on: a guard for its tasks, the port, a client, and an order in which its parts stop. */
export class ServerBase {
  /** Under the guard. */
  readonly platform: ServerOptions['platform'];
  readonly server: RemotingServer;
  readonly client: RemotingClient;
  readonly #guard: Guard;
  readonly #stack = new ServiceStack();
  #isOpen = false;
  #stopping: Promise<void> | undefined;

  constructor(kind: 'name server' | 'controller', options: ServerOptions, port: PortOptions) {
    const { tls, clientTls, serializeType = 'JSON' } = options;
    this.#guard = new Guard(options.platform.clock, options.logger);
    this.platform = guardedPlatform(options.platform, this.#guard);
    const common = { platform: this.platform, logger: options.logger.named('remoting'), serializeType };
    this.server = createRemotingServer({
      ...common,
      host: port.bindAddress,
      port: port.listenPort,
      tls,
      idleTimeoutMs: () => port.serverChannelMaxIdleTimeSeconds * 1000,
      whyUnserved: (code) => whyUnserved(code, kind, NO_REASONS),
    });
    this.client = createRemotingClient({ ...common, tls: clientTls });
  }

  /** Opens the port. Rejects with the system's code when that is not possible: then what was started before is stopped. */
  async open(): Promise<void> {
    await this.start(this.client);
    await this.start(this.server);
    this.#isOpen = true;
  }

  /** Starts a part, which stops before those that were started earlier. */
  async start(part: Partial<Service>): Promise<void> {
    if (this.#stopping !== undefined) throw new RemotingError('STOPPED', 'a server that was stopped starts nothing');
    await this.#stack.start(part);
  }

  /** `problem`: why a server that is open is not ready; undefined: it is. */
  health(problem?: string): Health {
    if (this.#stopping !== undefined) return { defects: [], unready: ['it is stopping'] };
    if (!this.#isOpen) return { defects: [], unready: ['it is starting'] };
    return { defects: [], unready: problem === undefined ? [] : [problem] };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stack.stop().finally(() => this.#guard.flush());
    return this.#stopping;
  }
}
