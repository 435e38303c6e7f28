import { decodeMessage, type MessageView } from '@rocketmq-ts/protocol';
import {
  createMessageStore,
  type GetMessageResult,
  type MessageQuery,
  type MessageStore,
  type QueueView,
  type StoreOptions,
  storeDefaults,
} from '@rocketmq-ts/store';
import { ProcessClock } from '@rocketmq-ts/testing/simulated';
import { type LogLine, lineLogger } from '../log-lines.ts';
import type { SimulatedPlatform } from '../platform.ts';
import { SimulationFailure } from '../seeded/failure.ts';
import type { PlanSettings, Start } from './plan.ts';

export const ROOT = '/store';
const SLAVE_TIMEOUT_MS = 3000;
/** The store's time-outs are as exact as its sweep. */
const SWEEP_PERIOD_MS = 100;
export const DELAY_LEVELS_MS = [1000, 5000, 60_000];

const HOLE_REFUSED = 'a damaged place of the commit log could not be filled; it is tried again';
const HOLE_FILLED = 'a damaged place of the commit log is filled, which the disk had refused';

/** A file of the index is full after so many keys. */
const INDEX_ENTRIES = 60;

/** What the simulation runs: the store, or a store with a bug that it has to find. */
export interface StoreSubject {
  open(options: StoreOptions): MessageStore;
  /** Called at the start of each process, to make a disk that has a bug of its own. */
  readonly prepare?: (platform: SimulatedPlatform) => void;
}

export const theStore: StoreSubject = { open: createMessageStore };

/** What a read of a queue gave. */
interface QueueBatch {
  readonly messages: MessageView[];
  readonly nextOffset: number;
}

/** One process with a store, from its start to its end. */
export class StoreProcess {
  readonly store: MessageStore;
  readonly flush: Start['flush'];
  /** Size of a file of the commit log. */
  readonly fileBytes: number;
  /** Sizes of the holes of the log that this process reports as refused by the disk, by their offsets. */
  readonly refusedHoles = new Map<number, number>();
  readonly #replication: boolean;
  #replicatedTo = 0;
  #openedAt = 0;
  /** When records were put in this life, on the monotonic clock, by their ends. */
  readonly #putMs = new Map<number, number>();
  readonly #clock: ProcessClock;
  readonly #platform: SimulatedPlatform;

  constructor(
    platform: SimulatedPlatform,
    subject: StoreSubject,
    settings: PlanSettings,
    start: Start,
    trace: (line: string) => void,
  ) {
    this.#platform = platform;
    this.#clock = new ProcessClock(platform.clock);
    this.flush = start.flush;
    this.fileBytes = settings.fileBytes;
    this.#replication = start.replication === true;
    platform.disk.faults.clear();
    subject.prepare?.(platform);
    this.store = subject.open({
      platform: { clock: this.#clock, disk: platform.disk },
      logger: lineLogger((line) => {
        trace(`  ${line.sentence} ${JSON.stringify(line.fields)}`);
        this.#noticeHole(line);
      }),
      root: ROOT,
      config: {
        ...storeDefaults,
        mappedFileSizeCommitLog: settings.fileBytes,
        mappedFileSizeConsumeQueue: settings.queueFileBytes,
        mapperFileSizeBatchConsumeQueue: 2 * settings.queueFileBytes,
        maxMessageSize: 4096,
        flushDiskType: start.flush,
        flushCommitLogThoroughInterval: start.thoroughMs,
        flushIntervalConsumeQueue: start.queueMs,
        flushConsumeQueueThoroughInterval: start.queueThoroughMs,
        slaveTimeout: SLAVE_TIMEOUT_MS,
        maxHashSlotNum: 16,
        maxIndexNum: INDEX_ENTRIES,
      },
      queueTypeOf: (topic) => (settings.batchQueues === true && topic === 'B' ? 'BatchCQ' : 'SimpleCQ'),
      delayLevelsMs: DELAY_LEVELS_MS,
      processId: 1,
    });
  }

  async start(): Promise<void> {
    if (this.#replication) this.store.promise({ acknowledge: 'wait', visible: 'own' });
    await this.#platform.clock.run(this.store.start());
    this.#openedAt = this.store.facts.appendOffset;
  }

  stop(): Promise<void> {
    return this.#platform.clock.run(this.store.stop());
  }

  /** The wall clock. */
  nowMs(): number {
    return this.#clock.now();
  }

  /** Nothing of it runs any more. */
  end(): void {
    this.#clock.end();
  }

  #noticeHole({ sentence, fields: { offset, bytes } }: LogLine): void {
    if (sentence === HOLE_REFUSED) this.refusedHoles.set(Number(offset), Number(bytes));
    else if (sentence === HOLE_FILLED) this.refusedHoles.delete(Number(offset));
  }

  /** A slave holds a share of what it did not hold before. */
  replicate(share: number): void {
    const { writtenOffset } = this.store.facts;
    this.#replicatedTo += Math.floor((writtenOffset - this.#replicatedTo) * share);
    this.store.replicatedTo(this.#replicatedTo);
  }

  /** A record was laid out. */
  placed(endOffset: number): void {
    this.#putMs.set(endOffset, this.#platform.clock.monotonicMs());
  }

  /** False when a record that ends here is promised to be on a slave and no slave has reported it. */
  isOnSlave(endOffset: number): boolean {
    return !this.#replication || endOffset <= this.#replicatedTo;
  }

  /** Also what was there at the start, and what no slave took in time. */
  #mayBeShown(endOffset: number): boolean {
    if (this.isOnSlave(endOffset) || endOffset <= this.#openedAt) return true;
    const waitedMs = this.#platform.clock.monotonicMs() - (this.#putMs.get(endOffset) ?? 0);
    return waitedMs >= SLAVE_TIMEOUT_MS - SWEEP_PERIOD_MS;
  }

  /** One pull of a consumer. */
  async read(queue: QueueView, from: number, count: number): Promise<QueueBatch> {
    const reading = new Promise<QueueBatch>((resolve) => {
      queue.read(from, count, 1e9, undefined, (result: GetMessageResult) => {
        const messages = result.body === undefined ? [] : messagesOf(Buffer.from(result.body));
        result.release();
        resolve({ messages, nextOffset: result.nextBeginOffset });
      });
    });
    const batch = await this.#platform.clock.run(reading);
    for (const { physicalOffset, storeSize } of batch.messages) {
      if (this.#mayBeShown(physicalOffset + storeSize)) continue;
      throw new SimulationFailure('shown early', `a reader got ${physicalOffset}, which no slave holds`);
    }
    return batch;
  }

  /** One query by key: stored records. */
  query(query: MessageQuery): Promise<readonly Buffer[]> {
    const asking = new Promise<readonly Buffer[]>((resolve, reject) => {
      this.store.query(query, ({ records, complete }) => {
        if (complete) resolve(records);
        else reject(new SimulationFailure('index', `the answer for ${query.topic} ${query.key} is not complete`));
      });
    });
    return this.#platform.clock.run(asking);
  }
}

/** By their sizes, as clients cut them; the CRC is theirs to check. Broken ones are left out. */
function messagesOf(body: Buffer): MessageView[] {
  const messages: MessageView[] = [];
  for (let at = 0; at < body.length; at += body.readInt32BE(at)) {
    try {
      messages.push(decodeMessage(body, at, { verifyCrc: true, inflate: false }));
    } catch {
      // Whether it may be broken is known to the model, which misses it.
    }
  }
  return messages;
}
