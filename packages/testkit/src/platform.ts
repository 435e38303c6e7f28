import type { Network, Platform } from '@rocketmq-ts/kernel';
import { SeededRandom, SimulatedDisk, type SimulatedDiskOptions } from '@rocketmq-ts/testing/simulated';
import { VirtualClock, type VirtualClockOptions } from './clock.ts';
import { SimulatedNetwork, type SimulatedNetworkOptions } from './network.ts';

/** A simulated machine: a platform whose parts can be made to fail. */
export interface SimulatedPlatform extends Platform {
  readonly clock: VirtualClock;
  readonly disk: SimulatedDisk;
  readonly network: Network;
  readonly random: SeededRandom;
  readonly environment: SimulatedEnvironment;
}

export interface SimulatedEnvironmentOptions {
  readonly clock?: VirtualClockOptions;
  readonly disk?: Omit<SimulatedDiskOptions, 'clock' | 'random'>;
  readonly network?: Omit<SimulatedNetworkOptions, 'clock' | 'random'>;
}

/** Machines that share one clock and one network. The seed decides everything that chance decides. */
export class SimulatedEnvironment {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly network: SimulatedNetwork;
  readonly random: SeededRandom;
  readonly #options: SimulatedEnvironmentOptions;
  readonly #machines = new Map<string, SimulatedPlatform>();

  constructor(seed: number, options: SimulatedEnvironmentOptions = {}) {
    this.seed = seed;
    this.#options = options;
    this.random = new SeededRandom(seed);
    this.clock = new VirtualClock(options.clock);
    this.network = new SimulatedNetwork({ ...options.network, clock: this.clock, random: this.random.fork() });
  }

  /** The machine of this name; made when it is asked for first, with a disk of its own. */
  machine(name: string): SimulatedPlatform {
    const known = this.#machines.get(name);
    if (known !== undefined) return known;
    const machine: SimulatedPlatform = {
      clock: this.clock,
      disk: new SimulatedDisk({ ...this.#options.disk, clock: this.clock, random: this.random.fork() }),
      network: this.network.host(name),
      random: this.random.fork(),
      environment: this,
    };
    this.#machines.set(name, machine);
    return machine;
  }
}

/** The only machine of a new environment. */
export function simulatedPlatform(seed: number, options: SimulatedEnvironmentOptions = {}): SimulatedPlatform {
  return new SimulatedEnvironment(seed, options).machine('machine');
}
