import {
  CLIENT_INNER_PRODUCER_GROUP,
  encodeHeartbeatData,
  HEART_BEAT,
  MASTER_ID,
  ResponseCode,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import { BrokerError } from '../errors.ts';
import type { ClientInstance } from './client-instance.ts';

/** Tells every known broker which groups live here, and when they leave. Source: MQClientInstance#sendHeartbeatToAllBroker. */
export class Heartbeat {
  readonly #instance: ClientInstance;
  /** Addresses with a heartbeat under way: a second one would say the same. */
  readonly #underWay = new Map<string, Promise<boolean>>();
  /** Version that each broker answered with. */
  readonly #versions = new Map<string, number>();

  constructor(instance: ClientInstance) {
    this.#instance = instance;
  }

  /** Version number of the broker at an address, undefined before its first answer. */
  brokerVersion(address: string): number | undefined {
    return this.#versions.get(address);
  }

  /** Resolves when every broker answered or failed, with the count of answers. Slaves get heartbeats of consumers only. */
  async beatAll(): Promise<number> {
    const { producers, consumers, routes } = this.#instance;
    if (producers.size === 0 && consumers.size === 0) return 0;
    const targets = routes.brokerAddresses().filter((one) => consumers.size > 0 || one.brokerId === MASTER_ID);
    const addresses = [...new Set(targets.map((one) => one.address))];
    const answers = await Promise.all(addresses.map((address) => this.#beat(address)));
    return answers.filter(Boolean).length;
  }

  /** A connection was made: if it is a broker's, its consumers are announced and queues shared again. */
  connected(address: string): void {
    const { consumers, routes } = this.#instance;
    if (consumers.size === 0) return;
    if (!routes.brokerAddresses().some((one) => one.address === address)) return;
    this.#beat(address).then((answered) => {
      if (answered) for (const consumer of consumers.values()) consumer.rebalanceSoon();
    });
  }

  /** Says to every broker that a group leaves this client; failures are only logged, since brokers find out by silence. */
  async unregister(group: { readonly producerGroup: string } | { readonly consumerGroup: string }): Promise<void> {
    const { routes, remoting, clientId, settings } = this.#instance;
    const addresses = new Set(routes.brokerAddresses().map((one) => one.address));
    await Promise.all(
      [...addresses].map(async (address) => {
        try {
          const header = { clientID: clientId, ...group };
          await remoting.request(address, UNREGISTER_CLIENT, header, { timeoutMs: settings.requestTimeoutMs });
        } catch (error) {
          this.#instance.logger.warn('a broker could not be asked to drop a group that leaves', {
            address,
            ...group,
            error,
          });
        }
      }),
    );
  }

  #beat(address: string): Promise<boolean> {
    const underWay = this.#underWay.get(address);
    if (underWay !== undefined) return underWay;
    const beat = this.#send(address).finally(() => this.#underWay.delete(address));
    this.#underWay.set(address, beat);
    return beat;
  }

  async #send(address: string): Promise<boolean> {
    const { remoting, settings, logger } = this.#instance;
    try {
      const response = await remoting.request(
        address,
        HEART_BEAT,
        {},
        { timeoutMs: settings.requestTimeoutMs, body: this.#body() },
      );
      if (response.code !== ResponseCode.SUCCESS) throw new BrokerError('HEART_BEAT', address, response);
      this.#versions.set(address, response.version);
      return true;
    } catch (error) {
      const { producers, consumers } = this.#instance;
      // A stop broke it off: nobody is left that it speaks of.
      if (producers.size > 0 || consumers.size > 0) logger.warn('a heartbeat failed', { address, error });
      return false;
    }
  }

  #body(): Buffer {
    const { clientId, producers, consumers } = this.#instance;
    return encodeHeartbeatData({
      clientID: clientId,
      // The group under which consumers put failed messages back lives in every client.
      producerGroups: [CLIENT_INNER_PRODUCER_GROUP, ...producers.keys()],
      consumers: [...consumers.values()].map((consumer) => consumer.describe()),
      heartbeatFingerprint: 0,
      withoutSub: false,
    });
  }
}
