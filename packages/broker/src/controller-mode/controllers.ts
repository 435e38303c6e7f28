import {
  asError,
  type Clock,
  formatEndpoint,
  type Logger,
  type Network,
  parseEndpoint,
  RepeatedLines,
  splitEndpoints,
} from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  CONTROLLER_GET_METADATA_INFO,
  type Command,
  type RequestInput,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { RemotingClient, Response } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import { BrokerError } from '../errors.ts';

/** Source: BrokerOuterAPI. */
const REQUEST_TIMEOUT_MS = 3000;

export interface ControllersParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly network: Pick<Network, 'lookup'>;
  readonly client: RemotingClient;
  readonly config: Pick<BrokerConfig, 'controllerAddr' | 'fetchControllerAddrByDnsLookup'>;
}

/** The controllers of `controllerAddr`, of which one leads. */
export class Controllers {
  readonly #parts: ControllersParts;
  readonly #lines: RepeatedLines;
  readonly #heartbeatsUnderway = new Set<string>();
  #addresses: readonly string[] = [];
  #leader: string | undefined;

  constructor(parts: ControllersParts) {
    this.#parts = parts;
    this.#lines = new RepeatedLines(parts.logger);
  }

  get leader(): string | undefined {
    return this.#leader;
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Reads `controllerAddr` again; a domain that can't be looked up leaves what is known. */
  async readAddresses(): Promise<void> {
    const { config, network } = this.#parts;
    const listed = splitEndpoints(config.controllerAddr);
    if (!config.fetchControllerAddrByDnsLookup) {
      this.#addresses = listed;
      return;
    }
    const found: string[] = [];
    for (const text of listed) {
      const endpoint = parseEndpoint(text);
      if (endpoint === undefined) continue;
      try {
        for (const host of await network.lookup(endpoint.host))
          found.push(formatEndpoint({ host, port: endpoint.port }));
      } catch (error) {
        this.#warn(`lookup ${text}`, 'the domain of the controllers is not found', {
          domain: text,
          error: asError(error),
        });
      }
    }
    if (found.length > 0) this.#addresses = found;
  }

  /** Asks each who leads, until one knows. Source: ReplicasManager#updateControllerMetadata. */
  async findLeader(): Promise<string | undefined> {
    for (const address of this.#addresses) {
      try {
        const { code, header, remark } = await this.#parts.client.request(
          address,
          CONTROLLER_GET_METADATA_INFO,
          {},
          {
            timeoutMs: REQUEST_TIMEOUT_MS,
          },
        );
        if (code === ResponseCode.SUCCESS && header.controllerLeaderAddress) {
          if (this.#leader !== header.controllerLeaderAddress)
            this.#parts.logger.info('the leader of the controllers', { address: header.controllerLeaderAddress });
          this.#leader = header.controllerLeaderAddress;
          return this.#leader;
        }
        this.#warn(`leader ${address}`, 'a controller knows no leader', { controller: address, code, remark });
      } catch (error) {
        this.#warn(`leader ${address}`, 'a controller can not be asked', {
          controller: address,
          error: asError(error),
        });
      }
    }
    this.#leader = undefined;
    return undefined;
  }

  /** Asks the leader. Rejects when there is none, or no answer of it; then the next request looks for the leader anew. */
  async ask<C extends Command>(command: C, header: RequestInput<C>, body?: Buffer): Promise<Response<C>> {
    const leader = this.#leader ?? (await this.findLeader());
    if (leader === undefined) {
      throw notFound(`none of the controllers ${this.#addresses.join(', ')} names a leader`);
    }
    try {
      const options = body === undefined ? { timeoutMs: REQUEST_TIMEOUT_MS } : { timeoutMs: REQUEST_TIMEOUT_MS, body };
      const response = await this.#parts.client.request(leader, command, header, options);
      if (response.code === ResponseCode.CONTROLLER_NOT_LEADER) this.#leader = undefined;
      return response;
    } catch (error) {
      this.#leader = undefined;
      throw error;
    }
  }

  /** One-way, to every controller: each must know who lives, as any of them may lead next. */
  heartbeat(header: RequestInput<typeof BROKER_HEARTBEAT>): void {
    this.#lines.sweep(this.#parts.clock.monotonicMs());
    for (const address of this.#addresses) void this.#heartbeatTo(address, header);
  }

  async #heartbeatTo(address: string, header: RequestInput<typeof BROKER_HEARTBEAT>): Promise<void> {
    if (this.#heartbeatsUnderway.has(address)) return;
    this.#heartbeatsUnderway.add(address);
    try {
      await this.#parts.client.notify(address, BROKER_HEARTBEAT, header);
    } catch (error) {
      this.#warn(`heartbeat ${address}`, 'a controller does not get the heartbeats', {
        controller: address,
        error: asError(error),
      });
    } finally {
      this.#heartbeatsUnderway.delete(address);
    }
  }

  /** The same line once, and then how often. */
  #warn(key: string, sentence: string, fields: Readonly<Record<string, unknown>>): void {
    this.#lines.log(key, this.#parts.clock.monotonicMs(), 'warn', sentence, fields);
  }
}

/** No controller can be asked now. */
export function notFound(sentence: string): BrokerError {
  return new BrokerError('CONTROLLER_NOT_FOUND', sentence);
}

/** The controller that leads answered so. */
export function refused(what: string, code: number, remark: string | undefined): BrokerError {
  const sentence = `the controller refuses ${what}: code ${code}, ${remark ?? 'without a remark'}`;
  return new BrokerError('CONTROLLER_REFUSED', sentence);
}
