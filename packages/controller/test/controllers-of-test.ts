import assert from 'node:assert/strict';
import { LiveConfig, type Logger, readConfig, silentLogger } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_METADATA_INFO,
  CONTROLLER_GET_NEXT_BROKER_ID,
  CONTROLLER_GET_REPLICA_INFO,
  CONTROLLER_REGISTER_BROKER,
  type Command,
  decodeSyncStateSet,
  NOTIFY_BROKER_ROLE_CHANGED,
  type RequestInput,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, createRemotingServer, type RemotingClient, type Response } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { SimulatedEtcd } from '@rocketmq-ts/testkit/etcd';
import { type Controller, controllerConfigTable, createController, readPeers } from '../src/index.ts';

const CONTROLLER_PORT = 9878;

/** Controllers and brokers that do nothing but speak with them, in one environment. */
export class World {
  readonly environment: SimulatedEnvironment;
  readonly etcd: SimulatedEtcd;
  readonly logger: Logger;
  readonly controllers = new Map<string, Controller>();
  readonly #stops: (() => unknown)[] = [];
  #names: readonly string[] = [];

  constructor(seed = 1, logger: Logger = silentLogger) {
    this.environment = new SimulatedEnvironment(seed);
    const { clock, random } = this.environment;
    this.etcd = new SimulatedEtcd({ clock, random });
    this.logger = logger;
  }

  get addresses(): string[] {
    return this.#names.map((name) => `${name}:${CONTROLLER_PORT}`);
  }

  pass(ms: number): Promise<void> {
    return this.environment.clock.advance(ms);
  }

  run<Answer>(work: Promise<Answer>): Promise<Answer> {
    return this.environment.clock.run(work);
  }

  /** Starts controllers n0, n1, … that know each other. */
  async startControllers(count = 1, properties: Record<string, string> = {}): Promise<void> {
    this.#names = Array.from({ length: count }, (_, at) => `n${at}`);
    for (const name of this.#names) await this.startController(name, properties);
  }

  async startController(name: string, properties: Record<string, string> = {}): Promise<Controller> {
    const given = new Map(
      Object.entries({
        controllerDLegerGroup: 'group1',
        controllerDLegerPeers: this.#names.map((each) => `${each}-${each}:${CONTROLLER_PORT}`).join(';'),
        controllerDLegerSelfId: name,
        configStorePath: `/${name}.properties`,
        ...properties,
      }),
    );
    const reading = readConfig(controllerConfigTable, given);
    assert.deepEqual([reading.problems, reading.unknown], [[], []]);
    const peers = readPeers(reading.config);
    assert.ok('group' in peers, 'the peers fit together');
    const platform = this.environment.machine(name);
    const controller = createController({
      platform,
      logger: this.logger,
      config: new LiveConfig(controllerConfigTable, reading.config, { given: given.keys() }),
      peers,
      localHost: name,
      connectEtcd: async () => this.etcd.connect(name),
    });
    await this.run(Promise.resolve(controller.start()));
    this.controllers.set(name, controller);
    this.#stops.push(() => controller.stop());
    return controller;
  }

  /** Name of the controller that leads; undefined while none does. */
  get leader(): string | undefined {
    const leading = [...this.controllers].filter(([, { isLeading }]) => isLeading).map(([name]) => name);
    assert.ok(leading.length <= 1, `${leading.join(' and ')} lead`);
    return leading[0];
  }

  async broker(name: string, brokerName = 'broker-a'): Promise<FakeBroker> {
    const broker = new FakeBroker(this, name, brokerName);
    await broker.start();
    this.#stops.push(() => broker.stop());
    return broker;
  }

  /** Stops all; then no timer is armed. */
  async stop(): Promise<void> {
    const stopping = this.#stops.reverse().map((stop) => stop());
    await this.pass(10_000);
    await Promise.all(stopping);
    assert.equal(this.environment.clock.pendingTimers, 0);
  }
}

/** A broker as controllers see it: requests of a broker in controller mode and heartbeats, without messages. */
export class FakeBroker {
  readonly address: string;
  readonly name: string;
  readonly brokerName: string;
  readonly notices: { masterBrokerId: number | undefined; masterEpoch: number | undefined }[] = [];
  brokerId = 0;
  epoch = 0;
  maxOffset = 0;
  readonly #world: World;
  readonly #client: RemotingClient;
  readonly #server;
  #heartbeats: { cancel(): void } | undefined;
  #isStopped = false;

