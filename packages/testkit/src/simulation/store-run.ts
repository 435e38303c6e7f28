import { type LogFields, type Logger, silentLogger } from '@rocketmq-ts/kernel';
import { decodeMessages } from '@rocketmq-ts/protocol';
import { type ConsumeQueue, type GetMessageResult, MessageStore, type RecordInput } from '@rocketmq-ts/store';
import { type SimulatedPlatform, simulatedPlatform } from '../platform.ts';
import { ProcessClock } from '../process-clock.ts';
import { SeededRandom } from '../random.ts';
import { auditStore } from './log-audit.ts';
import { type Ending, StoreModel } from './store-model.ts';

const ROOT = '/store';
const HOST = Buffer.from('0a00000100002a9f', 'hex');

export interface StoreRunResult {
  readonly lives: number;
  readonly puts: number;
  readonly acknowledged: number;
}

/**
 * One store on one simulated machine, through several lives: puts, batches, reads, failing disks, kills, power losses and
 * clean stops, all chosen by the seed, held against a model. Rejects with what is wrong and the history that led to it.
 */
export async function runStoreSimulation(seed: number): Promise<StoreRunResult> {
  const run = new StoreRun(seed);
  try {
    return await run.all();
  } catch (error) {
    const history = run.history.slice(-60).join('\n');
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n${history}`, {
      cause: error,
    });
  }
}

class StoreRun {
  readonly history: string[] = [];
  readonly #random: SeededRandom;
  readonly #platform: SimulatedPlatform;
  readonly #model = new StoreModel();
  readonly #fileBytes: number;
  readonly #queueFileBytes: number;
  #process: ProcessClock | undefined;
  #store: MessageStore | undefined;
  #syncFlush = false;
  #logSyncFailed = false;
  #ids = 0;
  #acknowledged = 0;
  #lives = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    const { random } = this;
    this.#platform = simulatedPlatform(random.below(2 ** 31), {
      disk: { maxLatencyMs: random.pick([0, 2, 30]), writeBackChance: random.pick([0, 0.1, 0.5]) },
    });
    this.#fileBytes = random.pick([8, 16, 64]) * 1024;
    this.#queueFileBytes = random.pick([100, 400, 2000]);
  }

  /** What the store says belongs to the history. */
  readonly #logger: Logger = {
    ...silentLogger,
    info: (sentence, fields) => this.#say(sentence, fields),
    warn: (sentence, fields) => this.#say(sentence, fields),
    error: (sentence, fields) => this.#say(sentence, fields),
  };

  #say(sentence: string, fields: LogFields = {}): void {
    this.history.push(`  ${sentence} ${JSON.stringify(fields)}`);
  }

  get random(): SeededRandom {
    return this.#random;
  }

  async all(): Promise<StoreRunResult> {
    const lives = this.#random.between(2, 5);
    let ending: Ending = 'stop';
    for (let life = 0; life < lives; life++) {
      await this.#start();
      await this.#check(ending);
      ending = await this.#live();
    }
    await this.#start();
    await this.#check(ending);
    await this.#end('stop');
    await this.#start();
    await this.#check('stop');
    await this.#end('kill');
    return { lives: this.#lives, puts: this.#ids, acknowledged: this.#acknowledged };
  }

  async #start(): Promise<void> {
    this.#lives += 1;
    this.#syncFlush = this.#random.chance(0.5);
    this.#logSyncFailed = false;
    const { clock, disk } = this.#platform;
    disk.faults.clear();
    this.#process = new ProcessClock(clock);
    this.#store = new MessageStore({
      platform: { clock: this.#process, disk },
      logger: this.#logger,
      storePathRootDir: ROOT,
      mappedFileSizeCommitLog: this.#fileBytes,
      mappedFileSizeConsumeQueue: this.#queueFileBytes,
      maxMessageSize: 4096,
      flushDiskType: this.#syncFlush ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
      flushIntervalCommitLogMs: 500,
      flushCommitLogLeastPages: 4,
      flushCommitLogThoroughIntervalMs: this.#random.pick([1000, 10_000]),
      flushIntervalConsumeQueueMs: this.#random.pick([100, 1000]),
      flushConsumeQueueThoroughIntervalMs: this.#random.pick([500, 5000]),
      syncFlushTimeoutMs: 5000,
      maxTransferBytes: 262_144,
      maxTransferCount: 32,
      maxFilterMessageSize: 16_000,
      delayLevelsMs: [1000],
      processId: 1,
    });
    this.history.push(`start ${this.#syncFlush ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'}`);
    await clock.run(this.#store.start());
  }

  /** Steps until the process ends; returns how it ended. */
  async #live(): Promise<Ending> {
    const steps = this.#random.between(5, 60);
    for (let step = 0; step < steps; step++) await this.#step();
    const ending = this.#logSyncFailed
      ? 'power loss'
      : this.#random.pick<Ending>(['stop', 'kill', 'kill', 'power loss']);
    await this.#end(ending);
    return ending;
  }

  async #end(ending: Ending): Promise<void> {
    const { clock, disk } = this.#platform;
    const store = this.#store!;
    this.history.push(`${ending} at ${store.log.appendOffset}, flushed ${store.log.flushedOffset}`);
    if (ending === 'stop') {
      disk.faults.clear();
      await clock.run(store.stop());
    }
    this.#process!.end();
    // A store that was stopped cleanly is all on the disk: the power may go.
    if (ending === 'power loss' || (ending === 'stop' && store.failure === undefined && this.#random.chance(0.5))) {
      disk.crash();
    } else disk.killProcess();
  }

  async #step(): Promise<void> {
    const { clock, disk } = this.#platform;
    const random = this.#random;
    const what = random.below(100);
    if (what < 45) this.#put(random.chance(0.3) ? random.below(3000) : random.below(200));
    else if (what < 55) this.#putBatch();
    else if (what < 75) await this.#read();
    else if (what < 95) await clock.advance(random.pick([0, 1, 5, 50, 200]));
    else if (what < 97) await clock.advance(random.pick([1000, 4000, 12_000]));
    else if (what < 98) clock.jumpWallClock(random.pick([-10_000, 10_000]));
    else if (what < 99) this.#fail();
    else disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 6000 });
  }

  #fail(): void {
    const { faults } = this.#platform.disk;
    const operation = this.#random.pick(['write', 'sync', 'open'] as const);
    const path = this.#random.pick(['commitlog', 'consumequeue']);
    if (operation === 'sync') this.#logSyncFailed = true;
    this.history.push(`${operation} of ${path} will fail`);
    faults.add({ operation, path, code: this.#random.pick(['EIO', 'ENOSPC']), skip: this.#random.below(3) });
  }

  #input(bytes: number, topic: string, queueId: number): { input: RecordInput; id: number } {
    const id = ++this.#ids;
    const body = Buffer.alloc(8 + bytes, id & 0xff);
    body.writeDoubleBE(id);
    const input = {
      topic,
      queueId,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 1,
      bornHost: HOST,
      storeHost: HOST,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body,
      properties: `TAGS\x01${id % 3}\x02`,
      tagsCode: 48 + (id % 3),
    };
    return { input, id };
  }

  #place(): { topic: string; queueId: number } {
    return { topic: this.#random.pick(['A', 'B']), queueId: this.#random.below(3) };
  }

  #put(bytes: number): void {
    const store = this.#store!;
    const { topic, queueId } = this.#place();
    const { input, id } = this.#input(bytes, topic, queueId);
    if (this.#random.chance(0.05)) input.sysFlag = 0x4;
    const wait = this.#random.chance(0.9);
    const ids = [id];
    const ticket = { stored: (status: string): void => this.#stored(ids, status, wait) };
    const status = store.put(input, ticket, wait);
    this.history.push(
      `put ${id} to ${topic} ${queueId}: ${status} at ${store.lastPhysicalOffset}, queue offset ${store.lastQueueOffset}`,
    );
    if (status === 'PUT_OK' && input.sysFlag === 0) this.#remember(topic, queueId, id);
  }

  #putBatch(): void {
    const store = this.#store!;
    const { topic, queueId } = this.#place();
    const inputs = Array.from({ length: this.#random.between(1, 5) }, () =>
      this.#input(this.#random.below(300), topic, queueId),
    );
    const bytes = inputs.reduce((sum, { input }) => sum + input.body.length + input.properties.length + 22, 0);
    const ids = inputs.map(({ id }) => id);
    const status = store.putBatch(
      inputs.length,
      bytes,
      (index) => inputs[index]!.input,
      (index) => {
        this.#remember(topic, queueId, ids[index]!);
        this.history.push(
          `${ids[index]} of a batch at ${store.lastPhysicalOffset}, queue offset ${store.lastQueueOffset}`,
        );
      },
      { stored: (said) => this.#stored(ids, said, true) },
      true,
    );
    this.history.push(`batch ${ids.join(',')} to ${topic} ${queueId}: ${status}`);
  }

  readonly #records = new Map<number, { survivesKill: boolean; survivesPowerLoss: boolean }>();

  #remember(topic: string, queueId: number, id: number): void {
    const store = this.#store!;
    const record = {
      id,
      queue: `${topic}@${queueId}`,
      queueOffset: store.lastQueueOffset,
      physicalOffset: store.lastPhysicalOffset,
      endOffset: store.log.appendOffset,
      survivesKill: false,
      survivesPowerLoss: false,
    };
    this.#records.set(id, record);
    this.#model.put(record);
  }

  #stored(ids: readonly number[], status: string, wait: boolean): void {
    this.history.push(`${ids.join(',')}: ${status}`);
    if (status === 'PUT_OK' && this.#store!.state === 'READ_ONLY')
      throw new Error(`${ids} acknowledged by a failed store`);
    if (status !== 'PUT_OK') return;
    for (const id of ids) {
      this.#acknowledged += 1;
      const record = this.#records.get(id);
      if (record === undefined) continue;
      record.survivesKill = true;
      if (this.#syncFlush && wait) record.survivesPowerLoss = true;
    }
  }

  async #read(): Promise<void> {
    const { topic, queueId } = this.#place();
    const queue = this.#store!.queues.find(topic, queueId);
    if (queue === undefined) return;
    const from = this.#random.between(0, queue.visibleOffset);
    const durable = this.#syncFlush;
    for (const [queueOffset, id] of await this.#readFrom(queue, from, this.#random.between(1, 32))) {
      this.#model.seen(`${topic}@${queueId}`, queueOffset, id, durable);
    }
  }

  /** One read: queue offset and id of each message. */
  async #readFrom(queue: ConsumeQueue, from: number, maxNums: number): Promise<[number, number][]> {
    const result = await this.#getFrom(queue, from, maxNums);
    return result.messages;
  }

  #getFrom(
    queue: ConsumeQueue,
    from: number,
    maxNums: number,
  ): Promise<{ messages: [number, number][]; next: number }> {
    const reading = new Promise<{ messages: [number, number][]; next: number }>((resolve) => {
      this.#store!.getFrom(queue, from, maxNums, undefined, 1e9, (result: GetMessageResult) => {
        const views = result.body === undefined ? [] : decodeMessages(result.body, { verifyCrc: true });
        const messages = views.map((view): [number, number] => [view.queueOffset, view.body.readDoubleBE()]);
        result.release();
        resolve({ messages, next: result.nextBeginOffset });
      });
    });
    return this.#platform.clock.run(reading);
  }

  /** Reads everything after a start and holds it against the model. */
  async #check(ending: Ending): Promise<void> {
    const store = this.#store!;
    auditStore(store, this.#platform.disk, `${ROOT}/commitlog`);
    const names = new Set(this.#model.queueNames());
    for (const queue of store.queues.all()) names.add(`${queue.topic}@${queue.queueId}`);
    for (const name of names) {
      const [topic, queueId] = name.split('@');
      const queue = store.queues.find(topic!, Number(queueId));
      const found = new Map<number, number>();
      for (let from = queue?.minOffset ?? 0; queue !== undefined && from < queue.visibleOffset; ) {
        const { messages, next } = await this.#getFrom(queue, from, 32);
        for (const [queueOffset, id] of messages) found.set(queueOffset, id);
        if (next <= from) throw new Error(`a read of ${name} from ${from} does not go on`);
        from = next;
      }
      const end = queue?.visibleOffset ?? 0;
      if (ending === 'power loss') this.#model.noteHoles(name, found, end);
      this.#model.restarted(ending, name, found, end);
    }
  }
}
