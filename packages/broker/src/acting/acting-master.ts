import type { Timer } from '@rocketmq-ts/kernel';
import { EXCHANGE_BROKER_HA_INFO, MASTER_ID, NOTIFY_MIN_BROKER_ID_CHANGE, ResponseCode } from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature, PortRole } from '../feature.ts';
import { Heartbeats, type HeartbeatsParts } from './heartbeats.ts';
import { PreOnline, type PreOnlineParts } from './pre-online.ts';
import { leastId, type Members, ReplicaGroup } from './replica-group.ts';

/** A master that said that it comes back is waited for so long. */
const MASTER_COMES_MS = 10_000;

export interface ActingMasterParts extends HeartbeatsParts, Omit<PreOnlineParts, 'group'> {
  readonly config: BrokerConfig;
  /** When the work of the master has ended, or begun, as the role wants it. */
  readonly dutiesSettled: () => Promise<void>;
}

/**
 * With `enableSlaveActingMaster` the slave with the smallest id that is alive does the work of an absent master: delayed messages,
 * timers, checks of transactions. Who is alive is what name servers say; a slave that still hears its master does not act for it.
 * Source: BrokerController#syncBrokerMemberGroup, #updateMinBroker, #onMinBrokerChange.
 */
export class ActingMaster implements Feature {
  readonly #parts: ActingMasterParts;
  readonly #group: ReplicaGroup;
  readonly #heartbeats: Heartbeats;
  readonly #preOnline: PreOnline;
  #timer: Timer | undefined;
  #look: Promise<void> | undefined;
  #isLookWanted = false;
  #least: number | undefined;
  #aliveReplicas = 1;
  /** A master that comes back is not known to name servers yet: until then it is waited for. Monotonic. */
  #masterComesUntilMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(parts: ActingMasterParts) {
    this.#parts = parts;
    this.#group = new ReplicaGroup(parts);
    this.#heartbeats = new Heartbeats(parts);
    this.#preOnline = new PreOnline({ ...parts, group: this.#group });
  }

  /** Brokers of the replica group that are alive, this one among them. Source: BrokerController#calcAliveBrokerNumInGroup. */
  get aliveReplicas(): number {
    return this.#aliveReplicas;
  }

  serve(server: RemotingServer, _role: PortRole): void {
    server.handle(NOTIFY_MIN_BROKER_ID_CHANGE, (call) => this.#noticed(call));
    server.handle(EXCHANGE_BROKER_HA_INFO, (call) => this.#exchange(call));
  }

  async start(): Promise<void> {
    const { clock, config } = this.#parts;
    if (!config.enableSlaveActingMaster) return;
    this.#heartbeats.start();
    this.#timer = clock.every(config.syncBrokerMemberGroupPeriod, () => this.#lookSoon());
    this.#preOnline.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#heartbeats.stop();
    this.#preOnline.stop();
    await this.#look;
  }

  /** One look at a time; what happens during one is seen by the next. */
  #lookSoon(): void {
    if (this.#look !== undefined) {
      this.#isLookWanted = true;
      return;
    }
    this.#look = this.#lookAtGroup().finally(() => {
      this.#look = undefined;
      if (!this.#isLookWanted || this.#isStopped) return;
      this.#isLookWanted = false;
      this.#lookSoon();
    });
  }

  async #lookAtGroup(): Promise<void> {
    const members = await this.#group.members();
    if (members === undefined || members.size === 0 || this.#isStopped) return;
    const { role, hearsMaster } = this.#parts;
    this.#aliveReplicas = members.size + (members.has(role.brokerId) ? 0 : 1);
    if (role.isIsolated || !role.isSlave) return;
    this.#learn(members);
    const least = Math.min(leastId(members)!, role.brokerId);
    this.#report(least);
    role.actAsMaster(least === role.brokerId && !this.#masterComes && !hearsMaster());
  }

  get #masterComes(): boolean {
    return this.#parts.clock.monotonicMs() < this.#masterComesUntilMs;
  }

  /** Where the master is, sooner than a registration says it. */
  #learn(members: Members): void {
    const { role } = this.#parts;
    const address = members.get(MASTER_ID);
    if (address === role.masterAddress) return;
    // Name servers do not know it yet.
    if (address === undefined && this.#masterComes) return;
    if (address === undefined) role.masterIs({ address, haAddress: undefined });
    else void this.#preOnline.askMaster(address);
  }

  #report(least: number): void {
    if (this.#least === least) return;
    const { logger, role } = this.#parts;
    logger.info('the smallest id that is alive in the replica group has changed', {
      ...{ before: this.#least, now: least, own: role.brokerId },
    });
    this.#least = least;
  }

  /** One name server's view; what all of them say decides. Source: AdminBrokerProcessor#notifyMinBrokerIdChange. */
  #noticed(call: Call<typeof NOTIFY_MIN_BROKER_ID_CHANGE>): void {
    if (this.#timer !== undefined && !this.#isStopped) this.#lookSoon();
    call.answer({});
  }

  /**
   * A master that comes back says where its log is had, and a slave that starts asks for that. The master is answered when this
   * broker acts for it no more: then it asks for the progress. Source: AdminBrokerProcessor#updateBrokerHaInfo.
   */
  async #exchange(call: Call<typeof EXCHANGE_BROKER_HA_INFO>): Promise<void> {
    const { role, identity, store, clock } = this.#parts;
    const { masterHaAddress, masterAddress } = call.header;
    if (masterHaAddress !== undefined) {
      if (!role.isSlave) {
        const remark = `this broker is itself a master of ${identity.brokerName}, so it follows no other: EXCHANGE_BROKER_HA_INFO of ${masterAddress} is refused`;
        return call.fail(ResponseCode.SYSTEM_ERROR, remark);
      }
      this.#masterComesUntilMs = clock.monotonicMs() + MASTER_COMES_MS;
      role.masterIs({ address: masterAddress ?? role.masterAddress, haAddress: masterHaAddress });
      role.actAsMaster(false);
      await this.#parts.dutiesSettled();
      return call.answer({});
    }
    if (role.isSlave) return call.answer({});
    call.answer({
      masterHaAddress: identity.haServerAddr,
      masterFlushOffset: store.facts.flushedOffset,
      masterAddress: identity.brokerAddr,
    });
  }
}