  constructor(world: World, name: string, brokerName: string) {
    this.#world = world;
    this.name = name;
    this.brokerName = brokerName;
    this.address = `${name}:10911`;
    const platform = world.environment.machine(name);
    this.#client = createRemotingClient({ platform, logger: silentLogger });
    this.#server = createRemotingServer({ platform, logger: silentLogger, host: '0.0.0.0', port: 10911 });
    this.#server.handle(NOTIFY_BROKER_ROLE_CHANGED, ({ header }) => {
      this.notices.push({ masterBrokerId: header.masterBrokerId, masterEpoch: header.masterEpoch });
    });
  }

  async start(): Promise<void> {
    await this.#client.start();
    await this.#server.start();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#heartbeats?.cancel();
    await this.#client.stop();
    await this.#server.stop();
  }

  /** The process dies: its connections are reset. */
  async kill(): Promise<void> {
    await this.#world.run(this.stop());
  }

  async ask<C extends Command>(command: C, header: RequestInput<C>, body?: Buffer, to?: string): Promise<Response<C>> {
    const address = to ?? `${this.#world.leader}:${CONTROLLER_PORT}`;
    return this.#world.run(this.#client.request(address, command, header, { timeoutMs: 3000, body }));
  }

  /** Gets an id, unless it has one, registers, and begins with heartbeats to all controllers. */
  async join(): Promise<Response<typeof CONTROLLER_REGISTER_BROKER>> {
    const group = { clusterName: 'C', brokerName: this.brokerName };
    if (this.brokerId === 0) {
      const next = await this.ask(CONTROLLER_GET_NEXT_BROKER_ID, group);
      const brokerId = next.header.nextBrokerId!;
      const registerCheckCode = `${this.address};1`;
      const applied = await this.ask(CONTROLLER_APPLY_BROKER_ID, {
        ...group,
        appliedBrokerId: brokerId,
        registerCheckCode,
      });
      assert.equal(applied.code, ResponseCode.SUCCESS, applied.remark);
      this.brokerId = brokerId;
    }
    const registered = await this.ask(CONTROLLER_REGISTER_BROKER, {
      ...group,
      brokerId: this.brokerId,
      brokerAddress: this.address,
    });
    assert.equal(registered.code, ResponseCode.SUCCESS, registered.remark);
    this.beginHeartbeats();
    await this.#world.pass(100);
    return registered;
  }

  beginHeartbeats(): void {
    const send = (): void => {
      for (const address of this.#world.addresses) {
        const heartbeat = {
          clusterName: 'C',
          brokerName: this.brokerName,
          brokerAddr: this.address,
          brokerId: this.brokerId,
          epoch: this.epoch,
          maxOffset: this.maxOffset,
          heartbeatTimeoutMills: 10_000,
        };
        this.#client.notify(address, BROKER_HEARTBEAT, heartbeat).catch(() => {});
      }
    };
    this.#heartbeats?.cancel();
    this.#heartbeats = this.#world.environment.clock.every(1000, send);
    send();
  }

  /** Its process hangs: no heartbeats, but its connections stay open. */
  pause(): void {
    this.#heartbeats?.cancel();
  }

  elect(designateElect = false): Promise<Response<typeof CONTROLLER_ELECT_MASTER>> {
    const { brokerName, brokerId } = this;
    return this.ask(CONTROLLER_ELECT_MASTER, { clusterName: 'C', brokerName, brokerId, designateElect });
  }

  /** `1 in epoch 2 of 1,3`: what the leader says of the group. */
  async groupText(): Promise<string> {
    const { header, body, code, remark } = await this.ask(CONTROLLER_GET_REPLICA_INFO, { brokerName: this.brokerName });
    if (code !== ResponseCode.SUCCESS) return `${code} ${remark}`;
    const { syncStateSet } = decodeSyncStateSet(body);
    return `${header.masterBrokerId ?? 'nobody'} in epoch ${header.masterEpoch} of ${syncStateSet.join(',')}`;
  }

  metadata(controller: string): Promise<Response<typeof CONTROLLER_GET_METADATA_INFO>> {
    return this.ask(CONTROLLER_GET_METADATA_INFO, {}, undefined, `${controller}:${CONTROLLER_PORT}`);
  }
}
