import {
  createMessageStore,
  type MessageStore,
  type QueueEntry,
  type ReplicationPromise,
  storeDefaults,
} from '@rocketmq-ts/store';
import { ProcessClock } from '@rocketmq-ts/testing/simulated';
import { lineLogger } from '../log-lines.ts';
import { type SimulatedPlatform, simulatedPlatform } from '../platform.ts';
import { SimulationFailure } from '../seeded/failure.ts';
import type { PairSettings } from './plan.ts';

const ROOT = '/store';

/** One of the two machines, with the store of its process while one runs. */
export class PairMachine {
  readonly name: string;
  store: MessageStore | undefined;
  lives = 0;
  readonly #platform: SimulatedPlatform;
  readonly #settings: PairSettings;
  readonly #trace: (line: string) => void;
  #clock: ProcessClock | undefined;

  constructor(name: string, platform: SimulatedPlatform, settings: PairSettings, trace: (line: string) => void) {
    this.name = name;
    this.#platform = platform;
    this.#settings = settings;
    this.#trace = trace;
  }

  get disk(): SimulatedPlatform['disk'] {
    return this.#platform.disk;
  }

  async start(promise: ReplicationPromise): Promise<MessageStore> {
    this.disk.faults.clear();
    this.#clock = new ProcessClock(this.#platform.clock);
    const store = storeOn({ clock: this.#clock, disk: this.disk }, this.#settings, (line) =>
      this.#trace(`  ${this.name}: ${line}`),
    );
    store.promise(promise);
    await this.#platform.clock.run(store.start());
    this.store = store;
    this.lives += 1;
    return store;
  }

  /** What has to be there afterwards: how far the log was written, or flushed where the power is lost. */
  async end(how: 'stop' | 'kill' | 'power'): Promise<number> {
    const store = this.store!;
    this.store = undefined;
    if (how === 'stop') {
      this.disk.faults.clear();
      await this.#platform.clock.run(store.stop());
      this.#clock!.end();
      return store.facts.appendOffset;
    }
    const { writtenOffset, flushedOffset } = store.facts;
    this.#clock!.end();
    if (how === 'kill') this.disk.killProcess();
    else this.disk.crash();
    return how === 'kill' ? writtenOffset : flushedOffset;
  }

  /** The log as its files have it, up to an offset. */
  log(to: number): Buffer {
    const names = this.disk.list(`${ROOT}/commitlog`).map(({ name }) => name);
    if (names.length > 0 && Number(names[0]) !== 0)
      throw new SimulationFailure('log', `the log begins with ${names[0]}`);
    const files = names.map((name) => this.disk.readFile(`${ROOT}/commitlog/${name}`)!);
    const log = Buffer.concat(files).subarray(0, to);
    if (log.length < to) throw new SimulationFailure('log', `the files end at ${log.length}, the log at ${to}`);
    return log;
  }
}

/** A store that is built from nothing but the bytes of a log. */
export async function replayOf(log: Buffer, settings: PairSettings): Promise<Record<string, unknown>> {
  const { clock, disk } = simulatedPlatform(1);
  const store = storeOn({ clock, disk }, settings, () => {});
  await clock.run(store.start());
  for (let from = 0; from < log.length; ) {
    const to = wholeRecords(log, Math.min(log.length, from + 256 * 1024));
    store.appendRaw(from, log.subarray(from, to));
    await clock.advance(100);
    from = to;
  }
  const units = unitsOf(store);
  await clock.run(store.stop());
  return units;
}

/** How much of the beginning of a log, up to an offset, is whole records. */
export function wholeRecords(log: Buffer, to: number): number {
  let end = 0;
  while (end + 8 <= to) {
    const size = log.readInt32BE(end);
    if (size <= 0 || end + size > to) break;
    end += size;
  }
  return end;
}

/** All units that readers may see, by queue. */
export function unitsOf(store: MessageStore): Record<string, unknown> {
  const units: Record<string, unknown> = {};
  for (const topic of [...store.topics()].sort()) {
    for (const queue of store.queuesOf(topic)) {
      const { minOffset, maxOffset } = queue;
      const entries: (QueueEntry | undefined)[] = [];
      for (let at = minOffset; at < maxOffset; at++) entries.push(queue.entryAt(at));
      if (entries.length > 0) units[`${topic}@${queue.queueId}`] = { minOffset, entries };
    }
  }
  return units;
}

function storeOn(
  platform: Parameters<typeof createMessageStore>[0]['platform'],
  { fileBytes, flush }: PairSettings,
  trace: (line: string) => void,
): MessageStore {
  return createMessageStore({
    platform,
    logger: lineLogger(({ sentence, fields }) => trace(`${sentence} ${JSON.stringify(fields)}`)),
    root: ROOT,
    config: {
      ...storeDefaults,
      mappedFileSizeCommitLog: fileBytes,
      mappedFileSizeConsumeQueue: 200,
      maxMessageSize: 4096,
      flushDiskType: flush,
      maxHashSlotNum: 16,
      maxIndexNum: 60,
    },
    delayLevelsMs: [1000],
    processId: 1,
  });
}
