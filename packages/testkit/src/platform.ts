import type { Network, Platform } from '@rocketmq-ts/kernel';
import { VirtualClock, type VirtualClockOptions } from './clock.ts';
import { SimulatedDisk, type SimulatedDiskOptions } from './disk.ts';
import { SimulatedNetwork, type SimulatedNetworkOptions } from './network.ts';
import { SeededRandom } from './random.ts';

/** A machine of a simulated world: a platform whose parts can be told to go wrong. */
export interface SimulatedPlatform extends Platform {
  readonly clock: VirtualClock;
  readonly disk: SimulatedDisk;
  readonly network: Network;
  readonly random: SeededRandom;
  readonly world: SimulatedWorld;
}

export interface SimulatedWorldOptions {
  readonly clock?: VirtualClockOptions;
  readonly disk?: Omit<SimulatedDiskOptions, 'clock' | 'random'>;
  readonly network?: Omit<SimulatedNetworkOptions, 'clock' | 'random'>;
}

/** Machines that share one clock and one network. The seed decides everything that chance decides. */
export class SimulatedWorld {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly network: SimulatedNetwork;
  readonly random: SeededRandom;
  readonly #options: SimulatedWorldOptions;
  readonly #machines = new Map<string, SimulatedPlatform>();

  constructor(seed: number, options: SimulatedWorldOptions = {}) {
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
      world: this,
    };
    this.#machines.set(name, machine);
    return machine;
  }
}

/** A world of one machine. */
export function simulatedPlatform(seed: number, options: SimulatedWorldOptions = {}): SimulatedPlatform {
  return new SimulatedWorld(seed, options).machine('machine');
}
