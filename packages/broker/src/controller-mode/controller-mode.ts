import {
  asError,
  type Clock,
  type Disk,
  type Logger,
  type Metrics,
  type Network,
  RepeatedLines,
  sleep,
  type Timer,
} from '@rocketmq-ts/kernel';
import {
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_REPLICA_INFO,
  CONTROLLER_REGISTER_BROKER,
  decodeElectMasterResponseBody,
  decodeSyncStateSet,
  EXCHANGE_BROKER_HA_INFO,
  ResponseCode,
  type StatsSpan,
} from '@rocketmq-ts/protocol';
import type { RemotingClient, RemotingServer } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { JsonFiles } from '../json-file.ts';
import type { Registration } from '../registration/registration.ts';
import { declareReplicationGauges } from '../replication/replication-gauges.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { Duties } from '../role/duties.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { Controllers, notFound, refused } from './controllers.ts';
import { IdentityFiles } from './identity-files.ts';
import { InSyncReports } from './in-sync-reports.ts';
import { applyForId, type JoiningParts, RETRY_MS, stepAside } from './joining.ts';
import { type MasterView, masterOf } from './master-view.ts';
import { ReplicaSides } from './replica-sides.ts';
import { divergenceOf, replicationView } from './replica-status.ts';
import { serveReplicaRequests } from './requests.ts';

/** Source: ReplicasManager#start. */
const READ_ADDRESSES_MS = 120_000;
const HA_ADDRESS_MS = 1000;
const HA_ADDRESS_TIMEOUT_MS = 3000;

export interface ControllerModeParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly identity: BrokerIdentity;
  readonly role: BrokerRole;
  readonly duties: Duties;
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly files: JsonFiles;
  readonly client: RemotingClient;
  readonly registration: Registration;
  /** Lag and divergence are shown there. */
  readonly metrics: Metrics<StatsSpan>;
  /** Store folder. */
  readonly root: string;
}

/**
 * FENCED: its role is not known, it takes no messages, and name servers do not know it. RUNNING: it is master or slave, as the
 * controller says. Source: ReplicasManager.State.
 */
export type ControllerModeState = 'FENCED' | 'RUNNING' | 'STOPPED';

export const CONTROLLER_MODE_MOVES: Readonly<Record<ControllerModeState, readonly ControllerModeState[]>> = {
  FENCED: ['RUNNING', 'STOPPED'],
  RUNNING: ['STOPPED'],
  STOPPED: [],
};

/**
 * A broker whose role a controller decides: it gets an id once and for ever, is master or slave as the controller says, without a restart, and as
 * master keeps the controller informed of who has everything. A broker that loses the controller goes on with its role, as Apache's does:
 * a master without it can't change the in-sync set, so that what it acknowledges after all members have it is never lost.
 * Source: ReplicasManager.
 */
export class ControllerMode implements Feature {
  readonly #parts: ControllerModeParts;
  readonly #controllers: Controllers;
  readonly #files: IdentityFiles;
  readonly #joining: JoiningParts;
  readonly #sides: ReplicaSides;
  readonly #reports: InSyncReports;
  readonly #lines: RepeatedLines;
  readonly #stopping = new AbortController();
  #state: ControllerModeState = 'FENCED';
  #brokerId: number | undefined;
  #masterId: number | undefined;
  #masterAddress: string | undefined;
  #masterEpoch = 0;
  #changes: Promise<void> = Promise.resolve();
  #life: Promise<void> | undefined;
  #isPolling = false;
  #isSeekingHa = false;
  #timers: Timer[] = [];

  constructor(parts: ControllerModeParts) {
    const { config, identity, disk, root, logger } = parts;
    this.#parts = parts;
    this.#lines = new RepeatedLines(logger);
    this.#controllers = new Controllers(parts);
    this.#sides = new ReplicaSides({ ...parts, onWish: () => this.#reports.wish() });
    this.#reports = new InSyncReports({
      ...{ logger, controllers: this.#controllers, sides: this.#sides, brokerName: identity.brokerName },
    });
    declareReplicationGauges(
      parts.metrics,
      replicationView(this.#sides, () => parts.store.facts),
    );
    const path = config.storePathBrokerIdentity ?? `${root}/brokerIdentity`;
    this.#files = new IdentityFiles({ disk, path, clusterName: identity.clusterName, brokerName: identity.brokerName });
    this.#joining = { ...parts, controllers: this.#controllers, files: this.#files };
  }

