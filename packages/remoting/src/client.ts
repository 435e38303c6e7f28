import { parseEndpoint } from '@rocketmq-ts/kernel';
import { type Command, type RequestInput, ResponseCode, requestCodec } from '@rocketmq-ts/protocol';
import type { RemotingClient, RemotingClientOptions } from './api.ts';
import type { Handler, NotifyOptions, RequestHook, RequestOptions, Response } from './call.ts';
import { Channel } from './channel/channel.ts';
import { ChannelContext } from './channel-context.ts';
import { ChannelGroup } from './channel-group.ts';
import { asSentence, remotingError } from './errors.ts';
import { CLIENT_LIMITS } from './limits.ts';

/** Source: NettySystemConfig, com.rocketmq.remoting.client.connect.timeout. */
const CONNECT_TIMEOUT_MS = 3000;

/** A client that connects to an address when it is first used. */
export function createRemotingClient(options: RemotingClientOptions): RemotingClient {
  return new Client(options);
}

class Client implements RemotingClient {
  readonly #options: RemotingClientOptions;
  readonly #group: ChannelGroup;
  readonly #channels = new Map<string, Channel>();
  readonly #connecting = new Map<string, Promise<Channel>>();
  readonly #hooks: RequestHook[] = [];
  readonly #connectListeners: ((address: string) => void)[] = [];
  readonly #disconnectListeners: ((address: string) => void)[] = [];
  #state: 'created' | 'running' | 'stopped' = 'created';
  #stopping: Promise<void> | undefined;

  constructor(options: RemotingClientOptions) {
    this.#options = options;
    const context = new ChannelContext({
      clock: options.platform.clock,
      logger: options.logger,
      limits: { ...CLIENT_LIMITS, ...options.limits },
      isServer: false,
      serializeType: options.serializeType,
    });
    this.#group = new ChannelGroup(context);
  }

  start(): void {
    if (this.#state !== 'created') return;
    this.#state = 'running';
    this.#group.startSweep();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped';
    await Promise.allSettled(this.#connecting.values());
    await this.#group.stop('the client stops');
  }

  async request<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    options: RequestOptions,
  ): Promise<Response<C>> {
    const { clock } = this.#group.context;
    const begin = clock.monotonicMs();
    let channel = this.#ready(address) ?? (await this.#connect(address, options.timeoutMs));
    let response = await this.#exchange(channel, command, header, options, begin);
    if (response.code === ResponseCode.GO_AWAY) {
      // The server stops, or asks for a new connection: one more attempt over a new one. Responses that are still due
      // arrive on the old one. Source: NettyRemotingClient#processGoAway.
      this.#retire(address, channel);
      channel = this.#ready(address) ?? (await this.#connect(address, this.#left(options, begin)));
      response = await this.#exchange(channel, command, header, options, begin);
    }
    return response;
  }

  async notify<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    options: NotifyOptions = {},
  ): Promise<void> {
    const channel = this.#ready(address) ?? (await this.#connect(address, Number.POSITIVE_INFINITY));
    if (this.#hooks.length === 0) channel.requests.notify(command, header as Record<string, unknown>, options);
    else channel.requests.notify(command, undefined, this.#hooked(address, command, header, options));
  }

  handle<C extends Command>(command: C, handler: Handler<C>): void {
    this.#group.dispatcher.handle(command, handler);
  }

  addHook(hook: RequestHook): void {
    this.#hooks.push(hook);
  }

  onConnect(listener: (address: string) => void): void {
    this.#connectListeners.push(listener);
  }

  onDisconnect(listener: (address: string) => void): void {
    this.#disconnectListeners.push(listener);
  }

  closeConnection(address: string): void {
    this.#channels.get(address)?.close('the user closed it');
  }

  #exchange<C extends Command>(
    channel: Channel,
    command: C,
    header: RequestInput<C>,
    options: RequestOptions,
    begin: number,
  ): Promise<Response<C>> {
    const left = this.#left(options, begin);
    if (left <= 0) {
      const message = `Connecting to ${channel.address} took all ${Math.round(options.timeoutMs)} ms of the request ${command.name}.`;
      return Promise.reject(remotingError('REQUEST_TIMEOUT', message, channel.address));
    }
    // Source: NettyRemotingClient#invokeSync with clientCloseSocketIfTimeout.
    const closesOnTimeout = this.#closesOnTimeout && (left > 100 || left > options.timeoutMs / 4);
    const deadline = { leftMs: left, timeoutMs: options.timeoutMs, closesOnTimeout };
    if (this.#hooks.length === 0)
      return channel.requests.exchange(command, header as Record<string, unknown>, options, deadline);
    return channel.requests.exchange(
      command,
      undefined,
      this.#hooked(channel.address, command, header, options),
      deadline,
    );
  }

  get #closesOnTimeout(): boolean {
    return this.#options.closeOnTimeout ?? true;
  }

  #left(options: RequestOptions, begin: number): number {
    return options.timeoutMs - (this.#group.context.clock.monotonicMs() - begin);
  }

  /** All header fields as texts, after every hook has seen them. */
  #hooked<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    options: NotifyOptions,
  ): NotifyOptions {
    const extFields = requestCodec(command).flatten(header as never);
    Object.assign(extFields, options.extFields);
    for (const hook of this.#hooks) hook(address, command.code, extFields, options.body);
    return { ...options, extFields };
  }

  #ready(address: string): Channel | undefined {
    if (this.#state !== 'running') {
      const state = this.#state === 'created' ? 'not started' : 'stopped';
      throw remotingError('NOT_STARTED', `The client is ${state}: this request to ${address} was not sent.`, address);
    }
    return this.#channels.get(address);
  }

