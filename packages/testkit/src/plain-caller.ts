import type { Logger, Platform } from '@rocketmq-ts/kernel';
import type { Command, RequestInput } from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient, type Response } from '@rocketmq-ts/remoting';

/** What a server answered; undefined where it did not: the connection was lost, or the time is over. */
export type Answer<C extends Command> = Response<C> | undefined;

/** Makes single requests to servers: no retries, no routes, nothing that could hide a fault. */
export class PlainCaller {
  readonly #client: RemotingClient;
  readonly #timeoutMs: number;

  constructor(platform: Platform, logger: Logger, timeoutMs: number) {
    this.#client = createRemotingClient({ platform, logger });
    this.#timeoutMs = timeoutMs;
  }

  async start(): Promise<void> {
    await this.#client.start();
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }

  /** Resolves with the answer, whatever its code. */
  async ask<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    body?: Buffer,
  ): Promise<Answer<C>> {
    try {
      return await this.#client.request(address, command, header, { timeoutMs: this.#timeoutMs, body });
    } catch {
      // It is unknown what became of it.
      return undefined;
    }
  }
}
