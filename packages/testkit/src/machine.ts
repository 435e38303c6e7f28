import type { CallFilter } from '@rocketmq-ts/testing/simulated';
import type { SimulatedEnvironment, SimulatedPlatform } from './platform.ts';
import { SimulatedProcess } from './simulated-process.ts';

export type SuddenEnd = 'kill' | 'power loss';

/** A process dies at its `calls`-th call from now that changes the disk. */
export interface Death {
  readonly calls: number;
  readonly how: SuddenEnd;
  /** Which calls count. Default: all. */
  readonly counts?: CallFilter;
}

/**
 * A machine on which one process runs after the other, over the simulated disk, network and clock. A process ends in order,
 * or suddenly at any step: then nothing of it runs any more, its connections are reset, and the next process finds what the
 * disk kept.
 */
export class Machine {
  readonly name: string;
  readonly platform: SimulatedPlatform;
  /** How and when a process died of `dieAt`, by the monotonic clock; set back by the caller who has dealt with it. */
  died: { readonly how: SuddenEnd; readonly atMs: number } | undefined;
  readonly #environment: SimulatedEnvironment;
  readonly #trace: (line: string) => void;
  #process: SimulatedProcess | undefined;

  constructor(environment: SimulatedEnvironment, name: string, trace: (line: string) => void) {
    this.#environment = environment;
    this.name = name;
    this.#trace = trace;
    this.platform = environment.machine(name);
  }

  /** A process runs. False from the moment on at which it died, also while its start or stop is under way. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** A process begins; its platform is what it may use of the machine. */
  begin(): SimulatedProcess {
    this.#process = new SimulatedProcess(this.platform);
    return this.#process;
  }

  /** The process has ended in order. */
  finish(): void {
    this.#process?.end();
    this.#process = undefined;
    this.platform.disk.revive();
  }

  /** The process dies now. */
  end(how: SuddenEnd): void {
    const process = this.#process;
    this.#process = undefined;
    process?.end();
    this.platform.disk.revive();
    this.#environment.network.killHost(this.name);
    if (how === 'kill') this.platform.disk.killProcess();
    else this.platform.disk.crash();
  }

  /** The process dies at a later call that changes the disk: between any two system calls. */
  dieAt({ calls, how, counts }: Death): void {
    const onDeath = (): void => {
      this.#trace(`the process on ${this.name} dies in the middle: ${how}`);
      this.end(how);
      this.died = { how, atMs: this.platform.clock.monotonicMs() };
    };
    this.platform.disk.dieAt(calls, onDeath, counts);
  }

  /**
   * Lets time pass until the work is done or its process is dead, at least a millisecond and always whole ones; true when it is
   * done. Rejects as the work does.
   */
  async whileAlive(work: Promise<void>): Promise<boolean> {
    const process = this.#process;
    const { clock } = this.platform;
    const startMs = clock.monotonicMs();
    const done = work.then(() => true);
    done.catch(() => {});
    try {
      await clock.run(Promise.race([done, process?.ended.then(() => false)]));
    } finally {
      const tookMs = clock.monotonicMs() - startMs;
      await clock.advance(Math.max(1, Math.ceil(tookMs)) - tookMs);
    }
    return this.#process === process;
  }
}
