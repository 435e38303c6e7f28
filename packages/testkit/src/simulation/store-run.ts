import { createHash } from 'node:crypto';
import type { ConsumeQueue } from '@rocketmq-ts/store';
import { type SimulatedPlatform, simulatedPlatform } from '../platform.ts';
import { SeededRandom } from '../random.ts';
import { SimulationFailure } from './failure.ts';
import { foundRecord } from './log-audit.ts';
import type { Batch, End, Ending, Fault, Operation, Plan, Put, Read, Start } from './plan.ts';
import { IDS_AN_OPERATION, recordInput } from './record-input.ts';
import { checkStarted } from './store-check.ts';
import { StoreModel } from './store-model.ts';
import { DELAY_LEVELS_MS, StoreProcess, type StoreSubject } from './store-process.ts';

/** What happens after every plan: the process is killed if one runs, and two more are started. */
const EPILOGUE: readonly (Start | End)[] = [
  { do: 'end', how: 'kill' },
  { do: 'start', flush: 'ASYNC_FLUSH', thoroughMs: 1000, queueMs: 1000, queueThoroughMs: 5000 },
  { do: 'end', how: 'stop', powerOff: true },
  { do: 'start', flush: 'SYNC_FLUSH', thoroughMs: 1000, queueMs: 1000, queueThoroughMs: 5000 },
  { do: 'end', how: 'kill' },
];
const EPILOGUE_NUMBER = 1_000_000;

export interface StoreRunResult {
  readonly lives: number;
  readonly puts: number;
  readonly acknowledged: number;
  /** Of the whole history: two runs with one digest did the same. */
  readonly digest: string;
}

/**
 * One plan on one simulated machine, held against a model. Operations that make no sense where they stand (a put without a
 * running store) do nothing, so that any part of a plan is a plan.
 */
export class StoreRun {
  readonly history: string[] = [];
  readonly #plan: Plan;
  readonly #subject: StoreSubject;
  readonly #platform: SimulatedPlatform;
  readonly #model = new StoreModel();
  #process: StoreProcess | undefined;
  #lastEnding: Ending = 'stop';
  /** The page cache holds what the disk never got, and no store can tell. */
  #logSyncFailed = false;
  #puts = 0;
  #acknowledged = 0;
  #lives = 0;

  constructor(plan: Plan, subject: StoreSubject) {
    const { seed, maxLatencyMs, writeBackChance } = plan.settings;
    this.#plan = plan;
    this.#subject = subject;
    this.#platform = simulatedPlatform(seed, { disk: { maxLatencyMs, writeBackChance } });
  }

  /** Rejects with a SimulationFailure, or whatever the store throws. */
  async all(): Promise<StoreRunResult> {
    const epilogue = EPILOGUE.map((action, index) => ({ number: EPILOGUE_NUMBER + index, action }));
    for (const operation of [...this.#plan.operations, ...epilogue]) await this.#perform(operation);
    const digest = createHash('sha1').update(this.history.join('\n')).digest('hex');
    return { lives: this.#lives, puts: this.#puts, acknowledged: this.#acknowledged, digest };
  }

  #say(line: string): void {
    this.history.push(line);
  }

  async #perform({ number, action }: Operation): Promise<void> {
    const { clock, disk } = this.#platform;
    disk.reseed(new SeededRandom(this.#plan.settings.seed * 31 + number));
    if (action.do === 'start') return this.#start(action);
    const process = this.#process;
    if (process === undefined) return;
    switch (action.do) {
      case 'put':
        return this.#put(process, number, action);
      case 'batch':
        return this.#putBatch(process, number, action);
      case 'read':
        return this.#read(process, action);
      case 'advance':
        return clock.advance(action.ms);
      case 'jump':
        return clock.jumpWallClock(action.ms);
      case 'fault':
        return this.#fault(action);
      case 'end':
        return this.#end(process, action);
    }
  }

  async #start(action: Start): Promise<void> {
    if (this.#process !== undefined) await this.#end(this.#process, { do: 'end', how: 'kill' });
    this.#lives += 1;
    this.#logSyncFailed = false;
    const process = new StoreProcess(this.#platform, this.#subject, this.#plan.settings, action, (line) =>
      this.#say(line),
    );
    this.#process = process;
    this.#say(`start ${action.flush}`);
    await process.start();
    await checkStarted(process, this.#platform.disk, this.#model, this.#lastEnding);
  }

  async #end(process: StoreProcess, { how, powerOff }: End): Promise<void> {
    const { disk } = this.#platform;
    const { store } = process;
    const ending = this.#logSyncFailed ? 'power loss' : how;
    this.#say(`${ending} at ${store.log.appendOffset}, flushed ${store.log.flushedOffset}`);
    if (ending === 'stop') {
      disk.faults.clear();
      await process.stop();
    }
    process.end();
    this.#process = undefined;
    this.#lastEnding = ending;
    // A store that was stopped cleanly is all on the disk: the power may go.
    const isAllDurable = ending === 'stop' && store.failure === undefined && powerOff === true;
    if (ending === 'power loss' || isAllDurable) disk.crash();
    else disk.killProcess();
  }

  #fault({ operation, path, code, delayMs, skip }: Fault): void {
    if (operation === 'sync' && code !== undefined) this.#logSyncFailed = true;
    this.#say(`${operation} of ${path} ${code === undefined ? `takes ${delayMs} ms` : `fails with ${code}`}`);
    this.#platform.disk.faults.add({
      operation,
      path,
      ...(code === undefined ? {} : { code }),
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(skip === undefined ? {} : { skip }),
    });
  }

