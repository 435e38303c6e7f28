import {
  type Connection,
  type ConnectOptions,
  type Listener,
  type ListenOptions,
  type LogFields,
  type Logger,
  type Network,
  type NetworkInterface,
  silentLogger,
} from '@rocketmq-ts/kernel';
import {
  command,
  encodeFrame,
  FrameReader,
  type FrameValues,
  int,
  optional,
  type RemotingFrame,
  str,
} from '@rocketmq-ts/protocol';
import {
  createRemotingClient,
  createRemotingServer,
  type RemotingClientOptions,
  type RemotingServerOptions,
} from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';

/** Commands of these tests; RocketMQ has no commands with these codes. */
export const ECHO = command(90_001, 'ECHO', {
  request: { text: str(), delay: optional(int()) },
  response: { text: str() },
});
export const BARE = command(90_002, 'BARE', { request: {} });
export const SHORT = command(9_003, 'SHORT', { request: { text: str() }, response: { text: str() } });

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly sentence: string;
  readonly fields: LogFields | undefined;
}

/** The network of one machine, which counts connections and sees what is written on them. */
class WatchedNetwork implements Network {
  connectCount = 0;
  /** Every buffer that was given to `write`. */
  readonly written: Uint8Array[] = [];
  readonly #network: Network;
  readonly #connections: Connection[] = [];

  constructor(network: Network) {
    this.#network = network;
  }

  /** Written and not read by the other end, on all connections. */
  get pendingBytes(): number {
    return this.#connections.reduce((sum, connection) => sum + connection.pendingBytes, 0);
  }

  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    return this.#network.listen(options, (connection) => accept(this.#watch(connection)));
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    this.connectCount++;
    return this.#watch(await this.#network.connect(options));
  }

  lookup(host: string): Promise<readonly string[]> {
    return this.#network.lookup(host);
  }

  interfaces(): NetworkInterface[] {
    return this.#network.interfaces();
  }

  #watch(connection: Connection): Connection {
    const write = connection.write.bind(connection);
    connection.write = (bytes, done) => {
      this.written.push(bytes);
      write(bytes, done);
    };
    this.#connections.push(connection);
    return connection;
  }
}

/** One machine whose system buffers nothing for a peer that does not read, and the lines that were logged above debug. */
export class Stage {
  readonly #environment = new SimulatedEnvironment(1, { network: { splitChance: 0, windowBytes: 0 } });
  readonly clock = this.#environment.clock;
  readonly network = new WatchedNetwork(this.#environment.network.host('machine'));
  readonly lines: LogLine[] = [];
  readonly logger: Logger = {
    ...silentLogger,
    info: (sentence, fields) => this.lines.push({ level: 'info', sentence, fields }),
    warn: (sentence, fields) => this.lines.push({ level: 'warn', sentence, fields }),
    error: (sentence, fields) => this.lines.push({ level: 'error', sentence, fields }),
  };

  server(options: Partial<RemotingServerOptions> = {}): ReturnType<typeof createRemotingServer> {
    return createRemotingServer({ platform: this, logger: this.logger, host: '127.0.0.1', port: 0, ...options });
  }

  client(options: Partial<RemotingClientOptions> = {}): ReturnType<typeof createRemotingClient> {
    return createRemotingClient({ platform: this, logger: this.logger, ...options });
  }

  /** A peer that sends frames, or any bytes. */
  async peer(port: number): Promise<ScriptedPeer> {
    return new ScriptedPeer(await this.network.connect({ host: '127.0.0.1', port, timeoutMs: 1000 }));
  }

  /** Resolves when nothing more happens without time passing: frames were sent there and back. */
  settled(): Promise<void> {
    return this.clock.settle();
  }
}

export class ScriptedPeer {
  readonly connection: Connection;
  readonly frames: RemotingFrame[] = [];
  readonly #reader = new FrameReader(1 << 30);
  /** Received buffers; what is written in one turn arrives as one. */
  chunkCount = 0;
  isClosed = false;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.setHandlers({
      onData: (chunk) => {
        this.chunkCount++;
        this.#reader.push(chunk);
        for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.frames.push(frame);
      },
      onDrain: () => {},
      onClose: () => {
        this.isClosed = true;
      },
    });
  }

  send(...frames: FrameValues[]): void {
    this.connection.write(Buffer.concat(frames.map(encodeFrame)));
  }
}
