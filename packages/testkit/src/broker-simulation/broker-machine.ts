import { type Broker, brokerConfigTable, createBroker } from '@rocketmq-ts/broker';
import { LiveConfig, type LogFields, type Logger, type Platform, readConfig, silentLogger } from '@rocketmq-ts/kernel';
import type { SimulatedPlatform, SimulatedWorld } from '../platform.ts';
import { ProcessClock } from '../process-clock.ts';
import { ProcessDisk } from '../process-disk.ts';

export type SuddenEnd = 'kill' | 'power loss';

/** A process dies at its `calls`-th call from now that changes the disk. */
export interface Death {
  readonly calls: number;
  readonly how: SuddenEnd;
}

/** Folder of every simulated broker's store, on its own machine. */
export const STORE_ROOT = '/store';
const PORT = 10911;
const PHYSICAL_MEMORY_BYTES = 1e9;

/**
 * A machine on which a whole broker runs, one process after the other, over the simulated disk, network and clock. Its
 * process ends by `stop`, or suddenly at any step: then nothing of it runs any more, its connections are reset, and the
 * next process finds what the disk kept.
 */
export class BrokerMachine {
  readonly platform: SimulatedPlatform;
  readonly address: string;
  /** How a process died of `dieAt`; set back by the caller who has dealt with it. */
  died: SuddenEnd | undefined;
  readonly #world: SimulatedWorld;
  readonly #name: string;
  readonly #say: (line: string) => void;
  #process: Process | undefined;

  constructor(world: SimulatedWorld, name: string, say: (line: string) => void) {
    this.#world = world;
    this.#name = name;
    this.#say = say;
    this.platform = world.machine(name);
    this.address = `${name}:${PORT}`;
  }

  /** A process runs. False from the moment on at which it died, also while its start or stop is under way. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /**
   * Starts a process; false when it died meanwhile, as `death` may want it to. Rejects with why the broker refuses to start.
   */
  async start(properties: Readonly<Record<string, string>>, death?: Death): Promise<boolean> {
    if (death !== undefined) this.dieAt(death);
    const process = new Process(this.platform, (platform) => this.#create(platform, properties));
    this.#process = process;
    try {
      await this.#whileAlive(process.broker.start());
    } catch (error) {
      if (this.#process !== process) return false;
      this.end('kill');
      throw error;
    }
    return this.#process === process;
  }

  /** Stops the process in order; false when it died meanwhile. */
  async stop(): Promise<boolean> {
    const process = this.#process;
    if (process === undefined) return false;
    await this.#whileAlive(process.broker.stop());
    if (this.#process !== process) return false;
    this.#process = undefined;
    process.end();
    this.platform.disk.revive();
    return true;
  }

  /** The process dies now. */
  end(how: SuddenEnd): void {
    const process = this.#process;
    this.#process = undefined;
    process?.end();
    this.platform.disk.revive();
    this.#world.network.killHost(this.#name);
    if (how === 'kill') this.platform.disk.killProcess();
    else this.platform.disk.crash();
  }

  /** The process dies at a later call that changes the disk: between any two system calls. */
  dieAt({ calls, how }: Death): void {
    this.platform.disk.dieAt(calls, () => {
      this.#say(`the process dies in the middle: ${how}`);
      this.end(how);
      this.died = how;
    });
  }

  #create(platform: Platform, properties: Readonly<Record<string, string>>): Broker {
    const reading = readConfig(brokerConfigTable, new Map(Object.entries(properties)));
    return createBroker({
      platform,
      logger: loggerTo(this.#say),
      config: new LiveConfig(brokerConfigTable, reading.config),
      hostName: this.#name,
      homeDirectory: '/home',
      processId: 1,
      physicalMemoryBytes: PHYSICAL_MEMORY_BYTES,
    });
  }

  /** Lets time pass until the work is done or its process is dead; rejects as the work does. */
  async #whileAlive(work: Promise<void>): Promise<void> {
    const process = this.#process;
    const outcome = { isDone: false };
    const done = work.finally(() => {
      outcome.isDone = true;
    });
    done.catch(() => {});
    while (!outcome.isDone && this.#process === process) await this.platform.clock.advance(1);
    if (this.#process === process) await done;
  }
}

/** One process: when it has ended, nothing of it runs and nothing that still tries reaches the world. */
class Process {
  readonly broker: Broker;
  readonly #clock: ProcessClock;
  readonly #disk: ProcessDisk;
  #isAlive = true;

  constructor(machine: SimulatedPlatform, create: (platform: Platform) => Broker) {
    const { network, random } = machine;
    this.#clock = new ProcessClock(machine.clock);
    this.#disk = new ProcessDisk(machine.disk);
    const never = new Promise<never>(() => {});
    this.broker = create({
      clock: this.#clock,
      disk: this.#disk,
      random,
      network: {
        listen: (options, accept) => (this.#isAlive ? network.listen(options, accept) : never),
        connect: (options) => (this.#isAlive ? network.connect(options) : never),
        interfaces: () => network.interfaces(),
      },
    });
  }

  end(): void {
    this.#isAlive = false;
    this.#clock.end();
    this.#disk.end();
  }
}

/** What the broker says belongs to the history. */
function loggerTo(say: (line: string) => void): Logger {
  const note = (sentence: string, fields: LogFields = {}): void => say(`  ${sentence} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, info: note, warn: note, error: note, named: () => logger };
  return logger;
}