  serve(server: RemotingServer): void {
    const { clock, identity, store, role } = this.#parts;
    serveReplicaRequests(server, {
      ...{ clock, identity, store, role, sides: this.#sides },
      onRoleChanged: (view) => this.#take(view),
    });
  }

  get state(): ControllerModeState {
    return this.#state;
  }

  /** Whose log this slave's has diverged from, and why; undefined when it has not. */
  get divergence(): string | undefined {
    return divergenceOf(this.#sides);
  }

  /** Both sides of replication, for those who report on it. */
  get sides(): ReplicaSides {
    return this.#sides;
  }

  /** Rejects for what no controller can mend; finds its role in the background. */
  async start(): Promise<void> {
    this.#brokerId = this.#files.read()?.brokerId;
    await this.#sides.start();
    this.#life = this.#live();
  }

  async stop(): Promise<void> {
    if (this.#state !== 'STOPPED') this.#moveTo('STOPPED');
    this.#stopping.abort();
    for (const timer of this.#timers) timer.cancel();
    await this.#life;
    await this.#changes;
    await this.#sides.stop();
    this.#lines.flush(this.#parts.clock.monotonicMs());
  }

  #moveTo(next: ControllerModeState): void {
    if (!CONTROLLER_MODE_MOVES[this.#state].includes(next))
      throw new Error(`a broker in controller mode that is ${this.#state} can't become ${next}`);
    this.#parts.logger.info('controller mode', { from: this.#state, to: next });
    this.#state = next;
  }

  async #live(): Promise<void> {
    const { clock, config } = this.#parts;
    while (this.#state === 'FENCED') {
      try {
        await this.#join();
        break;
      } catch (error) {
        this.#warn('the controller gives this broker no role yet: it takes no messages; it is tried again', error);
        await sleep(clock, RETRY_MS, this.#stopping.signal);
      }
    }
    if (this.#stopping.signal.aborted) return;
    this.#timers.push(
      clock.every(config.syncBrokerMetadataPeriod, () => void this.#poll()),
      clock.every(config.syncControllerMetadataPeriod, () => void this.#controllers.findLeader()),
      clock.every(READ_ADDRESSES_MS, () => void this.#controllers.readAddresses()),
      clock.every(config.checkSyncStateSetPeriod, () => this.#reports.wish()),
      clock.every(HA_ADDRESS_MS, () => void this.#seekMasterHa()),
    );
  }

  /** From nothing to a role. Source: ReplicasManager#startBasicService. */
  async #join(): Promise<void> {
    const { identity, clock, config } = this.#parts;
    await this.#controllers.readAddresses();
    if ((await this.#controllers.findLeader()) === undefined)
      throw notFound(`none of the controllers "${config.controllerAddr}" names a leader`);
    this.#brokerId ??= await applyForId(this.#joining);
    const { clusterName, brokerName, brokerAddr } = identity;
    if (this.#timers.length === 0) await stepAside(this.#joining, this.#brokerId, this.#stopping.signal);
    const header = {
      clusterName,
      brokerName,
      brokerId: this.#brokerId,
      brokerAddress: brokerAddr,
      invokeTime: clock.now(),
    };
    const { code, remark, header: answer, body } = await this.#controllers.ask(CONTROLLER_REGISTER_BROKER, header);
    if (code !== ResponseCode.SUCCESS) throw refused('the registration of this broker', code, remark);
    // From here on this broker lives, so that it may be elected.
    if (this.#timers.length === 0) {
      this.#timers.push(clock.every(config.brokerHeartbeatInterval, () => this.#heartbeat()));
    }
    this.#heartbeat();
    if (answer.masterBrokerId === undefined || !answer.masterAddress) await this.#elect();
    else
      await this.#take({ ...masterOf(answer), inSync: body.length === 0 ? [] : decodeSyncStateSet(body).syncStateSet });
    if (this.#masterId === undefined) throw notFound('this group has no master yet');
    if (this.#state === 'FENCED') this.#moveTo('RUNNING');
    await this.#parts.registration.registerAll();
  }

  /** Source: ReplicasManager#brokerElect. */
  async #elect(): Promise<void> {
    const { identity, clock } = this.#parts;
    const { clusterName, brokerName } = identity;
    const header = {
      clusterName,
      brokerName,
      brokerId: this.#brokerId!,
      designateElect: false,
      invokeTime: clock.now(),
    };
    const { code, remark, header: answer, body } = await this.#controllers.ask(CONTROLLER_ELECT_MASTER, header);
    if (code !== ResponseCode.SUCCESS && code !== ResponseCode.CONTROLLER_MASTER_STILL_EXIST)
      throw refused('an election', code, remark);
    const inSync = body.length === 0 ? [] : decodeElectMasterResponseBody(body).syncStateSet;
    await this.#take({ ...masterOf(answer), inSync });
  }

  /** Source: ReplicasManager#sendHeartbeatToController. */
  #heartbeat(): void {
    const { identity, store, config } = this.#parts;
    const { clusterName, brokerName, brokerAddr } = identity;
    this.#controllers.heartbeat({
      ...{ clusterName, brokerName, brokerAddr, brokerId: this.#brokerId! },
      ...{ epoch: this.#sides.epochs.list.lastEpoch, maxOffset: store.facts.writtenOffset },
      confirmOffset: store.facts.confirmOffset,
      heartbeatTimeoutMills: config.controllerHeartBeatTimeoutMills,
      electionPriority: config.brokerElectionPriority,
    });
  }

  /** Source: ReplicasManager#schedulingSyncBrokerMetadata. */
  async #poll(): Promise<void> {
    if (this.#isPolling || this.#state !== 'RUNNING') return;
    this.#isPolling = true;
    try {
      const { brokerName } = this.#parts.identity;
      const { code, remark, header, body } = await this.#controllers.ask(CONTROLLER_GET_REPLICA_INFO, { brokerName });
      if (code !== ResponseCode.SUCCESS) throw refused('who is master', code, remark);
      const set = body.length === 0 ? undefined : decodeSyncStateSet(body);
      const view = { ...masterOf(header), syncStateSetEpoch: set?.syncStateSetEpoch, inSync: set?.syncStateSet ?? [] };
      if ((view.masterEpoch ?? 0) > this.#masterEpoch) {
        if (view.masterBrokerId === undefined || !view.masterAddress) await this.#elect();
        else await this.#take(view);
      } else if (view.masterEpoch === this.#masterEpoch) this.#reports.take(view.inSync, view.syncStateSetEpoch ?? 0);
    } catch (error) {
      this.#warn('the controller does not say who is master; it is tried again', error);
    } finally {
      this.#isPolling = false;
    }
  }

  /** What the controller says, one after the other; an epoch that is not newer says nothing new. Resolves when it is done. */
  #take(view: MasterView): Promise<void> {
    this.#changes = this.#changes
      .then(() => this.#change(view))
      .catch((error: unknown) => {
        this.#parts.logger.error('a change of the role has failed; it is tried again', { error: asError(error) });
      });
    return this.#changes;
  }

  /** Source: ReplicasManager#changeToMaster, #changeToSlave. */
  async #change({
    masterBrokerId,
    masterAddress,
    masterEpoch = 0,
    syncStateSetEpoch = 0,
    inSync,
  }: MasterView): Promise<void> {
    const { logger, registration, topics, files } = this.#parts;
    const isNew = masterBrokerId !== undefined && masterAddress !== undefined && masterEpoch > this.#masterEpoch;
    if (!isNew || this.#stopping.signal.aborted || this.#brokerId === undefined) return;
    const wasMaster = this.#masterId === this.#brokerId;
    const isMaster = masterBrokerId === this.#brokerId;
    const isOther = masterBrokerId !== this.#masterId || masterAddress !== this.#masterAddress;
    // Until the change is done: the last master may answer meanwhile where it replicates.
    this.#masterAddress = undefined;
    logger.info('the master of this group', { masterBrokerId, masterAddress, masterEpoch, thisBroker: this.#brokerId });
    if (isMaster) {
      if (wasMaster) this.#sides.renew(masterEpoch, inSync);
      else await this.#sides.lead(this.#brokerId, masterEpoch, inSync);
      this.#reports.begin(this.#brokerId, masterEpoch, syncStateSetEpoch);
    } else if (isOther) {
      await this.#sides.becomeSlave(this.#brokerId, masterAddress);
    }
    this.#masterEpoch = masterEpoch;
    this.#masterId = masterBrokerId;
    this.#masterAddress = masterAddress;
    // Name servers take the registration of the newer one of two masters.
    files.stateVersion = masterEpoch;
    topics.touch();
    if (isMaster) this.#reports.wish();
    else void this.#seekMasterHa();
    if (this.#state === 'RUNNING') void registration.registerAll();
  }

  /**
   * The controller names the port for clients; the master itself says where it replicates. Apache's slaves learn it from name servers,
   * which may name the last master for half a minute.
   */
  async #seekMasterHa(): Promise<void> {
    const { client, role } = this.#parts;
    const { slave, master: own } = this.#sides;
    const address = this.#masterAddress;
    const isFollowing = slave.masterAddress !== undefined && slave.link?.state === 'TRANSFER';
    if (own.isMaster || address === undefined || isFollowing || this.#isSeekingHa) return;
    this.#isSeekingHa = true;
    try {
      const options = { timeoutMs: HA_ADDRESS_TIMEOUT_MS };
      const { code, remark, header } = await client.request(address, EXCHANGE_BROKER_HA_INFO, {}, options);
      if (code !== ResponseCode.SUCCESS) throw refused('where the master replicates', code, remark);
      const { masterHaAddress: haAddress } = header;
      if (!haAddress || own.isMaster || this.#masterAddress !== address) return;
      role.masterIs({ address, haAddress });
      slave.follow(haAddress);
    } catch (error) {
      this.#warn('the master does not say where it replicates; it is tried again', error);
    } finally {
      this.#isSeekingHa = false;
    }
  }

  #warn(sentence: string, error: unknown): void {
    this.#lines.log(sentence, this.#parts.clock.monotonicMs(), 'warn', sentence, { error: asError(error) });
  }
}
