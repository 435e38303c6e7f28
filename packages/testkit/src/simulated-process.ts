import type { Connection, Network, Platform } from '@rocketmq-ts/kernel';
import { LivingDisk, ProcessClock } from '@rocketmq-ts/testing/simulated';
import type { SimulatedPlatform } from './platform.ts';

/** One process of a simulated machine: when it has ended, nothing of it runs and nothing that it still tries reaches the environment. */
export class SimulatedProcess {
  readonly platform: Platform;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #clock: ProcessClock;
  readonly #disk: LivingDisk;
  #isAlive = true;
  #onEnd = (): void => {};

  constructor(machine: SimulatedPlatform) {
    this.#clock = new ProcessClock(machine.clock);
    this.#disk = new LivingDisk(machine.disk);
    this.ended = new Promise((resolve) => {
      this.#onEnd = resolve;
    });
    const network = this.#networkOf(machine.network);
    this.platform = { clock: this.#clock, disk: this.#disk, random: machine.random, network };
  }

  /** False from its end on, also for what it still tries in the middle of a call. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  end(): void {
    this.#isAlive = false;
    this.#clock.end();
    void this.#disk.end();
    this.#onEnd();
  }

  #networkOf(network: Network): Network {
    const never = new Promise<never>(() => {});
    const connect: Network['connect'] = async (options): Promise<Connection> => {
      if (!this.#isAlive) return never;
      const connection = await network.connect(options);
      if (this.#isAlive) return connection;
      // The process ended while it connected.
      connection.destroy();
      return never;
    };
    return {
      listen: (options, accept) => (this.#isAlive ? network.listen(options, accept) : never),
      connect,
      lookup: (host) => (this.#isAlive ? network.lookup(host) : never),
      interfaces: () => network.interfaces(),
    };
  }
}
