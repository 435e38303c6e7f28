import { silentLogger } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  CONTROLLER_ALTER_SYNC_STATE_SET,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_METADATA_INFO,
  CONTROLLER_GET_NEXT_BROKER_ID,
  CONTROLLER_GET_REPLICA_INFO,
  CONTROLLER_REGISTER_BROKER,
  decodeSyncStateSet,
  encodeElectMasterResponseBody,
  encodeSyncStateSet,
  NOTIFY_BROKER_ROLE_CHANGED,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, createRemotingServer } from '@rocketmq-ts/remoting';
import type { Cluster } from '@rocketmq-ts/testkit/cluster';

const PORT = 9878;
const SWEEP_MS = 500;

interface Member {
  address: string;
  heardMs: number;
  maxOffset: number;
  epoch: number;
}

/** A controller of one group, as Apache's decides: heartbeats, in-sync set, elections. It forgets nothing while the test runs. */
export class ScriptedController {
  static readonly address = `controller:${PORT}`;
  readonly #cluster: Cluster;
  readonly #members = new Map<number, Member>();
  readonly #checkCodes = new Map<number, string>();
  readonly #server;
  readonly #client;
  /** Members hear of a new master only by asking. */
  isSilent = false;
  /** Takes no changes of the in-sync set. */
  refusesSets = false;
  deadAfterMs = 3000;
  masterId: number | undefined;
  masterEpoch = 0;
  set: number[] = [];
  setEpoch = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    const platform = cluster.environment.machine('controller');
    this.#server = createRemotingServer({ platform, logger: silentLogger, host: '0.0.0.0', port: PORT });
    this.#client = createRemotingClient({ platform, logger: silentLogger });
    this.#serve();
  }

  async start(): Promise<void> {
    await this.#server.start();
    await this.#client.start();
    this.#cluster.clock.every(SWEEP_MS, () => this.#sweep());
  }

  async stop(): Promise<void> {
    await this.#client.stop();
    await this.#server.stop();
  }

  get masterAddress(): string | undefined {
    return this.masterId === undefined ? undefined : this.#members.get(this.masterId)?.address;
  }

  /** An operator's election: the same master too gets a new epoch. */
  elect(id: number): void {
    this.masterId = id;
    this.masterEpoch += 1;
    this.set = [id];
    this.setEpoch += 1;
    if (this.isSilent) return;
    for (const { address } of this.#members.values()) {
      const body = encodeSyncStateSet({ syncStateSet: this.set, syncStateSetEpoch: this.setEpoch });
      void this.#client.notify(address, NOTIFY_BROKER_ROLE_CHANGED, this.#view, { body }).catch(() => undefined);
    }
  }

  get #view() {
    const { masterId, masterAddress, masterEpoch, setEpoch } = this;
    return { masterBrokerId: masterId, masterAddress, masterEpoch, syncStateSetEpoch: setEpoch };
  }

  #isAlive(id: number): boolean {
    const member = this.#members.get(id);
    return member !== undefined && this.#cluster.clock.monotonicMs() - member.heardMs <= this.deadAfterMs;
  }

  #sweep(): void {
    if (this.masterId === undefined || this.#isAlive(this.masterId)) return;
    const candidates = this.set.filter((id) => this.#isAlive(id));
    const best = (a: number, b: number): number => {
      const [one, other] = [this.#members.get(a)!, this.#members.get(b)!];
      return other.epoch - one.epoch || other.maxOffset - one.maxOffset;
    };
    const [next] = candidates.sort(best);
    if (next !== undefined) this.elect(next);
  }

  #serve(): void {
    const server = this.#server;
    const setBody = (): Buffer => encodeSyncStateSet({ syncStateSet: this.set, syncStateSetEpoch: this.setEpoch });
    server.handle(CONTROLLER_GET_METADATA_INFO, (call) =>
      call.answer({ group: 'g', controllerLeaderAddress: ScriptedController.address, isLeader: true, peers: '' }),
    );
    server.handle(CONTROLLER_GET_NEXT_BROKER_ID, (call) => call.answer({ nextBrokerId: this.#checkCodes.size + 1 }));
    server.handle(CONTROLLER_APPLY_BROKER_ID, (call) => {
      const { appliedBrokerId, registerCheckCode } = call.header;
      const known = this.#checkCodes.get(appliedBrokerId);
      if (known !== undefined && known !== registerCheckCode)
        return call.fail(ResponseCode.CONTROLLER_BROKER_ID_INVALID, 'taken');
      this.#checkCodes.set(appliedBrokerId, registerCheckCode);
      call.answer({});
    });
    server.handle(CONTROLLER_REGISTER_BROKER, (call) => {
      const { brokerId, brokerAddress } = call.header;
      const member = this.#members.get(brokerId);
      if (member === undefined) {
        const heardMs = this.#cluster.clock.monotonicMs();
        this.#members.set(brokerId, { address: brokerAddress, heardMs, maxOffset: 0, epoch: -1 });
      } else member.address = brokerAddress;
      const isLed = this.masterId !== undefined && this.masterId !== brokerId && this.#isAlive(this.masterId);
      call.answer(isLed || this.masterId === brokerId ? this.#view : {}, { body: setBody() });
    });
    server.handle(BROKER_HEARTBEAT, (call) => {
      const { brokerId = 0, maxOffset = 0, epoch = 0 } = call.header;
      const member = this.#members.get(brokerId);
      if (member !== undefined) Object.assign(member, { maxOffset, epoch, heardMs: this.#cluster.clock.monotonicMs() });
      call.answer({});
    });
    server.handle(CONTROLLER_ELECT_MASTER, (call) => {
      if (this.masterId === undefined) this.elect(call.header.brokerId);
      const body = encodeElectMasterResponseBody({ brokerMemberGroup: undefined, syncStateSet: this.set });
      call.answer(this.#view, { body });
    });
    server.handle(CONTROLLER_GET_REPLICA_INFO, (call) => call.answer(this.#view, { body: setBody() }));
    server.handle(CONTROLLER_ALTER_SYNC_STATE_SET, (call) => {
      const { masterBrokerId, masterEpoch } = call.header;
      const { syncStateSet, syncStateSetEpoch } = decodeSyncStateSet(call.body);
      if (masterEpoch !== this.masterEpoch || masterBrokerId !== this.masterId)
        return call.fail(ResponseCode.CONTROLLER_FENCED_MASTER_EPOCH, 'another master');
      if (syncStateSetEpoch !== this.setEpoch)
        return call.fail(ResponseCode.CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH, 'another set');
      if (this.refusesSets) return call.fail(ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED, 'the test');
      this.set = [...syncStateSet];
      this.setEpoch += 1;
      call.answer({ newSyncStateSetEpoch: this.setEpoch }, { body: setBody() });
    });
  }
}
