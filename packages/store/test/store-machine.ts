import type { Disk } from '@rocketmq-ts/kernel';
import {
  type LogLine,
  lineLogger,
  ProcessClock,
  type SimulatedEnvironmentOptions,
  type SimulatedPlatform,
  simulatedPlatform,
  smallStore,
  smallStoreFiles,
} from '@rocketmq-ts/testkit';
import { createLocalStore, type LocalStore } from '../src/door/local-store.ts';
import type { ExpiryConfig, StoreConfig, StoreOptions } from '../src/index.ts';

export const ROOT = '/store';

/** Properties of the store's configuration, and options. What is changed in it later holds, as with a broker's configuration. */
export interface StoreSettings
  extends Partial<StoreConfig>,
    Partial<Omit<StoreOptions, 'platform' | 'logger' | 'config'>> {
  /** A configuration for what is about expiry. */
  readonly expiry?: ExpiryConfig | undefined;
  /** Makes index files of this size. */
  readonly index?: Pick<StoreConfig, 'maxHashSlotNum' | 'maxIndexNum'> | undefined;
}

/** A simulated computer on which stores are started, stopped and killed, one after the other. */
export class StoreMachine {
  readonly platform: SimulatedPlatform;
  readonly logLines: LogLine[] = [];
  /** The disk as the next process has it. */
  diskOf = (disk: Disk): Disk => disk;
  #process: ProcessClock | undefined;

  constructor(seed = 1, options: SimulatedEnvironmentOptions = {}) {
    this.platform = simulatedPlatform(seed, options);
  }

  get disk(): SimulatedPlatform['disk'] {
    return this.platform.disk;
  }

  get clock(): SimulatedPlatform['clock'] {
    return this.platform.clock;
  }

  /** A store that is not started, in a process of its own. */
  create(settings: StoreSettings = {}): LocalStore {
    this.#process = new ProcessClock(this.clock);
    const { expiry, index, ...changes } = settings;
    const config = { ...smallStoreFiles };
    for (const source of [expiry, index && { ...index, messageIndexEnable: true }, settings]) follow(config, source);
    return createLocalStore({
      ...smallStore,
      root: ROOT,
      ...changes,
      config,
      platform: { clock: this.#process, disk: this.diskOf(this.disk) },
      logger: lineLogger((line) => this.logLines.push(line)),
    });
  }

  async start(settings: StoreSettings = {}): Promise<LocalStore> {
    const store = this.create(settings);
    await store.start();
    return store;
  }

  /** As SIGKILL: what was written stays. */
  killProcess(): void {
    this.#process?.end();
    this.disk.killProcess();
  }

  /** What was not synced may be lost. */
  losePower(): void {
    this.#process?.end();
    this.disk.crash();
  }

  /** Reads a file as it is now. */
  read(path: string): Buffer {
    const content = this.disk.readFile(`${ROOT}/${path}`);
    if (content === undefined) throw new Error(`there is no file ${path}`);
    return content;
  }

  /** Changes bytes of a file behind the store's back. */
  write(path: string, position: number, bytes: Uint8Array): void {
    const file = this.disk.open(`${ROOT}/${path}`, 'write');
    file.writeSync(bytes, 0, bytes.length, position);
    file.close();
  }

  /** Sets the length of a file behind the store's back. */
  truncate(path: string, length: number): void {
    const file = this.disk.open(`${ROOT}/${path}`, 'write');
    file.truncate(length);
    file.close();
  }

  names(path: string): string[] {
    return this.disk.list(`${ROOT}/${path}`).map((entry) => entry.name);
  }
}

/** Lets a configuration have the values that an object has at the moment of each use. */
function follow(config: StoreConfig, source: object | undefined): void {
  for (const key of Object.keys(source ?? {}) as (keyof StoreConfig)[]) {
    if (key in config) Object.defineProperty(config, key, { get: () => (source as StoreConfig)[key] });
  }
}
