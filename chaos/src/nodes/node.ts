import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../history/events.ts';
import type { NodeDisk } from './disk.ts';
import type { HostNetwork } from './host-network.ts';
import { RunningProcess } from './process.ts';

/** `producer`, `consumer` and `watch` are clients. */
export type NodeKind = 'namesrv' | 'broker' | 'controller' | 'etcd' | 'producer' | 'consumer' | 'watch';

/** What a node runs, each time that it is started. */
export interface Program {
  /** Without the words that put it into its namespace. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Line that it prints when it serves; none for programs that are ready by themselves. */
  readonly ready?: RegExp;
  readonly stopBy: 'SIGTERM' | 'end of input';
}

interface NodeOptions {
  readonly name: string;
  readonly kind: NodeKind;
  readonly network: HostNetwork;
  readonly folder: string;
  readonly program: Program;
  /** Of a broker. */
  readonly broker?: string | undefined;
  readonly disk?: NodeDisk | undefined;
  /** Called when its process ended without having been asked, after it had served. */
  readonly onDeath: (node: ChaosNode, how: string) => void;
  /** Library of libfaketime; without it the clock can't be moved. */
  readonly faketime?: string | undefined;
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const RESTART_PAUSE_MS = 1000;

/** One machine of the run: a namespace, a folder or disk, and a process that faults end, stop and start. */
export class ChaosNode {
  readonly name: string;
  readonly kind: NodeKind;
  readonly broker: string | undefined;
  readonly network: HostNetwork;
  readonly disk: NodeDisk | undefined;
  readonly hasClock: boolean;
  readonly #options: NodeOptions;
  readonly #clock: string;
  #process: RunningProcess | undefined;
  #isLost = false;
  #hasLostDisk = false;
  /** Faults that want it to be down. */
  readonly #down = new Set<string>();
  #starting: Promise<void> | undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.name = options.name;
    this.kind = options.kind;
    this.broker = options.broker;
    this.network = options.network;
    this.disk = options.disk;
    this.hasClock = options.faketime !== undefined;
    mkdirSync(options.folder, { recursive: true });
    this.#clock = join(options.folder, 'clock');
    writeFileSync(this.#clock, '+0');
  }

  get isRunning(): boolean {
    return this.#process?.isRunning === true;
  }

  /** Its disk is gone, and it can't be started. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Its disk was gone at some time. */
  get hasLostDisk(): boolean {
    return this.#hasLostDisk;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get lastWords(): string {
    return this.#process?.lastWords ?? '';
  }

  /** Resolves when it serves. Rejects when it does not within a minute. */
  async start(): Promise<void> {
    if (this.isRunning || this.#isLost || this.#down.size > 0) return this.#starting;
    this.#starting ??= this.#launch().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Keeps it down until `allow` is called with the same name. */
  forbid(fault: string): void {
    this.#down.add(fault);
  }

  /** Starts it when no other fault keeps it down. Tries again until it serves or `giveUpMs` are over. */
  async allow(fault: string, giveUpMs = START_LIMIT_MS): Promise<void> {
    this.#down.delete(fault);
    const giveUpAt = monotonicMs() + giveUpMs;
    for (;;) {
      try {
        return await this.start();
      } catch (error) {
        if (monotonicMs() > giveUpAt) throw error;
        await pause(RESTART_PAUSE_MS);
      }
    }
  }

  /** How its process ended, once it has. */
  ended(): Promise<string> {
    return this.#process?.exited ?? Promise.resolve('not started');
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** False when it had to be killed. */
  async stop(limitMs = STOP_LIMIT_MS): Promise<boolean> {
    return (await this.#process?.stop(limitMs, this.#options.program.stopBy)) ?? true;
  }

  loseDisk(): void {
    this.#isLost = true;
    this.#hasLostDisk = true;
  }

  /** After `loseDisk`: a new disk is in its place. */
  async replaceDisk(): Promise<void> {
    await this.disk?.make();
    this.#isLost = false;
  }

  pause(): void {
    this.#process?.pause();
  }

  resume(): void {
    this.#process?.resume();
  }

  /** So far its wall clock is from the true time, from within a second on. */
  setClock(offsetSeconds: number): void {
    // Written beside it and renamed: the library must not read half a number.
    writeFileSync(`${this.#clock}.new`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}`);
    renameSync(`${this.#clock}.new`, this.#clock);
  }

  async #launch(): Promise<void> {
    const { program, folder, network, faketime, onDeath } = this.#options;
    const started = new RunningProcess({
      command: [...network.prefix, ...program.command],
      folder,
      log: join(folder, 'console.log'),
      environment: {
        ...program.environment,
        ...(faketime === undefined
          ? {}
          : {
              LD_PRELOAD: faketime,
              FAKETIME_TIMESTAMP_FILE: this.#clock,
              FAKETIME_CACHE_DURATION: '1',
              FAKETIME_DONT_FAKE_MONOTONIC: '1',
              NO_FAKE_STAT: '1',
            }),
      },
    });
    this.#process = started;
    if (program.ready !== undefined) {
      try {
        await started.printed(program.ready, START_LIMIT_MS);
      } catch (error) {
        await started.kill();
        throw new Error(`${this.name} did not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    void started.exited.then((how) => {
      if (!started.isMeantToEnd && this.#process === started) onDeath(this, how);
    });
  }
}
