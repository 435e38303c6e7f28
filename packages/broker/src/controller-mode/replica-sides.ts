import type { Clock, Disk, Logger, Network } from '@rocketmq-ts/kernel';
import { MASTER_ID } from '@rocketmq-ts/protocol';
import { AutoSwitchMaster, createAutoSwitchClient, Epochs, type HaClient } from '@rocketmq-ts/replication';
import type { MessageStore, ReplicationPromise } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { listen } from '../replication/replication.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { Duties } from '../role/duties.ts';

export interface ReplicaSidesParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
  readonly logger: Logger;
  readonly store: MessageStore;
  readonly config: BrokerConfig;
  readonly role: BrokerRole;
  /** Work of a master, which must have ended before this log is changed by another one. */
  readonly duties: Pick<Duties, 'settled'>;
  /** Store folder. */
  readonly root: string;
  /** The in-sync set should be another one. */
  readonly onWish: () => void;
}

/**
 * What a store promises before its broker knows its role: to be set before the store is opened, so that what no other member may have
 * is not shown. Source: ReplicasManager#setFenced.
 */
export const FENCED: ReplicationPromise = takesNothing('its role is not known yet: it waits for the controller');

function takesNothing(because: string): ReplicationPromise {
  return { acknowledge: 'none', visible: 'confirmed', refusal: 'SERVICE_NOT_AVAILABLE', because };
}

/** A wait for the disk, between looks at it. */
const SETTLE_MS = 10;

/**
 * Both sides of replication of a broker in controller mode, of which one works: it leads, or follows, or is fenced, which means
 * that it takes no messages and follows nobody. Sets what puts wait for.
 */
export class ReplicaSides {
  readonly #parts: ReplicaSidesParts;
  #epochs: Epochs | undefined;
  #master: AutoSwitchMaster | undefined;
  #slave: HaClient | undefined;
  /** Of this broker, at the controller; 0 before it has a role. */
  #brokerId = 0;
  /** Of a slave: what its master said last; it may be more than this log has yet. */
  #confirmedByMaster = 0;
  /** Of the promise in force. */
  #promised = '';

  constructor(parts: ReplicaSidesParts) {
    this.#parts = parts;
  }

  /** For a store that is open. Throws when the epochs can't be read; rejects when the replication port can't be listened on. */
  async start(): Promise<void> {
    const { store, disk, logger, config, root, clock, network, onWish } = this.#parts;
    const path = config.storePathEpochFile ?? `${root}/epochFileCheckpoint`;
    const epochs = Epochs.open({ disk, logger, path }, store.facts.appendOffset);
    const basics = { clock, network, logger: logger.named('replication'), store, config, epochs };
    const fileSizeBytes = config.mappedFileSizeCommitLog;
    this.#epochs = epochs;
    this.#master = new AutoSwitchMaster({
      ...{ ...basics, fileSizeBytes, onWish },
      ...{ host: config.bindAddress, port: config.haListenPort },
      onProgress: () => this.#progressed(),
    });
    this.#slave = createAutoSwitchClient({
      ...{ ...basics, fileSizeBytes },
      brokerId: () => this.#brokerId,
      onConfirmed: (offset) => {
        this.#confirmedByMaster = offset;
        store.replicatedTo(offset);
      },
    });
    store.onLogGrowth(() => {
      if (!this.master.isMaster) store.replicatedTo(this.#confirmedByMaster);
    });
    await listen(this.#master, config.haListenPort);
    this.#slave.start();
  }

  async stop(): Promise<void> {
    await this.#slave?.stop();
    await this.#master?.stop();
  }

  /** Both sides are there. */
  get isStarted(): boolean {
    return this.#slave !== undefined;
  }

  get epochs(): Epochs {
    return this.#epochs!;
  }

  get master(): AutoSwitchMaster {
    return this.#master!;
  }

  get slave(): HaClient {
    return this.#slave!;
  }

  /**
   * From slave to master: what is incomplete is gone, the epoch begins at the end of the log, and durably so, before anything is taken.
   * One that is started again in its epoch keeps where that began, where Apache's broker moves the beginning, so that the part
   * before seems to be from another master. Source: AutoSwitchHAService#changeToMaster.
   */
  async lead(brokerId: number, epoch: number, inSync: readonly number[]): Promise<void> {
    const { store, role } = this.#parts;
    this.#brokerId = brokerId;
    this.slave.follow(undefined);
    await this.slave.settled();
    await this.#logIsWritten();
    if (this.epochs.list.lastEpoch !== epoch) this.epochs.begin({ epoch, startOffset: store.facts.appendOffset });
    else if (!store.facts.startedCleanly) this.epochs.restartAt(store.facts.appendOffset);
    this.master.beginMaster(brokerId, inSync, store.facts.confirmOffset);
    role.become('SYNC_MASTER', MASTER_ID);
    role.isolate(false);
    this.#progressed();
  }

  /** Still master, with a new epoch. Source: AutoSwitchHAService#changeToMasterWhenLastRoleIsMaster. */
  renew(epoch: number, inSync: readonly number[]): void {
    this.epochs.begin({ epoch, startOffset: this.#parts.store.facts.appendOffset });
    this.master.setInSync(inSync);
    this.master.epochBegan();
  }

  /** A slave: nothing that waits is acknowledged, nothing is taken. Whom it follows is said to `slave`. */
  async becomeSlave(brokerId: number, masterAddress: string): Promise<void> {
    const { role, duties } = this.#parts;
    this.#refusePuts(`this broker is a slave of ${masterAddress}`);
    this.master.endMaster('this broker is no master any more');
    this.#brokerId = brokerId;
    this.slave.follow(undefined);
    this.#confirmedByMaster = 0;
    role.become('SLAVE', brokerId);
    role.isolate(false);
    await duties.settled();
    await this.#logIsWritten();
  }

  #refusePuts(because: string): void {
    this.#promised = '';
    this.#parts.store.promise(takesNothing(because));
  }

  /** What is put waits for the disk, which may also refuse it. */
  async #logIsWritten(): Promise<void> {
    const { store, clock } = this.#parts;
    const { facts } = store;
    while (facts.state === 'RUNNING' && facts.writtenOffset < facts.appendOffset) {
      await new Promise<void>((resolve) => clock.after(SETTLE_MS, resolve));
    }
  }

  /** Of a master: more is acknowledged, or the in-sync set has another size. Source: CommitLog#asyncPutMessage, #handleHA. */
  #progressed(): void {
    const { store, config, role } = this.#parts;
    const { master } = this;
    if (!master.isMaster || role.isSlave) return;
    const { size } = master.set;
    const { inSyncReplicas, minInSyncReplicas, allAckInSyncStateSet } = config;
    const waits = allAckInSyncStateSet ? master.set.possible.size > 1 : inSyncReplicas > 1;
    const isTooSmall = size < minInSyncReplicas;
    const promised = `${waits} ${isTooSmall} ${size}`;
    if (promised !== this.#promised) {
      this.#promised = promised;
      store.promise({
        ...{ acknowledge: waits ? 'wait' : 'none', visible: 'confirmed' },
        refusal: isTooSmall ? 'IN_SYNC_REPLICAS_NOT_ENOUGH' : undefined,
        because: isTooSmall ? `${size} replicas are in sync, and minInSyncReplicas is ${minInSyncReplicas}` : undefined,
      });
    }
    store.replicatedTo(master.acknowledgedOffset, master.confirmOffset);
  }
}
