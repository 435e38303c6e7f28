import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessages, PULL_MESSAGE, PullSysFlag, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient, type Response } from '@rocketmq-ts/remoting';
import { brokerPortOffsets, freePort } from '@rocketmq-ts/testkit/java';
import type { Command, Shell } from './command.ts';

/** A port whose neighbours are free too, outside the range from which the system takes ports for others. */
export const freePorts = (): Promise<number> => freePort(brokerPortOffsets);

/** Undefined when the port is taken. */
export function listen(port: number): Promise<{ port: number; close(): Promise<void> } | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const close = (): Promise<void> => new Promise((closed) => server.close(() => closed()));
      resolve({ port: (server.address() as { port: number }).port, close });
    });
  });
}

/** A broker as users start it: `sh bin/mqbroker -c …`. */
export class BrokerProcess {
  readonly port: number;
  readonly command: Command;

  constructor(port: number, command: Command) {
    this.port = port;
    this.command = command;
  }

  /** Writes its properties file and starts it; resolves at once. */
  static launch(shell: Shell, port: number, lines: readonly string[] = []): BrokerProcess {
    const file = join(shell.home, `broker-${port}.conf`);
    const standard = [`listenPort=${port}`, 'bindAddress=127.0.0.1', 'brokerIP1=127.0.0.1', 'brokerName=a'];
    writeFileSync(file, [...standard, 'mappedFileSizeCommitLog=67108864', ...lines].join('\n'));
    return new BrokerProcess(port, shell.start('mqbroker', ['-c', file]));
  }

  /** The same, after its boot line. */
  static async start(shell: Shell, lines: readonly string[] = []): Promise<BrokerProcess> {
    const broker = BrokerProcess.launch(shell, await freePorts(), lines);
    await broker.command.printed(/boot success/);
    return broker;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Memory of its own, in MiB: without files that are mapped. */
  get anonymousMib(): number {
    const status = readFileSync(`/proc/${this.command.pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }
}

/** Everything that the servers of this home have logged. */
export function logged(shell: Shell): string {
  const folder = join(shell.home, 'logs', 'rocketmqlogs');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
}

/** A producer and consumer as raw as the wire. */
export class RawClient {
  readonly remoting: RemotingClient;
  readonly address: string;

  constructor(address: string) {
    this.address = address;
    this.remoting = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
    void this.remoting.start();
  }

  send(topic: string, body: string): Promise<Response<typeof SEND_MESSAGE_V2>> {
    const header = { producerGroup: 'PG', topic, queueId: 0 };
    return this.remoting.request(this.address, SEND_MESSAGE_V2, header, { timeoutMs: 10_000, body: Buffer.from(body) });
  }

  /** All bodies of queue 0. */
  async bodies(topic: string): Promise<string[]> {
    const bodies: string[] = [];
    for (let queueOffset = 0; ; ) {
      const header = {
        consumerGroup: 'G',
        topic,
        queueId: 0,
        queueOffset,
        sysFlag: PullSysFlag.SUBSCRIPTION,
        subscription: '*',
      };
      const pulled = await this.remoting.request(this.address, PULL_MESSAGE, header, { timeoutMs: 10_000 });
      if (pulled.code !== 0) return bodies;
      for (const message of decodeMessages(pulled.body, { inflate: false })) bodies.push(message.body.toString());
      queueOffset = pulled.header.nextBeginOffset;
    }
  }

  stop(): Promise<void> {
    return Promise.resolve(this.remoting.stop());
  }
}
