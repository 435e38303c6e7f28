import { LiveConfig, readConfig, silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { type EtcdCut, SimulatedEtcd } from '@rocketmq-ts/testkit/etcd';
import { type Controller, controllerConfigTable, createController, type Etcd, readPeers } from '../src/index.ts';
import { GroupChecker } from './group-checker.ts';
import { PausableClock } from './pausable-clock.ts';
import { type Entry, type Kept, Replica } from './replica-of-test.ts';

const CONTROLLERS = ['n0', 'n1', 'n2'];
const BROKERS = ['a', 'b', 'c'];
const GROUP = 'broker-a';
/** Of faults; then everything is mended and must come right. */
const FAULTS_MS = 60_000;
/** Within which a group has a master again once nothing is broken. */
const RECOVERY_MS = 25_000;
/** Between two looks at who leads. */
const LOOK_MS = 250;

interface Result {
  readonly violations: readonly string[];
  readonly story: readonly string[];
  readonly acknowledged: number;
}

/** Errors that are built in, to see that they are found. */
export interface PlantedFaults {
  /** What a controller has for a connection to etcd. */
  readonly etcd?: (etcd: Etcd) => Etcd;
  /** Of all controllers. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Three controllers, a group of three brokers and etcd through a minute of faults that follow from the seed. */
export async function runElections(seed: number, planted: PlantedFaults = {}): Promise<Result> {
  const run = new ElectionRun(seed, planted);
  await run.start();
  await run.faults();
  await run.mend();
  const result = run.check();
  await run.stop();
  return result;
}

class ElectionRun {
  readonly #environment: SimulatedEnvironment;
  readonly #etcd: SimulatedEtcd;
  readonly #random;
  readonly #clocks = new Map<string, PausableClock>();
  readonly #controllers = new Map<string, Controller>();
  readonly #replicas = new Map<string, Replica>();
  readonly #kept = new Map<string, Kept>(BROKERS.map((name) => [name, { brokerId: 0, log: [] }]));
  readonly #paused = new Set<string>();
  readonly #split = new Set<string>();
  readonly #cut = new Set<string>();
  readonly #planted: PlantedFaults;
  readonly #checker = new GroupChecker();
  readonly #acknowledged: Entry[] = [];
  readonly #masters = new Map<number, number>();
  readonly #violations: string[] = [];
  readonly #story: string[] = [];
  readonly #endings: Promise<unknown>[] = [];
  #numbers = 0;

  constructor(seed: number, planted: PlantedFaults) {
    this.#planted = planted;
    this.#environment = new SimulatedEnvironment(seed, { network: { minLatencyMs: 0, maxLatencyMs: 3 } });
    this.#random = this.#environment.random.fork();
    this.#etcd = new SimulatedEtcd({
      clock: this.#environment.clock,
      random: this.#environment.random.fork(),
      onChange: (machine) => this.#checker.look(this.#etcd.snapshot(), machine),
    });
  }

  async start(): Promise<void> {
    for (const name of CONTROLLERS) this.#startController(name);
    await this.#pass(3000);
    for (const name of BROKERS) this.#startBroker(name);
    await this.#pass(8000);
  }

  async faults(): Promise<void> {
    const { clock } = this.#environment;
    const endsMs = clock.monotonicMs() + FAULTS_MS;
    while (clock.monotonicMs() < endsMs) {
      this.#mendSome();
      await this.#pass(100);
      await this.#fault();
      await this.#pass(this.#random.between(200, 4000));
    }
  }

  async mend(): Promise<void> {
    this.#say('everything is mended');
    this.#etcd.recover();
    this.#etcd.slow(0);
    this.#etcd.heal();
    this.#split.clear();
    for (const name of [...this.#paused]) this.#resume(name);
    this.#applySplits();
    for (const name of CONTROLLERS) if (!this.#controllers.has(name)) this.#startController(name);
    for (const name of BROKERS) if (!this.#replicas.has(name)) this.#startBroker(name);
    await this.#pass(RECOVERY_MS);
  }

  check(): Result {
    const masters = [...this.#replicas.values()].filter(({ isMaster }) => isMaster);
    const [master] = masters.sort((a, b) => b.epoch - a.epoch);
    if (master === undefined) this.#violations.push('no broker is master in the end');
    const leading = [...this.#controllers.values()].filter(({ isLeading }) => isLeading).length;
    if (leading !== 1) this.#violations.push(`${leading} controllers lead in the end`);
    const there = new Set(master?.kept.log.map(({ number }) => number));
    const lost = this.#acknowledged.filter(({ number }) => !there.has(number));
    if (lost.length > 0)
      this.#violations.push(`${lost.length} acknowledged messages are gone, first ${lost[0]!.number}`);
    for (const replica of this.#replicas.values()) {
      if (replica.epoch !== master?.epoch)
        this.#violations.push(`${replica.name} is in epoch ${replica.epoch} in the end`);
    }
    const violations = [...this.#checker.violations, ...this.#violations];
    return { violations, story: this.#story, acknowledged: this.#acknowledged.length };
  }

  async stop(): Promise<void> {
    for (const replica of this.#replicas.values()) this.#endings.push(replica.stop());
    for (const controller of this.#controllers.values()) this.#endings.push(Promise.resolve(controller.stop()));
    await this.#pass(10_000);
    await Promise.all(this.#endings);
  }

  /** What is broken stays so for some seconds, longer than most leases: then the next fault finds something that works. */
  #mendSome(): void {
    for (const name of [...this.#cut]) if (this.#random.chance(0.2)) this.#heal(name);
    for (const name of [...this.#paused]) if (this.#random.chance(0.2)) this.#resume(name);
    for (const pair of [...this.#split]) {
      const [a, b] = pair.split(' ');
      if (this.#random.chance(0.15)) this.#splitOrJoin(a!, b!);
    }
    for (const name of [...CONTROLLERS, ...BROKERS]) {
      const isUp = this.#controllers.has(name) || this.#replicas.has(name);
      if (!isUp && this.#random.chance(0.2)) this.#killOrStart(name);
    }
  }

  async #fault(): Promise<void> {
    const controller = this.#random.pick(CONTROLLERS);
    const broker = this.#random.pick(BROKERS);
    const leader = CONTROLLERS.find((name) => this.#controllers.get(name)?.isLeading);
    const master = BROKERS.find((name) => this.#replicas.get(name)?.isMaster);
    const faults: (() => void | Promise<void>)[] = [
      () => this.#killOrStart(broker),
      () => this.#killOrStart(master ?? broker),
      () => this.#killOrStart(controller),
      () => this.#killOrStart(leader ?? controller),
      () => this.#delayElection(leader ?? controller, master ?? broker),
      () => this.#delayElection(leader ?? controller, master ?? broker),
      () => {
        this.#killOrStart(master ?? broker);
        this.#pauseOrResume(leader ?? controller);
      },
      // The leader and the master at once.
      () => {
        this.#killOrStart(leader ?? controller);
        this.#killOrStart(master ?? broker);
      },
      () => this.#pauseOrResume(controller),
      () => this.#pauseOrResume(leader ?? controller),
      () => this.#pauseOrResume(broker),
      () => this.#pauseOrResume(master ?? broker),
      () => this.#cutOrHeal(leader ?? controller),
      () => this.#cutOrHeal(controller),
      () => this.#splitOrJoin(broker, controller),
      () => this.#splitOrJoin(master ?? broker, leader ?? controller),
      () => this.#splitOrJoin(broker, this.#random.pick(BROKERS)),
      () => this.#toggleEtcd(),
      () => this.#slowEtcd(),
      () => {
        const byMs = this.#random.between(-3_600_000, 3_600_000);
        this.#say(`the wall clock jumps by ${byMs} ms`);
        this.#environment.clock.jumpWallClock(byMs);
      },
    ];
    await this.#random.pick(faults)();
  }

  #killOrStart(name: string): void {
    this.#resume(name);
    const isController = CONTROLLERS.includes(name);
    const isUp = isController ? this.#controllers.has(name) : this.#replicas.has(name);
    this.#say(`${name} is ${isUp ? 'killed' : 'started'}`);
    if (!isUp) return isController ? this.#startController(name) : this.#startBroker(name);
    const clock = this.#clocks.get(name)!;
    // Nothing of it runs any more, as after kill -9.
    const service = isController ? this.#controllers.get(name)! : this.#replicas.get(name)!;
    clock.pause();
    this.#environment.network.killHost(name);
    this.#controllers.delete(name);
    this.#replicas.delete(name);
    this.#clocks.delete(name);
    if (service instanceof Replica) service.isStopped = true;
  }

  #pauseOrResume(name: string): void {
    if (this.#paused.has(name)) return this.#resume(name);
    if (!this.#clocks.has(name)) return;
    this.#say(`${name} is stopped`);
    this.#paused.add(name);
    this.#clocks.get(name)!.pause();
    this.#applySplits();
  }

  #resume(name: string): void {
    if (!this.#paused.delete(name)) return;
    this.#say(`${name} continues`);
    this.#applySplits();
    this.#clocks.get(name)?.resume();
  }

  #cutOrHeal(name: string): void {
    if (this.#cut.has(name)) return this.#heal(name);
    const cut = this.#random.pick<EtcdCut>(['requests', 'answers', 'both']);
    this.#say(`${name} is cut off from etcd (${cut})`);
    this.#cut.add(name);
    this.#etcd.cut(name, cut);
  }

  #heal(name: string): void {
    this.#say(`${name} reaches etcd`);
    this.#cut.delete(name);
    this.#etcd.heal(name);
  }

  #splitOrJoin(a: string, b: string): void {
    if (a === b) return;
    const pair = [a, b].sort().join(' ');
    if (!this.#split.delete(pair)) this.#split.add(pair);
    this.#say(`${pair} are ${this.#split.has(pair) ? 'apart' : 'connected'}`);
    this.#applySplits();
  }

  #toggleEtcd(): void {
    const isUp = this.#random.chance(0.6);
    this.#say(isUp ? 'etcd is there' : 'etcd is gone');
    if (isUp) this.#etcd.recover();
    else this.#etcd.fail();
  }

  /** An election is on its way when the leader loses etcd, and arrives when its lease has ended, or another one leads. */
  async #delayElection(leader: string, master: string): Promise<void> {
    if (this.#cut.has(leader)) return this.#heal(leader);
    this.#cutOrHeal(leader);
    this.#killOrStart(master);
    await this.#pass(this.#random.between(4000, 6500));
    this.#heal(leader);
  }

  #slowEtcd(): void {
    const delayMs = this.#random.chance(0.6) ? this.#random.between(500, 8000) : 0;
    this.#say(`etcd takes up to ${delayMs} ms for some requests`);
    this.#etcd.slow(delayMs);
  }

  /** A process that is stopped reads nothing: its bytes wait, as in a partition. */
  #applySplits(): void {
    const { network } = this.#environment;
    network.heal();
    for (const pair of this.#split) {
      const [a, b] = pair.split(' ');
      network.partition(a!, b!);
    }
    for (const name of this.#paused) {
      for (const other of [...CONTROLLERS, ...BROKERS]) if (other !== name) network.partition(name, other);
    }
  }

  #startController(name: string): void {
    const given = new Map(
      Object.entries({
        controllerDLegerPeers: CONTROLLERS.map((each) => `${each}-${each}:9878`).join(';'),
        controllerDLegerSelfId: name,
        configStorePath: `/${name}.properties`,
        ...this.#planted.properties,
      }),
    );
    const { config } = readConfig(controllerConfigTable, given);
    const peers = readPeers(config);
    if ('problem' in peers) throw new Error(peers.problem);
    const clock = this.#clockOf(name);
    const controller = createController({
      platform: { ...this.#environment.machine(name), clock },
      logger: silentLogger,
      config: new LiveConfig(controllerConfigTable, config),
      peers,
      localHost: name,
      connectEtcd: async () => this.#planted.etcd?.(this.#etcd.connect(name, clock)) ?? this.#etcd.connect(name, clock),
    });
    this.#controllers.set(name, controller);
    Promise.resolve(controller.start()).catch((error: unknown) => this.#violations.push(`${name}: ${String(error)}`));
  }

  #startBroker(name: string): void {
    const replica = new Replica({
      environment: this.#environment,
      clock: this.#clockOf(name),
      random: this.#random.fork(),
      name,
      brokerName: GROUP,
      controllers: CONTROLLERS,
      kept: this.#kept.get(name)!,
      peers: () => this.#reachedFrom(name),
      nextNumber: () => ++this.#numbers,
      onAcknowledged: (entry) => this.#acknowledged.push(entry),
      onMaster: (brokerId, epoch) => this.#onMaster(name, brokerId, epoch),
      checker: this.#checker,
    });
    this.#replicas.set(name, replica);
    void replica.start();
  }

  #clockOf(name: string): PausableClock {
    const clock = new PausableClock(this.#environment.clock);
    this.#clocks.set(name, clock);
    return clock;
  }

  #reachedFrom(name: string): Replica[] {
    return BROKERS.flatMap((other) => {
      const isApart = this.#split.has([name, other].sort().join(' ')) || this.#paused.has(other);
      const replica = this.#replicas.get(other);
      return other === name || isApart || replica === undefined ? [] : [replica];
    });
  }

  #onMaster(name: string, brokerId: number, epoch: number): void {
    this.#say(`${name} (${brokerId}) is master in epoch ${epoch}`);
    const before = this.#masters.get(epoch);
    if (before !== undefined) this.#violations.push(`${before} and then ${brokerId} became master in epoch ${epoch}`);
    this.#masters.set(epoch, brokerId);
  }

  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += LOOK_MS) {
      await this.#environment.clock.advance(Math.min(LOOK_MS, ms - passed));
      const leading = [...this.#controllers].filter(([, { isLeading }]) => isLeading).map(([name]) => name);
      if (leading.length > 1) this.#violations.push(`${leading.join(' and ')} lead at the same time`);
    }
  }

  #say(line: string): void {
    this.#story.push(`${(this.#environment.clock.monotonicMs() / 1000).toFixed(1)} s  ${line}`);
  }
}
