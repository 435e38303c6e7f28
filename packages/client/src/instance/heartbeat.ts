import type { Logger } from '@rocketmq-ts/kernel';
import {
  CLIENT_INNER_PRODUCER_GROUP,
  encodeHeartbeatData,
  HEART_BEAT,
  MASTER_ID,
  ResponseCode,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import { BrokerError } from '../errors.ts';
import type { RouteTable } from '../route/route-table.ts';
import type { Members } from './members.ts';

/** What heartbeats are made and sent with. */
export interface HeartbeatParts {
  readonly clientId: string;
  readonly routes: RouteTable;
  readonly remoting: RemotingClient;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

/** Reports to every known broker which groups run here, and when they leave. Source: MQClientInstance#sendHeartbeatToAllBroker. */
export class Heartbeat {
  readonly #members: Members;
  readonly #parts: HeartbeatParts;
  /** Addresses with a heartbeat under way: a second one would have the same content. */
  readonly #underWay = new Map<string, Promise<boolean>>();
  /** Addresses that got a heartbeat over the connection that they have now. */
  readonly #informed = new Set<string>();
  /** Addresses whose last heartbeat was not answered. */
  readonly #silent = new Set<string>();

  constructor(members: Members, parts: HeartbeatParts) {
    this.#members = members;
    this.#parts = parts;
  }

  /** Resolves when every broker answered or failed. Slaves get heartbeats of consumers only. */
  async beatAll(): Promise<void> {
    if (this.#members.empty) return;
    const anyConsumer = this.#members.consumers.size > 0;
    const targets = this.#parts.routes.brokerAddresses().filter((one) => anyConsumer || one.brokerId === MASTER_ID);
    const addresses = new Set(targets.map((one) => one.address));
    await Promise.all(Array.from(addresses, (address) => this.#beat(address)));
  }

  /** A connection was made: if it is a broker's, members that it may ask are announced, and queues shared again. */
  connected(address: string): void {
    const { consumers } = this.#members;
    if (!this.#members.asked) return;
    if (!this.#isBroker(address)) return;
    this.#beat(address).then((answered) => {
      if (answered) for (const consumer of consumers.values()) consumer.rebalanceSoon();
    });
  }

  /** Informs a broker at once, if it had no heartbeat since it was connected. */
  announce(address: string): void {
    if (!this.#informed.has(address)) this.#beat(address);
  }

  /**
   * Informs every master that had no heartbeat since it was connected, so that it finds this client when it has a reply for it.
   * Resolves when those have answered that answered their last heartbeat; undefined when there is none to wait for.
   */
  announceToAll(): Promise<unknown> | undefined {
    const waitedFor: Promise<boolean>[] = [];
    for (const { address, brokerId } of this.#parts.routes.brokerAddresses()) {
      if (brokerId !== MASTER_ID || this.#silent.has(address)) continue;
      if (!this.#informed.has(address) || this.#underWay.has(address)) waitedFor.push(this.#beat(address));
    }
    return waitedFor.length === 0 ? undefined : Promise.all(waitedFor);
  }

  /** A broker that may have a reply for a member must be able to reach it. */
  disconnected(address: string): void {
    this.#informed.delete(address);
    if (this.#members.awaitsReplies && this.#isBroker(address)) this.#beat(address);
  }

  /** Reports to every broker that a group leaves this client; failures are only logged, since a broker drops members without heartbeats. */
  async unregister(group: { readonly producerGroup: string } | { readonly consumerGroup: string }): Promise<void> {
    const { routes, remoting, clientId, timeoutMs, logger } = this.#parts;
    const addresses = new Set(routes.brokerAddresses().map((one) => one.address));
    await Promise.all(
      [...addresses].map(async (address) => {
        try {
          const header = { clientID: clientId, ...group };
          await remoting.request(address, UNREGISTER_CLIENT, header, { timeoutMs });
        } catch (error) {
          logger.warn('a broker could not be asked to drop a group that leaves', { address, ...group, error });
        }
      }),
    );
  }

  #isBroker(address: string): boolean {
    return this.#parts.routes.brokerAddresses().some((one) => one.address === address);
  }

  #beat(address: string): Promise<boolean> {
    const underWay = this.#underWay.get(address);
    if (underWay !== undefined) return underWay;
    this.#informed.add(address);
    const beat = this.#send(address).finally(() => this.#underWay.delete(address));
    this.#underWay.set(address, beat);
    return beat;
  }

  async #send(address: string): Promise<boolean> {
    const { remoting, timeoutMs, logger } = this.#parts;
    try {
      const response = await remoting.request(address, HEART_BEAT, {}, { timeoutMs, body: this.#body() });
      if (response.code !== ResponseCode.SUCCESS) throw new BrokerError('HEART_BEAT', address, response);
      this.#silent.delete(address);
      return true;
    } catch (error) {
      this.#silent.add(address);
      // Without members a stop interrupted it: no heartbeat is needed any more.
      if (!this.#members.empty) logger.warn('a heartbeat failed', { address, error });
      return false;
    }
  }

  #body(): Buffer {
    const { producers, consumers } = this.#members;
    return encodeHeartbeatData({
      clientID: this.#parts.clientId,
      // Every client has the group under which consumers send failed messages back.
      producerGroups: [CLIENT_INNER_PRODUCER_GROUP, ...producers.keys()],
      consumers: [...consumers.values()].map((consumer) => consumer.describe()),
      heartbeatFingerprint: 0,
      withoutSub: false,
    });
  }
}
