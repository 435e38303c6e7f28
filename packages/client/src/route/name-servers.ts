import type { Clock, Random } from '@rocketmq-ts/kernel';
import type { Command, RequestInput } from '@rocketmq-ts/protocol';
import { type RemotingClient, RemotingError, type Response } from '@rocketmq-ts/remoting';
import { ClientError } from '../errors.ts';

/**
 * Asks one name server, the same one while it answers; when it fails, the next one is asked within the same call, as
 * far as its time allows. (Apache asks the next one only with the next call. Source: NettyRemotingClient#getAndCreateNameserverChannel.)
 */
export class NameServers {
  readonly addresses: readonly string[];
  readonly #remoting: RemotingClient;
  readonly #clock: Clock;
  #chosen: number;

  constructor(addresses: readonly string[], remoting: RemotingClient, platform: { clock: Clock; random: Random }) {
    this.addresses = addresses;
    this.#remoting = remoting;
    this.#clock = platform.clock;
    this.#chosen = platform.random.below(addresses.length);
  }

  /** Resolves with the answer, whatever its code, and the address of the name server. Rejects with ClientError `NAMESRV_UNREACHABLE`. */
  async ask<C extends Command>(
    command: C,
    header: RequestInput<C>,
    timeoutMs: number,
  ): Promise<{ readonly response: Response<C>; readonly address: string }> {
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const failures: string[] = [];
    let cause: unknown;
    for (let attempt = 0; attempt < this.addresses.length; attempt++) {
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) break;
      const address = this.addresses[this.#chosen % this.addresses.length]!;
      try {
        return { response: await this.#remoting.request(address, command, header, { timeoutMs: leftMs }), address };
      } catch (error) {
        if (!(error instanceof RemotingError)) throw error;
        cause = error;
        failures.push(`${address} (${error.message.replace(/\.$/, '')})`);
        this.#chosen++;
      }
    }
    throw new ClientError(
      'NAMESRV_UNREACHABLE',
      `${command.name} was answered by no name server: ${failures.join('; ')}.`,
      { cause, facts: { addresses: this.addresses } },
    );
  }
}
