import { type Clock, silentLogger, type Timer } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  CONTROLLER_ALTER_SYNC_STATE_SET,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_METADATA_INFO,
  CONTROLLER_GET_NEXT_BROKER_ID,
  CONTROLLER_GET_REPLICA_INFO,
  CONTROLLER_REGISTER_BROKER,
  type Command,
  decodeElectMasterResponseBody,
  decodeSyncStateSet,
  encodeSyncStateSet,
  type RequestInput,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient, type Response } from '@rocketmq-ts/remoting';
import type { SeededRandom, SimulatedEnvironment } from '@rocketmq-ts/testkit';
import type { GroupChecker } from './group-checker.ts';

/** One message of a replica: nobody else's has the same number. */
export interface Entry {
  readonly epoch: number;
  readonly number: number;
}

interface ReplicaOptions {
  readonly environment: SimulatedEnvironment;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly name: string;
  readonly brokerName: string;
  readonly controllers: readonly string[];
  /** What is kept over a restart. */
  readonly kept: Kept;
  /** Members of its group that it reaches now. */
  readonly peers: () => readonly Replica[];
  readonly nextNumber: () => number;
  readonly onAcknowledged: (entry: Entry) => void;
  readonly onMaster: (brokerId: number, epoch: number) => void;
  readonly checker: Pick<GroupChecker, 'saved' | 'answered' | 'altered'>;
}

/** Disk of a replica. */
export interface Kept {
  brokerId: number;
  log: Entry[];
}

const TIMEOUT_MS = 2000;
/** A member that is not reached for so long leaves the in-sync set. */
const LAG_MS = 3000;

/**
 * A broker in controller mode without anything but the rules that decide what is lost: who is master in which epoch, logs that are
 * cut where epochs part, the in-sync set, and messages that are acknowledged once all of the set, and two at least, have them.
 */
