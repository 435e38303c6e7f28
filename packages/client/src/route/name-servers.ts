import type { Clock, Random } from '@rocketmq-ts/kernel';
import { type Command, type RequestInput, ResponseCode } from '@rocketmq-ts/protocol';
import { type NameServerList, type RemotingClient, RemotingError, type Response } from '@rocketmq-ts/remoting';
import { ClientError } from '../errors.ts';

/** A name server that did not answer is not asked for a second opinion for so long. */
const SILENT_MS = 30_000;

interface Answer<C extends Command> {
  readonly response: Response<C>;
  readonly address: string;
}

/**
 * Asks one name server, the same one while it answers; when it fails, the next one is asked within the same call, as
 * far as its time allows. (Apache asks the next one only with the next call. Source: NettyRemotingClient#getAndCreateNameserverChannel.)
 */
export class NameServers {
  readonly #list: NameServerList;
  readonly #remoting: RemotingClient;
  readonly #clock: Clock;
  readonly #random: Random;
  #chosen: string | undefined;
  /** When each of those that fail failed last. */
  readonly #failedMs = new Map<string, number>();

  constructor(list: NameServerList, remoting: RemotingClient, platform: { clock: Clock; random: Random }) {
    this.#list = list;
    this.#remoting = remoting;
    this.#clock = platform.clock;
    this.#random = platform.random;
    list.onChange(({ removed, moved }) => {
      for (const address of removed) this.#failedMs.delete(address);
      for (const address of [...removed, ...moved]) remoting.closeConnection(address);
    });
  }

  /** As they were configured, or as the address server names them. */
  get addresses(): readonly string[] {
    return this.#list.names;
  }

  /**
   * Resolves with the answer, whatever its code, and the address of the name server. An answer without success may come from
   * one that knows less than others: then these are asked too, and the first answer stays if none of them has a better one.
   * Rejects with ClientError `NAMESRV_UNREACHABLE`.
   */
  async ask<C extends Command>(command: C, header: RequestInput<C>, timeoutMs: number): Promise<Answer<C>> {
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const failures = new Map<string, string>();
    let cause: unknown;
    let refused: Answer<C> | undefined;
    for (;;) {
      const left = this.#inTurn().filter((address) => !failures.has(address));
      const candidates = refused === undefined ? left : left.filter((address) => !this.#wasSilent(address));
      const [address] = candidates;
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (address === undefined || leftMs <= 0) {
        if (refused !== undefined) return refused;
        if (leftMs > 0 && (await this.#hasNewOnes(failures))) continue;
        throw this.#unreachable(command, failures, cause);
      }
      try {
        const response = await this.#remoting.request(address, command, header, {
          // The others get their share of the time.
          timeoutMs: leftMs / candidates.length,
        });
        this.#failedMs.delete(address);
        if (refused === undefined) this.#chosen = address;
        if (response.code === ResponseCode.SUCCESS) return { response, address };
        refused ??= { response, address };
        failures.set(address, 'it does not know');
      } catch (error) {
        if (!(error instanceof RemotingError)) throw error;
        cause = error;
        failures.set(address, error.message.replace(/\.$/, ''));
        this.#failedMs.set(address, this.#clock.monotonicMs());
      }
    }
  }

  /** All of them, from the chosen one on; at the first time from any one. */
  #inTurn(): readonly string[] {
    const { addresses } = this.#list;
    if (addresses.length === 0) return addresses;
    let first = this.#chosen === undefined ? -1 : addresses.indexOf(this.#chosen);
    if (first < 0) {
      first = this.#random.below(addresses.length);
      this.#chosen = addresses[first];
    }
    return [...addresses.slice(first), ...addresses.slice(0, first)];
  }

  #wasSilent(address: string): boolean {
    const failedMs = this.#failedMs.get(address);
    return failedMs !== undefined && this.#clock.monotonicMs() - failedMs < SILENT_MS;
  }

  /** Where all have failed, their names may lead elsewhere by now. */
  async #hasNewOnes(failures: ReadonlyMap<string, string>): Promise<boolean> {
    await this.#list.refreshAfterFailure();
    return this.#list.addresses.some((address) => !failures.has(address));
  }

  #unreachable(command: Command, failures: ReadonlyMap<string, string>, cause: unknown): ClientError {
    const { addresses, whyEmpty } = this.#list;
    const reasons = [...failures].map(([address, reason]) => `${address} (${reason})`).join('; ');
    const text =
      addresses.length === 0
        ? `${command.name} was not sent, since no name server is known: ${whyEmpty ?? 'the address server names none'}.`
        : `${command.name} was answered by no name server: ${reasons}.`;
    return new ClientError('NAMESRV_UNREACHABLE', text, { cause, facts: { addresses } });
  }
}
