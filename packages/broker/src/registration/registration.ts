import { asError, type Clock, type Logger, sleep, type Timer } from '@rocketmq-ts/kernel';
import {
  bodyCrc32,
  type DataVersion,
  decodeKVTable,
  Perm,
  REGISTER_BROKER,
  ResponseCode,
  type TopicConfig,
  UNREGISTER_BROKER,
} from '@rocketmq-ts/protocol';
import type { NameServerChange, NameServerList, RemotingClient } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { BrokerRole, MasterPlace } from '../role/broker-role.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { configuredNameServers } from './name-server-list.ts';
import { NameServers, type Report } from './name-servers.ts';
import { RegistrationBodies, type StaticTopicInfos } from './registration-bodies.ts';

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
  readonly role: BrokerRole;
  readonly topics: TopicTable;
  readonly mappings: StaticTopicInfos;
  readonly client: RemotingClient;
  /** Started before this. */
  readonly nameServerList: NameServerList;
  /** For the operator: a name server that does not know this broker, and the end of that. Default: only the log has it. */
  readonly report?: Report | undefined;
}

/** Keeps this broker and its topics known to every name server of the list, also when that changes. Source: BrokerController#registerBrokerAll, BrokerOuterAPI. */
export class Registration implements Feature {
  readonly #parts: RegistrationParts;
  readonly #nameServers: NameServers;
  /** Registrations under way, by address: a name server must not see one behind the unregistration. */
  readonly #underway = new Map<string, Set<Promise<void>>>();
  readonly #leaving = new Map<string, Promise<void>>();
  /** The version that each name server took last. */
  readonly #taken = new Map<string, DataVersion>();
  /** What each name server said of the master in its last answer; only those that answered. */
  readonly #masters = new Map<string, MasterPlace>();
  #registeredId: number;
  /** A registration was left out since this broker is isolated. */
  #isAwaited = false;
  /** Before it no name server may know this broker. Monotonic. */
  #appearsAtMs = Number.NEGATIVE_INFINITY;
  #timers: Timer[] = [];
  #retry: Timer | undefined;
  #stopped = false;
  /** Topics that changed since the last announcement; empty with `#all` when more than topics did. */
  #changed = new Map<string, TopicConfig>();
  #all = false;
  #scheduled = false;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    this.#nameServers = new NameServers(parts.logger, parts.report ?? (() => {}));
    this.#registeredId = parts.role.brokerId;
  }

  get #addresses(): readonly string[] {
    return this.#parts.nameServerList.addresses;
  }

  /** Registers once with all name servers, then periodically and as topics change. A name server that can't be reached is retried with a log line. */
  async start(): Promise<void> {
    const { clock, config, role, client, topics, nameServerList } = this.#parts;
    if (config.disappearTimeAfterStart > 0) {
      this.#appearsAtMs = clock.monotonicMs() + config.disappearTimeAfterStart;
      this.#timers.push(clock.after(config.disappearTimeAfterStart, () => void this.registerAll()));
    }
    topics.onChange = (changed) => this.announce(changed);
    role.onChange(() => {
      if (role.brokerId !== this.#registeredId || this.#isAwaited) void this.registerAll();
    });
    nameServerList.onChange((change) => this.#follow(change));
    if (this.#addresses.length === 0) this.#nameServers.noneKnown(nameServerList.whyEmpty);
    await this.registerAll();
    // A name server that was restarted knows nothing: this broker registers when it is back, not half a minute later.
    client.onDisconnect((address) => this.#lost(address));
    const periodMs = Math.min(60_000, Math.max(10_000, config.registerNameServerPeriod));
    this.#timers.push(
      clock.after(FIRST_PERIODIC_MS, () => {
        void this.registerAll();
        this.#timers.push(clock.every(periodMs, () => void this.registerAll()));
      }),
    );
  }

  /** Name servers are configured, and none of them has this broker. */
  get isUnknown(): boolean {
    return this.#addresses.length > 0 && !this.#addresses.some((address) => this.#nameServers.knows(address));
  }

  /** Takes this broker out of every name server that knows it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#retry?.cancel();
    const isRegistered = !this.#parts.role.isIsolated;
    const known = this.#addresses.filter((address) => isRegistered && !this.#nameServers.fails(address));
    await Promise.all([...known.map((address) => this.#unregister(address)), ...this.#leaving.values()]);
  }

  /** Follows `namesrvAddr` after a change, as it follows names that lead elsewhere: at once, with all topics at a new name server, and with an unregistration at a removed one. */
  followConfig(): void {
    const { config, nameServerList } = this.#parts;
    if (!this.#stopped) void nameServerList.configure(configuredNameServers(config));
  }

  #follow({ added, removed, moved }: NameServerChange): void {
    if (this.#stopped) return;
    for (const address of removed) this.#leave(address);
    // With the connection the name server that had this name loses this broker; the one that has it now gets it.
    for (const address of moved) this.#parts.client.closeConnection(address);
    if (this.#addresses.length === 0) this.#nameServers.noneKnown(this.#parts.nameServerList.whyEmpty);
    if (added.length > 0) void this.#register(undefined, added);
  }

  #leave(address: string): void {
    const { client } = this.#parts;
    this.#nameServers.forget(address);
    this.#taken.delete(address);
    this.#masters.delete(address);
    const leaving = Promise.all([this.#leaving.get(address), this.#settled(address)])
      .then(() => this.#unregister(address))
      .finally(() => {
        if (this.#leaving.get(address) === leaving) this.#leaving.delete(address);
        if (!this.#addresses.includes(address)) client.closeConnection(address);
        // It may be one of those that stay, under another name: that one has just forgotten this broker.
        void this.registerAll();
      });
    this.#leaving.set(address, leaving);
  }

  /** When the registrations under way at a name server have ended; one that hangs is not waited for. */
  async #settled(address: string): Promise<void> {
    const underway = this.#underway.get(address);
    if (underway === undefined) return;
    const ended = new AbortController();
    const waiting = sleep(this.#parts.clock, UNREGISTER_TIMEOUT_MS, ended.signal);
    void Promise.all(underway).finally(() => ended.abort());
    await waiting;
  }

  async #unregister(address: string): Promise<void> {
    const { identity, role, client, logger } = this.#parts;
    const { brokerName, brokerAddr, clusterName } = identity;
    const header = { brokerName, brokerAddr, clusterName, brokerId: role.brokerId };
    try {
      await client.request(address, UNREGISTER_BROKER, header, { timeoutMs: UNREGISTER_TIMEOUT_MS });
    } catch (error) {
      logger.warn('a name server did not take the unregistration', { address, error: asError(error).message });
    }
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
    if (this.#stopped || !this.#addresses.includes(address)) return;
    this.#nameServers.connectionLost(address);
    this.#retryLater();
  }

  #retryLater(): void {
    if (!this.#nameServers.anyFails || this.#retry !== undefined || this.#stopped) return;
    this.#retry = this.#parts.clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      void this.#parts.nameServerList.refreshAfterFailure();
      void this.registerAll();
    });
  }

  async #register(only: ReadonlyMap<string, TopicConfig> | undefined, addresses = this.#addresses): Promise<void> {
    if (this.#stopped || this.#parts.clock.monotonicMs() < this.#appearsAtMs) return;
    this.#isAwaited = this.#parts.role.isIsolated;
    if (this.#isAwaited) return;
    const bodies = this.#bodies(only);
    this.#registeredId = this.#parts.role.brokerId;
    await Promise.all(addresses.map((address) => this.#registerAt(address, bodies)));
    this.#learnMaster(true);
    this.#retryLater();
  }

  async #registerAt(address: string, bodies: RegistrationBodies): Promise<void> {
    await this.#leaving.get(address);
    if (this.#stopped || !this.#addresses.includes(address)) return;
    const registering = this.#exchangeAll(address, bodies);
    const underway = this.#underway.get(address) ?? new Set();
    this.#underway.set(address, underway.add(registering));
    await registering;
    underway.delete(registering);
    if (underway.size === 0) this.#underway.delete(address);
  }

  #bodies(only: ReadonlyMap<string, TopicConfig> | undefined): RegistrationBodies {
    const { topics, mappings, config } = this.#parts;
    const restricted = !Perm.isReadable(config.brokerPermission) || !Perm.isWriteable(config.brokerPermission);
    const registered: TopicConfig[] = [];
    for (const topic of only?.values() ?? topics.all()) {
      registered.push(restricted ? { ...topic, perm: topic.perm & config.brokerPermission } : topic);
    }
    return new RegistrationBodies(registered, topics.dataVersion, config, mappings);
  }

  /**
   * A slave follows the master that name servers know. That none knows one is concluded only when all have answered; with no
   * answer at all the slave keeps what it knew. Source: BrokerController#handleRegisterBrokerResult.
   */
  #learnMaster(allAnswered: boolean): void {
    const { role, config } = this.#parts;
    // The controller says who is master, sooner than name servers.
    if (config.enableControllerMode) return;
    const answers = this.#addresses.flatMap((address) => this.#masters.get(address) ?? []);
    const master = firstKnown(answers);
    if (!role.isSlave || this.#stopped || master === undefined) return;
    if (master.address !== undefined || allAnswered) role.masterIs(master);
  }

  /** One part after the other, until one is not taken. */
  async #exchangeAll(address: string, bodies: RegistrationBodies): Promise<void> {
    for (const body of bodies.for(this.#taken.get(address))) {
      if (!(await this.#exchange(address, body))) {
        this.#taken.delete(address);
        return;
      }
    }
    this.#taken.set(address, bodies.version);
    this.#nameServers.registeredAt(address);
  }

  /** True when the name server took it. */
  async #exchange(address: string, body: Buffer): Promise<boolean> {
    const { identity, role, client, config } = this.#parts;
    const { brokerName, brokerAddr, clusterName, haServerAddr } = identity;
    const header = {
      ...{ brokerName, brokerAddr, clusterName, haServerAddr, brokerId: role.brokerId },
      enableActingMaster: config.enableSlaveActingMaster,
      heartbeatTimeoutMillis: config.enableSlaveActingMaster ? config.brokerNotActiveTimeoutMillis : undefined,
      compressed: config.compressedRegister,
      bodyCrc32: bodyCrc32(body),
    };
    try {
      const options = { body, timeoutMs: config.registerBrokerTimeoutMills };
      const response = await client.request(address, REGISTER_BROKER, header, options);
      // It may have been removed from the list meanwhile.
      if (!this.#addresses.includes(address)) return false;
      if (response.code === ResponseCode.SUCCESS) {
        const { masterAddr, haServerAddr: haAddress } = response.header;
        this.#masters.set(address, { address: masterAddr, haAddress });
        this.#learnMaster(false);
        if (response.body.length > 0) this.#parts.topics.markOrdered(decodeKVTable(response.body).keys());
        return true;
      }
      this.#masters.delete(address);
      this.#nameServers.refusedBy(address, response.code, response.remark);
    } catch (error) {
      this.#masters.delete(address);
      if (this.#addresses.includes(address)) this.#nameServers.failedAt(address, asError(error), body.length);
    }
    return false;
  }
}

/** By name servers in their order, the first one that knows a master; the first one when none does. */
function firstKnown(answers: readonly MasterPlace[]): MasterPlace | undefined {
  return answers.find(({ address }) => address !== undefined) ?? answers[0];
}
