import type { Logger, Platform } from '@rocketmq-ts/kernel';
import type { Command, RequestInput } from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient, type Response } from '@rocketmq-ts/remoting';

const TIMEOUT_MS = 5000;

/** Makes single requests to servers: no retries, no routes, nothing that could hide a fault. */
export class AdminCaller {
  readonly #client: RemotingClient;

  constructor(platform: Platform, logger: Logger) {
    this.#client = createRemotingClient({ platform, logger });
  }

  async start(): Promise<void> {
    await this.#client.start();
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }

  /** Resolves with the answer, whatever its code; undefined when none came. */
  async ask<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    body?: Buffer,
  ): Promise<Response<C> | undefined> {
    try {
      return await this.#client.request(address, command, header, { timeoutMs: TIMEOUT_MS, body });
    } catch {
      return undefined;
    }
  }
}