  #put(process: StoreProcess, number: number, put: Put): void {
    const { store } = process;
    const id = number * IDS_AN_OPERATION;
    const input = recordInput(put, id, store.nextStoreTimestamp(), DELAY_LEVELS_MS);
    const ids = [id];
    const wait = put.impatient !== true;
    const status = store.put(input, { stored: (said) => this.#stored(process, ids, said, wait) }, wait);
    const place = `at ${store.lastPhysicalOffset}, queue offset ${store.lastQueueOffset}`;
    this.#say(`put ${id} to ${input.topic} ${input.queueId}: ${status}${status === 'PUT_OK' ? ` ${place}` : ''}`);
    if (status === 'PUT_OK') this.#remember(process, put, id, input.properties, input.topic, input.queueId);
  }

  #putBatch(process: StoreProcess, number: number, { topic, queueId, sizes }: Batch): void {
    const { store } = process;
    const ids = sizes.map((_, index) => number * IDS_AN_OPERATION + index);
    const puts = sizes.map((bytes): Put => ({ do: 'put', topic, queueId, bytes }));
    const inputs = puts.map((put, index) => recordInput(put, ids[index]!, 0, DELAY_LEVELS_MS));
    const bytes = inputs.reduce((sum, input) => sum + input.body.length + input.properties.length + 22, 0);
    const status = store.putBatch(
      inputs.length,
      bytes,
      (index) => inputs[index]!,
      (index) => {
        const id = ids[index]!;
        this.#remember(process, puts[index]!, id, inputs[index]!.properties, topic, queueId);
        this.#say(`${id} of a batch at ${store.lastPhysicalOffset}, queue offset ${store.lastQueueOffset}`);
      },
      { stored: (said) => this.#stored(process, ids, said, true) },
      true,
    );
    this.#say(`batch ${ids.join(',')} to ${topic} ${queueId}: ${status}`);
  }

  #remember(process: StoreProcess, put: Put, id: number, properties: string, topic: string, queueId: number): void {
    const { store } = process;
    this.#puts += 1;
    this.#model.placed({
      id,
      topic,
      queue: `${topic}@${queueId}`,
      inQueue: put.sysFlag === undefined,
      queueOffset: store.lastQueueOffset,
      physicalOffset: store.lastPhysicalOffset,
      endOffset: store.log.appendOffset,
      storeTimestamp: store.lastStoreTimestamp,
      bodyBytes: 8 + put.bytes,
      properties,
      survivesKill: false,
      survivesPowerLoss: false,
      isRefused: false,
      isForgotten: false,
    });
  }

  #stored(process: StoreProcess, ids: readonly number[], status: string, wait: boolean): void {
    this.#say(`${ids.join(',')}: ${status}`);
    if (status === 'SERVICE_NOT_AVAILABLE') for (const id of ids) this.#model.refused(id);
    if (status !== 'PUT_OK') return;
    if (process.store.state === 'READ_ONLY') {
      throw new SimulationFailure('late answer', `${ids} acknowledged by a failed store`);
    }
    for (const id of ids) {
      this.#acknowledged += 1;
      this.#model.acknowledged(id, process.flush === 'SYNC_FLUSH' && wait);
    }
  }

  async #read(process: StoreProcess, { topic, queueId, from, count }: Read): Promise<void> {
    const queue = process.store.queues.find(topic, queueId);
    if (queue === undefined) return;
    const { messages } = await process.read(queue, offsetAt(queue, from), count);
    for (const message of messages) this.#model.seen(foundRecord(message), process.flush === 'SYNC_FLUSH');
  }
}

function offsetAt(queue: ConsumeQueue, share: number): number {
  return queue.minOffset + Math.floor((queue.visibleOffset - queue.minOffset) * share);
}
