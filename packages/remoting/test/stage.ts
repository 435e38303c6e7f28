import { type LogFields, type Logger, silentLogger } from '@rocketmq-ts/kernel';
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
import { type MemoryConnection, MemoryNetwork } from './memory-network.ts';
import { ManualClock } from './virtual-clock.ts';

/** Commands of these tests; their codes belong to nobody. */
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

/** One network, one clock, and the lines that were logged above debug. */
export class Stage {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork();
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

  /** A peer that speaks in frames or in whatever bytes the test likes. */
  async peer(port: number): Promise<ScriptedPeer> {
    return new ScriptedPeer(await this.network.connect({ host: '127.0.0.1', port, timeoutMs: 1000 }));
  }
}

export class ScriptedPeer {
  readonly connection: MemoryConnection;
  readonly frames: RemotingFrame[] = [];
  readonly #reader = new FrameReader(1 << 30);
  /** Buffers that came; each write arrives as one. */
  chunkCount = 0;
  isClosed = false;

  constructor(connection: MemoryConnection) {
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
