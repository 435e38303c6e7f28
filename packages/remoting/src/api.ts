import type { Logger, Platform, Service, TlsClientOptions, TlsServerOptions } from '@rocketmq-ts/kernel';
import type { Command, RequestInput } from '@rocketmq-ts/protocol';
import type {
  Handler,
  NotifyOptions,
  RemotingConnection,
  RequestHook,
  RequestOptions,
  Response,
  WrappingHandler,
} from './call.ts';
import type { RemotingLimits } from './limits.ts';
import type { AnswerMemory } from './memory/answer-memory.ts';
import type { Interceptor } from './serve/interceptor.ts';

/** What a server is made of. */
export interface RemotingServerOptions {
  readonly platform: Pick<Platform, 'clock' | 'network'>;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes a free port; read `port` after start. */
  readonly port: number;
  readonly tls?: TlsServerOptions | undefined;
  /**
   * A connection without a byte in either direction for this long is closed. Default 120 000. A function is asked again and
   * again, so that a change holds for open connections too.
   */
  readonly idleTimeoutMs?: number | (() => number);
  /** Header codec of everything this server sends. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ';
  /** Why a request without a handler is not served; the answer names it behind Apache's text. */
  readonly whyUnserved?: (code: number) => string;
  /** Bounds of memory; see `limits.ts` for the defaults and what happens at each. */
  readonly limits?: Partial<RemotingLimits>;
  /** Memory for answers that several servers of a process share. Default: `limits.maxAnswerBytes` for this one. */
  readonly answerMemory?: AnswerMemory;
}

/** Serves commands on one port. Handlers are registered before start. */
export interface RemotingServer extends Service {
  readonly port: number;
  readonly connectionCount: number;
  /** Throws `HANDLER_TWICE` when the command's code is served already. */
  handle<C extends Command>(command: C, handler: Handler<C>): void;
  /** Puts `around` before the handler of a command that is served already; throws when none is. */
  wrap<C extends Command>(command: C, around: WrappingHandler<C>): void;
  /**
   * Adds an interceptor behind those that were added before; a handler sees only requests that none of them refused. One with
   * `after` is added before start, so that it sees requests from their beginning; one that only refuses may be added later.
   */
  intercept(interceptor: Interceptor): void;
  onConnectionOpen(listener: (connection: RemotingConnection) => void): void;
  onConnectionClose(listener: (connection: RemotingConnection) => void): void;
  /** Sends the answers that have gathered now instead of at the end of the turn. */
  flush(): void;
  /** Stops listening; open connections are still served. */
  stopAccepting(): Promise<void>;
}

/** What a client is made of. */
export interface RemotingClientOptions {
  readonly platform: Pick<Platform, 'clock' | 'network'>;
  readonly logger: Logger;
  readonly tls?: TlsClientOptions | undefined;
  /** Codes above 16 bits go out as JSON in either case. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ';
  /** Whether a connection is closed when a request on it had no response in time, as Apache's clientCloseSocketIfTimeout. Default true. */
  readonly closeOnTimeout?: boolean;
  readonly limits?: Partial<RemotingLimits>;
}

/** Opens connections on first use, one for each address, and shares them. */
export interface RemotingClient extends Service {
  request<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    options: RequestOptions,
  ): Promise<Response<C>>;
  /** One-way; resolves when the bytes are handed to the connection, rejects when no connection can be made. */
  notify<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    options?: NotifyOptions,
  ): Promise<void>;
  /** Requests that servers send to us. Throws `HANDLER_TWICE` when the command's code is served already. */
  handle<C extends Command>(command: C, handler: Handler<C>): void;
  addHook(hook: RequestHook): void;
  onConnect(listener: (address: string) => void): void;
  onDisconnect(listener: (address: string) => void): void;
  closeConnection(address: string): void;
}
