import type { LiveConfig } from '@rocketmq-ts/kernel';
import { MASTER_ID } from '@rocketmq-ts/protocol';
import type { BrokerConfig, brokerConfigTable } from '../config-table.ts';
import { BrokerError } from '../errors.ts';

export type RoleName = BrokerConfig['brokerRole'];

/** Where a slave finds its master. */
export interface MasterPlace {
  /** Of its port for clients; undefined while name servers know no master. */
  readonly address: string | undefined;
  /** Of its replication port; undefined leaves the one that is known. */
  readonly haAddress: string | undefined;
}

/** Id of a broker in controller mode before the controller has given it a role. */
const UNKNOWN_ID = -1;

/** A shorter haMasterAddress counts as not set. Source: BrokerController#initializeMetadata, MixAll. */
const MIN_HA_ADDRESS_LENGTH = 6;

/**
 * What this broker is in its replica group now, and where its master is. As configured at the start; a controller, name
 * servers and an absent master may change it while the broker runs.
 */
export class BrokerRole {
  readonly #config: LiveConfig<typeof brokerConfigTable>;
  readonly #listeners: (() => void)[] = [];
  #role: RoleName;
  #brokerId: number;
  #actsAsMaster = false;
  #isIsolated = false;
  #masterAddress: string | undefined;
  #registeredHaAddress: string | undefined;

  /** Throws `BROKER_ROLE_INVALID` for a configuration whose role and id do not fit. */
  constructor(config: LiveConfig<typeof brokerConfigTable>) {
    const { brokerRole, brokerId, enableControllerMode } = config.values;
    refuseRole(config.values);
    this.#config = config;
    // The controller has not said what it is.
    this.#isIsolated = enableControllerMode;
    this.#role = enableControllerMode ? 'SLAVE' : brokerRole;
    this.#brokerId = enableControllerMode ? UNKNOWN_ID : brokerRole === 'SLAVE' ? brokerId : MASTER_ID;
    if (this.#brokerId !== brokerId || this.#role !== brokerRole)
      config.settle({ brokerRole: this.#role, brokerId: this.#brokerId });
  }

  get role(): RoleName {
    return this.#role;
  }

  /** 0 for a master. */
  get brokerId(): number {
    return this.#brokerId;
  }

  get isSlave(): boolean {
    return this.#role === 'SLAVE';
  }

  /** True for a slave that does the work of its absent master. */
  get actsAsMaster(): boolean {
    return this.#actsAsMaster;
  }

  /** Delayed messages, timers and checks of transactions are this broker's work: it is a master, or a slave that acts as one. */
  get isOnDuty(): boolean {
    return !this.#isIsolated && (!this.isSlave || this.#actsAsMaster);
  }

  /** True while this broker starts and waits for its replica group, or for its controller: name servers do not know it, and it has no duties. */
  get isIsolated(): boolean {
    return this.#isIsolated;
  }

  /** Of a slave: the master's port for clients. Undefined while no name server knows a master, and for a master. */
  get masterAddress(): string | undefined {
    return this.isSlave ? this.#masterAddress : undefined;
  }

  /** Of a slave: the master's replication port, as configured (`haMasterAddress`) or as name servers said last. */
  get masterHaAddress(): string | undefined {
    if (!this.isSlave) return undefined;
    const { haMasterAddress = '' } = this.#config.values;
    return haMasterAddress.length >= MIN_HA_ADDRESS_LENGTH ? haMasterAddress : this.#registeredHaAddress;
  }

  /** Called after any of these has changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** What a name server, or the master itself, said of the master. Source: BrokerController#handleRegisterBrokerResult. */
  masterIs({ address, haAddress = this.#registeredHaAddress }: MasterPlace): void {
    if (this.#masterAddress === address && this.#registeredHaAddress === haAddress) return;
    this.#masterAddress = address;
    this.#registeredHaAddress = haAddress;
    if (this.isSlave) this.#changed();
  }

  /** A slave begins or ends the work of its absent master. */
  actAsMaster(on: boolean): void {
    if (this.#actsAsMaster === on) return;
    this.#actsAsMaster = on;
    this.#changed();
  }

  /** The broker begins or ends to wait for its replica group. */
  isolate(on: boolean): void {
    if (this.#isIsolated === on) return;
    this.#isIsolated = on;
    this.#changed();
  }

  /** Another role, while the broker runs: in force and listed, and not kept in the configuration file. */
  become(role: RoleName, brokerId: number): void {
    if (this.#role === role && this.#brokerId === brokerId) return;
    this.#role = role;
    this.#brokerId = brokerId;
    if (!this.isSlave) this.#actsAsMaster = false;
    this.#config.settle({ brokerRole: role, brokerId });
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/**
 * Throws `BROKER_ROLE_INVALID` for a slave without an id of its own. A master has id 0, whatever its file has; in controller
 * mode the controller gives role and id. Source: BrokerStartup#buildBrokerController.
 */
export function refuseRole({ brokerRole, brokerId, enableControllerMode }: BrokerConfig): void {
  if (enableControllerMode || brokerRole !== 'SLAVE' || brokerId > MASTER_ID) return;
  throw new BrokerError(
    'BROKER_ROLE_INVALID',
    `Slave's brokerId must be > 0: it is ${brokerId}, which is the master's; set brokerId=1 (another number for each slave of this brokerName) in the file given with -c, or brokerRole=ASYNC_MASTER`,
  );
}
