import type { Listener } from '@rocketmq-ts/kernel';
import type { Command } from '@rocketmq-ts/protocol';
import type { RemotingServer, RemotingServerOptions } from './api.ts';
import type { Handler, RemotingConnection, WrappingHandler } from './call.ts';
import { Channel } from './channel/channel.ts';
import { ChannelContext } from './channel-context.ts';
import { ChannelGroup } from './channel-group.ts';
import { RemotingError } from './errors.ts';
import { SERVER_LIMITS } from './limits.ts';
import type { Interceptor } from './serve/interceptor.ts';

/** A server that listens once it is started. `start` rejects with the system's code when it cannot listen on the port. */
export function createRemotingServer(options: RemotingServerOptions): RemotingServer {
  return new Server(options);
}

class Server implements RemotingServer {
  readonly #options: RemotingServerOptions;
  readonly #group: ChannelGroup;
  #listener: Listener | undefined;
  #port: number;
  #openListeners: ((connection: RemotingConnection) => void)[] = [];
  #closeListeners: ((connection: RemotingConnection) => void)[] = [];
  #stopping: Promise<void> | undefined;

  constructor(options: RemotingServerOptions) {
    this.#options = options;
    this.#port = options.port;
    const context = new ChannelContext({
      clock: options.platform.clock,
      logger: options.logger,
      limits: { ...SERVER_LIMITS, ...options.limits },
      isServer: true,
      idleTimeoutMs: options.idleTimeoutMs,
      serializeType: options.serializeType,
      answerMemory: options.answerMemory,
    });
    this.#group = new ChannelGroup(context, options.whyUnserved);
  }

  get port(): number {
    return this.#port;
  }

  get connectionCount(): number {
    return this.#group.channels.size;
  }

  async start(): Promise<void> {
    if (this.#stopping !== undefined) throw new RemotingError('STOPPED', 'a remoting server cannot be started again');
    const { platform, host, port, tls } = this.#options;
    const options = { host, port, proxyProtocol: true, ...(tls === undefined ? {} : { tls }) };
    this.#listener = await platform.network.listen(options, (connection) => {
      const channel = new Channel(connection, this.#group);
      this.#group.channels.add(channel);
      channel.onClose(() => {
        for (const listener of this.#closeListeners) listener(channel);
      });
      this.#options.logger.debug('Connection accepted', { peer: channel.peer });
      for (const listener of this.#openListeners) listener(channel);
    });
    this.#port = this.#listener.port;
    this.#group.startSweep();
  }

  handle<C extends Command>(command: C, handler: Handler<C>): void {
    this.#group.dispatcher.handle(command, handler);
  }

  wrap<C extends Command>(command: C, around: WrappingHandler<C>): void {
    this.#group.dispatcher.wrap(command, around);
  }

  intercept(interceptor: Interceptor): void {
    this.#group.dispatcher.interceptors.add(interceptor);
  }

  onConnectionOpen(listener: (connection: RemotingConnection) => void): void {
    this.#openListeners.push(listener);
  }

  onConnectionClose(listener: (connection: RemotingConnection) => void): void {
    this.#closeListeners.push(listener);
  }

  flush(): void {
    this.#group.flush();
  }

  async stopAccepting(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.stopAccepting();
    await this.#group.stop('the server stops');
  }
}
