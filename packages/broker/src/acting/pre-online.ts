import { asError, type Clock, type Logger, parseEndpoint, type Timer } from '@rocketmq-ts/kernel';
import { EXCHANGE_BROKER_HA_INFO, MASTER_ID, ResponseCode } from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { Members, ReplicaGroup } from './replica-group.ts';

/** Source: BrokerPreOnlineService#run. */
const RETRY_MS = 1000;
/** Source: BrokerOuterAPI#retrieveBrokerHaInfo. */
const TIMEOUT_MS = 3000;
/** How long the connection for the log is waited for before all is asked again. Source: HAConnectionStateNotificationService. */
const CONNECTED_MS = 10_000;
const LOOK_MS = 50;

export interface PreOnlineParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'enableSlaveActingMaster' | 'totalReplicas' | 'skipPreOnline'>;
  readonly identity: BrokerIdentity;
  readonly role: BrokerRole;
  readonly store: Pick<MessageStore, 'facts'>;
  readonly client: RemotingClient;
  readonly group: ReplicaGroup;
  /** Of a slave: its connection for the log brings what its master has. */
  readonly hearsMaster: () => boolean;
  /** Of a master: a slave on this host follows its log. */
  readonly isFollowedFrom: (host: string) => boolean;
  /** Of a master: takes the progress that a slave made in its absence. Rejects when that can't be had now. */
  readonly takeProgressFrom: (slaveAddress: string) => Promise<void>;
}

/** Whether a broker so configured waits before name servers know it. */
export function startsIsolated({
  enableSlaveActingMaster,
  totalReplicas,
  skipPreOnline,
}: PreOnlineParts['config']): boolean {
  return enableSlaveActingMaster && totalReplicas > 1 && !skipPreOnline;
}

/**
 * The first moments of a broker with several replicas: it is isolated (no name server knows it, it has no duties) until the
 * others and it know each other. A master that comes back gives its slaves its replication address and takes the progress that
 * they made in its absence; a slave asks its master for that address. Source: BrokerPreOnlineService.
 */
export class PreOnline {
  readonly #parts: PreOnlineParts;
  #timer: Timer | undefined;
  #isStopped = false;
  #lastReason = '';

  constructor(parts: PreOnlineParts) {
    this.#parts = parts;
    if (startsIsolated(parts.config)) parts.role.isolate(true);
  }

  start(): void {
    if (this.#parts.role.isIsolated) this.#again(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Learns from the master where its log is had. Resolves with whether it said so. */
  async askMaster(address: string): Promise<boolean> {
    const { client, role, logger } = this.#parts;
    try {
      const response = await client.request(address, EXCHANGE_BROKER_HA_INFO, {}, { timeoutMs: TIMEOUT_MS });
      const { masterHaAddress, masterAddress = address } = response.header;
      if (response.code !== ResponseCode.SUCCESS || masterHaAddress === undefined) return false;
      if (!this.#isStopped) role.masterIs({ address: masterAddress, haAddress: masterHaAddress });
      return true;
    } catch (error) {
      logger.debug('the master does not say where its log is had', { address, error: asError(error).message });
      return false;
    }
  }

  #again(delayMs: number): void {
    this.#timer = this.#parts.clock.after(delayMs, () => {
      void this.#prepare()
        .catch((error: unknown) => asError(error).message)
        .then((reason) => {
          if (this.#isStopped) return;
          if (reason === undefined) return this.#online();
          if (reason !== this.#lastReason)
            this.#parts.logger.info('this broker is not online yet; it tries again', { because: reason });
          this.#lastReason = reason;
          this.#again(RETRY_MS);
        });
    });
  }

  #online(): void {
    const { logger, role } = this.#parts;
    logger.info('this broker is online', { role: role.role, brokerId: role.brokerId });
    role.isolate(false);
  }

  /** Undefined when this broker may be online, otherwise why not yet. */
  async #prepare(): Promise<string | undefined> {
    const { group, role, identity } = this.#parts;
    const members = await group.members();
    if (members === undefined) return 'no name server says who else is there';
    const others = new Map([...members].filter(([, address]) => address !== identity.brokerAddr));
    if (!role.isSlave) return await this.#prepareMaster(others);
    const master = others.get(MASTER_ID);
    return master === undefined ? undefined : await this.#prepareSlave(master);
  }

  async #prepareMaster(slaves: Members): Promise<string | undefined> {
    for (const id of [...slaves.keys()].sort((a, b) => a - b)) {
      if (id === MASTER_ID) continue;
      const reason = await this.#meetSlave(slaves.get(id)!);
      if (reason !== undefined || this.#isStopped) return reason;
    }
    return undefined;
  }

  async #meetSlave(address: string): Promise<string | undefined> {
    const { client, identity, store, isFollowedFrom, takeProgressFrom } = this.#parts;
    const header = {
      masterHaAddress: identity.haServerAddr,
      masterFlushOffset: store.facts.flushedOffset,
      masterAddress: identity.brokerAddr,
    };
    const response = await client.request(address, EXCHANGE_BROKER_HA_INFO, header, { timeoutMs: TIMEOUT_MS });
    if (response.code !== ResponseCode.SUCCESS) return `${address} refuses to follow: ${response.remark}`;
    const { host } = parseEndpoint(address) ?? { host: address };
    if (!(await this.#comesTrue(() => isFollowedFrom(host)))) return `${address} does not connect to follow the log`;
    await takeProgressFrom(address);
    return undefined;
  }

  async #prepareSlave(master: string): Promise<string | undefined> {
    if (!(await this.askMaster(master))) return `the master ${master} does not say where its log is had`;
    const { hearsMaster } = this.#parts;
    return (await this.#comesTrue(hearsMaster)) ? undefined : `there is no connection for the log of ${master}`;
  }

  /** Resolves with false after ten seconds; never any more once the broker stops. */
  #comesTrue(condition: () => boolean): Promise<boolean> {
    const { clock } = this.#parts;
    const deadlineMs = clock.monotonicMs() + CONNECTED_MS;
    return new Promise((resolve) => {
      const look = (): void => {
        const isTrue = condition();
        if (isTrue || this.#isStopped || clock.monotonicMs() >= deadlineMs) return resolve(isTrue);
        this.#timer = clock.after(LOOK_MS, look);
      };
      look();
    });
  }
}
