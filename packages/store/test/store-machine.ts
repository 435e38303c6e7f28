import type { Clock, LogFields, Logger, LogLevel, Timer } from '@rocketmq-ts/kernel';
import { type SimulatedPlatform, type SimulatedWorldOptions, simulatedPlatform } from '@rocketmq-ts/testkit';
import { MessageStore, type StoreOptions } from '../src/index.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly sentence: string;
  readonly fields: LogFields;
}

export const ROOT = '/store';

/** Options of a store as brokers set them, but with small files. */
export const smallFiles = {
  storePathRootDir: ROOT,
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 400,
  maxMessageSize: 32 * 1024,
  flushDiskType: 'ASYNC_FLUSH',
  flushIntervalCommitLogMs: 500,
  flushCommitLogLeastPages: 4,
  flushCommitLogThoroughIntervalMs: 10_000,
  flushIntervalConsumeQueueMs: 1000,
  flushConsumeQueueThoroughIntervalMs: 60_000,
  syncFlushTimeoutMs: 5000,
  maxTransferBytes: 256 * 1024,
  maxTransferCount: 32,
  maxFilterMessageSize: 16_000,
  delayLevelsMs: [1000, 5000, 10_000],
  processId: 4711,
} as const satisfies Omit<StoreOptions, 'platform' | 'logger'>;

export type StoreSettings = Partial<Omit<StoreOptions, 'platform' | 'logger'>>;

/** A simulated computer on which stores are started, stopped and killed, one after the other. */
export class StoreMachine {
  readonly platform: SimulatedPlatform;
  readonly logLines: LogLine[] = [];
  #process: ProcessClock | undefined;

  constructor(seed = 1, options: SimulatedWorldOptions = {}) {
    this.platform = simulatedPlatform(seed, options);
  }

  get disk(): SimulatedPlatform['disk'] {
    return this.platform.disk;
  }

  get clock(): SimulatedPlatform['clock'] {
    return this.platform.clock;
  }

  /** A store that is not started, in a process of its own. */
  create(settings: StoreSettings = {}): MessageStore {
    this.#process = new ProcessClock(this.clock);
    return new MessageStore({
      ...smallFiles,
      ...settings,
      platform: { clock: this.#process, disk: this.disk },
      logger: recordingLogger(this.logLines),
    });
  }

  async start(settings: StoreSettings = {}): Promise<MessageStore> {
    const store = this.create(settings);
    await store.start();
    return store;
  }

  /** As SIGKILL: what was written stays. */
  killProcess(): void {
    this.#process?.end();
    this.disk.killProcess();
  }

  /** What was not synced may be gone. */
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

  names(path: string): string[] {
    return this.disk.list(`${ROOT}/${path}`).map((entry) => entry.name);
  }
}

/** The clock of one process: what it armed never runs after its end. */
class ProcessClock implements Clock {
  readonly #clock: Clock;
  #isAlive = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  end(): void {
    this.#isAlive = false;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#clock.after(delayMs, this.#mortal(task));
  }

  every(periodMs: number, task: () => void): Timer {
    const timer = this.#clock.every(
      periodMs,
      this.#mortal(task, () => timer.cancel()),
    );
    return timer;
  }

  endOfTurn(task: () => void): void {
    this.#clock.endOfTurn(this.#mortal(task));
  }

  #mortal(task: () => void, otherwise: () => void = () => {}): () => void {
    return () => (this.#isAlive ? task() : otherwise());
  }
}

function recordingLogger(lines: LogLine[]): Logger {
  const note =
    (level: LogLevel) =>
    (sentence: string, fields: LogFields = {}): void => {
      lines.push({ level, sentence, fields });
    };
  const logger: Logger = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    named: () => logger,
  };
  return logger;
}