  /** The connection to an address, shared by all requests that need it while it is being made. */
  async #connect(address: string, waitMs: number): Promise<Channel> {
    let connecting = this.#connecting.get(address);
    if (connecting === undefined) {
      connecting = this.#open(address).finally(() => this.#connecting.delete(address));
      this.#connecting.set(address, connecting);
    }
    if (waitMs >= CONNECT_TIMEOUT_MS) return connecting;
    return new Promise((resolve, reject) => {
      const timer = this.#group.context.clock.after(Math.max(0, waitMs), () => {
        const message = `No connection to ${address} was made within the ${Math.round(waitMs)} ms of the request.`;
        reject(remotingError('REQUEST_TIMEOUT', message, address));
      });
      connecting.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  async #open(address: string): Promise<Channel> {
    const { platform, tls, logger } = this.#options;
    const endpoint = parseEndpoint(address);
    if (endpoint === undefined) {
      throw remotingError('CONNECT_FAILED', `"${address}" is not an address of the form host:port.`, address);
    }
    const options = { ...endpoint, timeoutMs: CONNECT_TIMEOUT_MS, ...(tls === undefined ? {} : { tls }) };
    const connection = await platform.network.connect(options).catch((cause: Error) => {
      throw remotingError(
        'CONNECT_FAILED',
        `Connecting to ${address} failed: ${asSentence(cause.message)}`,
        address,
        cause,
      );
    });
    if (this.#state !== 'running') {
      connection.destroy();
      throw remotingError(
        'NOT_STARTED',
        `The client was stopped while it connected to ${address}; the request was not sent.`,
        address,
      );
    }
    const channel = new Channel(connection, this.#group, address);
    this.#group.channels.add(channel);
    this.#channels.set(address, channel);
    channel.onClose(() => this.#closed(address, channel));
    logger.debug('Connected', { address });
    for (const listener of this.#connectListeners) listener(address);
    return channel;
  }

  #closed(address: string, channel: Channel): void {
    const current = this.#channels.get(address);
    // A retired one has a successor, unless none could be made.
    if (current !== undefined && current !== channel) return;
    this.#channels.delete(address);
    for (const listener of this.#disconnectListeners) listener(address);
  }

  /** No new request is sent on this connection; it closes when its last response has arrived. */
  #retire(address: string, channel: Channel): void {
    if (this.#channels.get(address) === channel) this.#channels.delete(address);
    channel.retire('the server answered GO_AWAY');
  }
}
