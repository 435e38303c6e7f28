import { asError, type Clock, type Logger, type Timer } from '@rocketmq-ts/kernel';
import {
  bodyCrc32,
  createTopicConfigWrapper,
  decodeKVTable,
  encodeRegisterBrokerBody,
  MQVersion,
  Perm,
  REGISTER_BROKER,
  ResponseCode,
  type TopicConfig,
  UNREGISTER_BROKER,
} from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from './config-table.ts';
import type { BrokerIdentity } from './identity.ts';
import type { TopicTable } from './topic/topic-table.ts';

const FIRST_PERIODIC_MS = 10_000;
/** A name server that could not be reached is asked again so soon, so that a broker started first appears quickly. */
const RETRY_MS = 1_000;
/** A broker that stops does not wait longer for a name server that hangs. */
const UNREGISTER_TIMEOUT_MS = 500;

export interface RegistrationParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly identity: BrokerIdentity;
  readonly topics: TopicTable;
  readonly client: RemotingClient;
  readonly namesrvAddrs: readonly string[];
}

/** Keeps this broker and its topics known to every name server. Source: BrokerController#registerBrokerAll, BrokerOuterAPI. */
export class Registration {
  readonly #parts: RegistrationParts;
  /** Name servers whose last registration failed. */
  readonly #unreachable = new Set<string>();
  #timers: Timer[] = [];
  #retry: Timer | undefined;
  #stopped = false;
  /** Topics that changed since the last announcement; empty with `#all` when more than topics did. */
  #changed = new Map<string, TopicConfig>();
  #all = false;
  #scheduled = false;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /** Registers once with all name servers, then periodically. A name server that can't be reached is retried with a log line. */
  async start(): Promise<void> {
    const { clock, config, client } = this.#parts;
    await this.registerAll();
    // A name server that was restarted knows nothing: it is told when it is back, not half a minute later.
    client.onDisconnect((address) => this.#lost(address));
    const periodMs = Math.min(60_000, Math.max(10_000, config.registerNameServerPeriod));
    this.#timers.push(
      clock.after(FIRST_PERIODIC_MS, () => {
        void this.registerAll();
        this.#timers.push(clock.every(periodMs, () => void this.registerAll()));
      }),
    );
  }

  /** Tells every name server that this broker goes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#retry?.cancel();
    const { identity, client, namesrvAddrs, logger } = this.#parts;
    const header = {
      brokerName: identity.brokerName,
      brokerAddr: identity.brokerAddr,
      clusterName: identity.clusterName,
      brokerId: identity.brokerId,
    };
    await Promise.all(
      namesrvAddrs.map(async (address) => {
        if (this.#unreachable.has(address)) return;
        try {
          await client.request(address, UNREGISTER_BROKER, header, { timeoutMs: UNREGISTER_TIMEOUT_MS });
        } catch (error) {
          logger.warn('a name server did not take the unregistration', { address, error: asError(error).message });
        }
      }),
    );
  }

  /** Announces topics that changed, together with others that change in the same turn. */
  announce(changed: readonly TopicConfig[]): void {
    if (changed.length === 0) this.#all = true;
    for (const topic of changed) this.#changed.set(topic.topicName, topic);
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#parts.clock.endOfTurn(() => {
      this.#scheduled = false;
      const topics = this.#all ? undefined : this.#changed;
      this.#changed = new Map();
      this.#all = false;
      void this.#register(topics);
    });
  }

  registerAll(): Promise<void> {
    return this.#register(undefined);
  }

  #lost(address: string): void {
    if (this.#stopped || !this.#parts.namesrvAddrs.includes(address) || this.#unreachable.has(address)) return;
    this.#parts.logger.warn('the connection to a name server was lost; it is tried again every second', { address });
    this.#unreachable.add(address);
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#unreachable.size === 0 || this.#retry !== undefined || this.#stopped) return;
    this.#retry = this.#parts.clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      void this.registerAll();
    });
  }

  async #register(only: ReadonlyMap<string, TopicConfig> | undefined): Promise<void> {
    if (this.#stopped) return;
    const body = this.#body(only);
    await Promise.all(this.#parts.namesrvAddrs.map((address) => this.#registerAt(address, body)));
    this.#retryLater();
  }

  #body(only: ReadonlyMap<string, TopicConfig> | undefined): Buffer {
    const { topics, config } = this.#parts;
    const restricted = !Perm.isReadable(config.brokerPermission) || !Perm.isWriteable(config.brokerPermission);
    const table = new Map<string, TopicConfig>();
    for (const topic of only?.values() ?? topics.all()) {
      table.set(topic.topicName, restricted ? { ...topic, perm: topic.perm & config.brokerPermission } : topic);
    }
    return encodeRegisterBrokerBody(
      { topicConfigSerializeWrapper: createTopicConfigWrapper(table, topics.dataVersion), filterServerList: [] },
      { compressed: false, version: MQVersion.V5_4_0 },
    );
  }

  async #registerAt(address: string, body: Buffer): Promise<void> {
    const { identity, client, config, logger } = this.#parts;
    try {
      const response = await client.request(
        address,
        REGISTER_BROKER,
        {
          brokerName: identity.brokerName,
          brokerAddr: identity.brokerAddr,
          clusterName: identity.clusterName,
          haServerAddr: identity.haServerAddr,
          brokerId: identity.brokerId,
          enableActingMaster: false,
          compressed: false,
          bodyCrc32: bodyCrc32(body),
        },
        { body, timeoutMs: config.registerBrokerTimeoutMills },
      );
      if (response.code === ResponseCode.SUCCESS) {
        if (this.#unreachable.delete(address)) logger.info('registered with a name server again', { address });
        if (response.body.length > 0) this.#parts.topics.markOrdered(decodeKVTable(response.body).keys());
        return;
      }
      if (!this.#unreachable.has(address)) {
        const { code, remark } = response;
        logger.warn('a name server refused the registration; it is tried again every second', {
          address,
          code,
          remark,
        });
      }
      this.#unreachable.add(address);
    } catch (error) {
      if (!this.#unreachable.has(address)) {
        logger.warn('a name server can not be reached; it is tried again every second', {
          address,
          error: asError(error).message,
        });
      }
      this.#unreachable.add(address);
    }
  }
}