export class Replica {
  readonly name: string;
  readonly kept: Kept;
  epoch = 0;
  isMaster = false;
  masterId: number | undefined;
  readonly #options: ReplicaOptions;
  readonly #client: RemotingClient;
  readonly #timers: Timer[] = [];
  readonly #reachedMs = new Map<number, number>();
  #set: readonly number[] = [];
  #setEpoch = 0;
  /** Asked for and perhaps in force: its members count as well. */
  #wanted: readonly number[] = [];
  #acknowledged = 0;
  #isAsking = false;
  #isRegistered = false;
  isStopped = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.name = options.name;
    this.kept = options.kept;
    const { network, random } = options.environment.machine(options.name);
    const platform = { clock: options.clock, network, random };
    this.#client = createRemotingClient({ platform, logger: silentLogger });
  }

  async start(): Promise<void> {
    const { clock } = this.#options;
    await this.#client.start();
    this.#timers.push(clock.every(1000, () => this.#heartbeat()));
    this.#timers.push(clock.every(700, () => void this.#askControllers()));
    this.#timers.push(clock.every(50, () => this.#replicate()));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.#timers) timer.cancel();
    await this.#client.stop();
  }

  #heartbeat(): void {
    const { brokerName, controllers } = this.#options;
    if (!this.#isRegistered) return;
    for (const controller of controllers) {
      const header = {
        ...{ clusterName: 'C', brokerName, brokerAddr: `${this.name}:1`, brokerId: this.kept.brokerId },
        ...{ epoch: this.kept.log.at(-1)?.epoch ?? 0, maxOffset: this.kept.log.length, heartbeatTimeoutMills: 5000 },
      };
      this.#client.notify(`${controller}:9878`, BROKER_HEARTBEAT, header).catch(() => {});
    }
  }

  async #askControllers(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const leader = await this.#findLeader();
      if (leader === undefined) return;
      if (!this.#isRegistered) return await this.#register(leader);
      // First with what it knows: it may have been replaced meanwhile.
      if (this.isMaster) await this.#alter(leader);
      await this.#refresh(leader);
    } catch {
      // Tried again.
    } finally {
      this.#isAsking = false;
    }
  }

  async #findLeader(): Promise<string | undefined> {
    for (const controller of this.#options.controllers) {
      const answer = await this.#ask(`${controller}:9878`, CONTROLLER_GET_METADATA_INFO, {}).catch(() => undefined);
      if (answer?.header.isLeader === true) return `${controller}:9878`;
    }
    return undefined;
  }

  async #register(leader: string): Promise<void> {
    const group = { clusterName: 'C', brokerName: this.#options.brokerName };
    if (this.kept.brokerId === 0) {
      const next = await this.#ask(leader, CONTROLLER_GET_NEXT_BROKER_ID, group);
      const appliedBrokerId = next.header.nextBrokerId ?? 0;
      const registerCheckCode = `${this.name}:1;1`;
      const taken = await this.#ask(leader, CONTROLLER_APPLY_BROKER_ID, {
        ...group,
        appliedBrokerId,
        registerCheckCode,
      });
      if (taken.code !== ResponseCode.SUCCESS) return;
      this.kept.brokerId = appliedBrokerId;
    }
    const { brokerId } = this.kept;
    const header = { ...group, brokerId, brokerAddress: `${this.name}:1` };
    const answer = await this.#ask(leader, CONTROLLER_REGISTER_BROKER, header);
    if (answer.code !== ResponseCode.SUCCESS) return;
    this.#isRegistered = true;
    const { masterBrokerId, masterEpoch = 0, syncStateSetEpoch = 0 } = answer.header;
    this.#heartbeat();
    if (masterBrokerId === undefined) await this.#elect(leader);
    else this.#become(masterBrokerId, masterEpoch, decodeSyncStateSet(answer.body).syncStateSet, syncStateSetEpoch);
  }

  async #elect(leader: string): Promise<void> {
    const header = { clusterName: 'C', brokerName: this.#options.brokerName, brokerId: this.kept.brokerId };
    const asked = this.#options.checker.saved;
    const answer = await this.#ask(leader, CONTROLLER_ELECT_MASTER, header);
    const isKnown = answer.code === ResponseCode.SUCCESS || answer.code === ResponseCode.CONTROLLER_MASTER_STILL_EXIST;
    if (!isKnown) return;
    const { masterBrokerId, masterEpoch = 0, syncStateSetEpoch = 0 } = answer.header;
    this.#options.checker.answered(asked, { masterEpoch, syncStateSetEpoch });
    this.#become(
      masterBrokerId,
      masterEpoch,
      decodeElectMasterResponseBody(answer.body).syncStateSet,
      syncStateSetEpoch,
    );
  }

  async #refresh(leader: string): Promise<void> {
    const { brokerName, checker } = this.#options;
    const asked = checker.saved;
    const answer = await this.#ask(leader, CONTROLLER_GET_REPLICA_INFO, { brokerName });
    if (answer.code !== ResponseCode.SUCCESS) return;
    const { masterBrokerId, masterEpoch = 0 } = answer.header;
    const { syncStateSet, syncStateSetEpoch } = decodeSyncStateSet(answer.body);
    checker.answered(asked, { masterEpoch, syncStateSetEpoch });
    if (masterBrokerId === undefined) return this.#elect(leader);
    this.#become(masterBrokerId, masterEpoch, syncStateSet, syncStateSetEpoch);
  }

  #become(masterId: number | undefined, epoch: number, set: readonly number[], setEpoch: number): void {
    if (masterId === undefined || epoch < this.epoch || this.isStopped) return;
    if (epoch > this.epoch) {
      this.epoch = epoch;
      this.masterId = masterId;
      this.isMaster = masterId === this.kept.brokerId;
      this.#setEpoch = -1;
      this.#acknowledged = this.kept.log.length;
      this.#reachedMs.clear();
      if (this.isMaster) this.#options.onMaster(masterId, epoch);
    }
    if (setEpoch <= this.#setEpoch) return;
    this.#setEpoch = setEpoch;
    this.#set = set;
    this.#wanted = set;
  }

  async #alter(leader: string): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const { brokerId } = this.kept;
    const near = [...this.#reachedMs].filter(([, atMs]) => nowMs - atMs < LAG_MS).map(([id]) => id);
    const wanted = [brokerId, ...near].sort();
    if (wanted.join() === [...this.#set].sort().join()) return;
    const epoch = this.epoch;
    this.#wanted = wanted;
    const known = { masterEpoch: epoch, syncStateSetEpoch: this.#setEpoch };
    const header = { brokerName: this.#options.brokerName, masterBrokerId: brokerId, masterEpoch: epoch };
    const body = encodeSyncStateSet({ ...known, syncStateSet: wanted });
    const { random, clock, checker } = this.#options;
    const ask = async (): Promise<Response<typeof CONTROLLER_ALTER_SYNC_STATE_SET>> => {
      const asked = checker.saved;
      const answer = await this.#ask(leader, CONTROLLER_ALTER_SYNC_STATE_SET, header, body);
      if (answer.code === ResponseCode.SUCCESS) checker.altered(asked, known);
      return answer;
    };
    // As if it had come by a way that takes long: by then the set, the master, or both may be others.
    const again = (): void => void ask().catch(() => {});
    if (random.chance(0.3)) this.#timers.push(clock.after(random.between(1000, 12_000), again));
    const asked = checker.saved;
    const answer = await ask();
    if (this.epoch !== epoch || answer.code !== ResponseCode.SUCCESS) return;
    const { syncStateSet, syncStateSetEpoch } = decodeSyncStateSet(answer.body);
    checker.answered(asked, { masterEpoch: epoch, syncStateSetEpoch });
    this.#become(brokerId, epoch, syncStateSet, syncStateSetEpoch);
  }

  /** A master appends, sends to whom it reaches, and acknowledges. */
  #replicate(): void {
    if (!this.isMaster) return;
    const { log, brokerId } = this.kept;
    log.push({ epoch: this.epoch, number: this.#options.nextNumber() });
    const held = new Map([[brokerId, log.length]]);
    for (const peer of this.#options.peers()) {
      if (!peer.follow(this.epoch, brokerId, log)) continue;
      held.set(peer.kept.brokerId, peer.kept.log.length);
      this.#reachedMs.set(peer.kept.brokerId, this.#options.clock.monotonicMs());
    }
    const members = new Set([...this.#set, ...this.#wanted]);
    if (members.size < 2 || this.#set.length < 2) return;
    const safe = Math.min(...[...members].map((id) => held.get(id) ?? 0));
    for (; this.#acknowledged < safe; this.#acknowledged++) this.#options.onAcknowledged(log[this.#acknowledged]!);
  }

  /** Takes the master's log, but for what it has already; false when it follows another. */
  follow(epoch: number, masterId: number, log: readonly Entry[]): boolean {
    if (this.isStopped || this.kept.brokerId === 0 || epoch !== this.epoch || masterId !== this.masterId) return false;
    const own = this.kept.log;
    let same = Math.min(own.length, log.length);
    while (same > 0 && own[same - 1]!.number !== log[same - 1]!.number) same--;
    own.length = same;
    for (let at = same; at < log.length; at++) own.push(log[at]!);
    return true;
  }

  #ask<C extends Command>(address: string, command: C, header: RequestInput<C>, body?: Buffer): Promise<Response<C>> {
    return this.#client.request(address, command, header, { timeoutMs: TIMEOUT_MS, body });
  }
}
