import { createHash } from 'node:crypto';
import { storeDefaults } from '@rocketmq-ts/store';
import { SeededRandom, type SimulatedDisk } from '@rocketmq-ts/testing/simulated';
import { type SimulatedPlatform, simulatedPlatform } from '../platform.ts';
import { SimulationFailure } from '../seeded/failure.ts';
import { doDamage } from './damage.ts';
import { foundRecord } from './log-audit.ts';
import type { Clean, End, Ending, Fault, Occupy, Operation, Plan, PlanSettings, Read, Start } from './plan.ts';
import { Producer } from './producer.ts';
import { checkQuery } from './query-check.ts';
import { checkQueues, checkStarted } from './store-check.ts';
import { type ModelRecord, StoreModel } from './store-model.ts';
import { ROOT, StoreProcess, type StoreSubject } from './store-process.ts';
import { checkByTime } from './time-check.ts';

/** What happens after every plan: the process is killed if one runs, and two more are started. */
const EPILOGUE: readonly (Start | End)[] = [
  { do: 'end', how: 'kill' },
  { do: 'start', flush: 'ASYNC_FLUSH', thoroughMs: 1000, queueMs: 1000, queueThoroughMs: 5000 },
  { do: 'end', how: 'stop', powerOff: true },
  { do: 'start', flush: 'SYNC_FLUSH', thoroughMs: 1000, queueMs: 1000, queueThoroughMs: 5000 },
  { do: 'end', how: 'kill' },
];
const EPILOGUE_NUMBER = 1_000_000;
const HOUR_MS = 3_600_000;
const CENTURY = { from: Date.UTC(2000), to: Date.UTC(2100) };
/** Until the first round of the clean-up has come. */
const CLEAN_UP_MS = 62_000;
/** Until a store must have noticed that there is room again. */
const ROOM_NOTICED_MS = 15_000;

export interface StoreRunResult {
  readonly lives: number;
  readonly puts: number;
  readonly acknowledged: number;
  /** Of the whole history: two runs with one digest did the same. */
  readonly digest: string;
}

/**
 * One plan on one simulated machine, held against a model. Operations that make no sense at their place (a put without a
 * running store) do nothing, so that any part of a plan is a plan.
 */
export class StoreRun {
  readonly history: string[] = [];
  readonly #plan: Plan;
  readonly #subject: StoreSubject;
  readonly #platform: SimulatedPlatform;
  readonly #model = new StoreModel();
  readonly #producer = new Producer(this.#model, (line) => this.#trace(line));
  #process: StoreProcess | undefined;
  #lastEnding: Ending = 'stop';
  #lives = 0;

  constructor(plan: Plan, subject: StoreSubject) {
    const { seed, maxLatencyMs, writeBackChance, diskBytes } = plan.settings;
    this.#plan = plan;
    this.#subject = subject;
    const disk = { maxLatencyMs, writeBackChance, ...(diskBytes === undefined ? {} : { totalBytes: diskBytes }) };
    this.#platform = simulatedPlatform(seed, { disk });
  }

  /** Rejects with a SimulationFailure, or whatever the store throws. */
  async all(): Promise<StoreRunResult> {
    for (const operation of this.#plan.operations) await this.#perform(operation);
    this.#enlargeDisk();
    for (const [index, action] of EPILOGUE.entries()) await this.#perform({ number: EPILOGUE_NUMBER + index, action });
    const { puts, acknowledged } = this.#producer;
    return { lives: this.#lives, puts, acknowledged, digest: this.#digest() };
  }

  #digest(): string {
    return createHash('sha1').update(this.history.join('\n')).digest('hex');
  }

  #trace(line: string): void {
    this.history.push(line);
  }

  async #perform(operation: Operation): Promise<void> {
    const { number, action } = operation;
    const { disk } = this.#platform;
    disk.reseed(new SeededRandom(this.#plan.settings.seed * 31 + number));
    const process = this.#process;
    if (action.do === 'start') await this.#start(action);
    else if (process !== undefined) {
      this.#producer.followRaw(process);
      await this.#performIn(process, operation);
      this.#noticeExpiry(process);
    } else if (action.do === 'damage') {
      this.#trace(doDamage(action, disk, this.#model, this.#plan.settings.fileBytes));
    }
  }

  async #performIn(process: StoreProcess, { number, action }: Operation): Promise<void> {
    const { clock } = this.#platform;
    switch (action.do) {
      case 'put':
        return this.#producer.put(process, number, action);
      case 'batch':
        return this.#producer.putBatch(process, number, action);
      case 'read':
        return this.#read(process, action);
      case 'advance':
        return clock.advance(action.ms);
      case 'jump':
        return this.#jump(action.ms);
      case 'fault':
        return this.#fault(action);
      case 'end':
        return this.#end(process, action);
      case 'verify':
        return checkQueues(process, this.#model, 'put');
      case 'time':
        return checkByTime(process.store, this.#model, action);
      case 'query':
        return checkQuery(process, this.#model, action);
      case 'drop':
        this.#trace(`topic ${action.topic} is deleted`);
        process.store.removeTopic(action.topic);
        return this.#model.topicRemoved(action.topic);
      case 'clean':
        return this.#clean(process, action);
      case 'slave':
        return process.replicate(action.share);
      case 'occupy':
        return this.#occupy(process, action);
      default:
    }
  }

  /** Within this century: stamps before 1970 are no times. */
  #jump(ms: number): void {
    const { clock } = this.#platform;
    const then = clock.now() + ms;
    if (then > CENTURY.from && then < CENTURY.to) clock.jumpWallClock(ms);
  }

  async #start(action: Start): Promise<void> {
    if (this.#process !== undefined) await this.#end(this.#process, { do: 'end', how: 'kill' });
    const { disk, clock } = this.#platform;
    const { settings } = this.#plan;
    const process = new StoreProcess(this.#platform, this.#subject, settings, action, (line) => this.#trace(line));
    this.#trace(`start ${action.flush}`);
    try {
      if (action.fault !== undefined) this.#fault(action.fault);
      await process.start();
    } catch (error) {
      process.end();
      disk.killProcess();
      this.#trace(`not started: ${error}`);
      if (action.fault === undefined && !isFull(disk, settings)) throw error;
      this.#enlargeDisk();
      return;
    }
    disk.faults.clear();
    this.#subject.prepare?.(this.#platform);
    this.#lives += 1;
    this.#process = process;
    this.#trace(
      `at ${clock.monotonicMs()} ms: log ${process.store.facts.minOffset} to ${process.store.facts.appendOffset}`,
    );
    this.#noticeExpiry(process);
    await checkStarted(process, disk, this.#model, this.#lastEnding);
    this.#lastEnding = 'kill';
  }

  /** For a store that filled it by itself. */
  #enlargeDisk(): void {
    const { diskBytes } = this.#plan.settings;
    if (diskBytes !== undefined) this.#platform.disk.occupiedBytes = -diskBytes;
  }

  async #end(process: StoreProcess, { how, powerOff }: End): Promise<void> {
    const { disk } = this.#platform;
    const { facts } = process.store;
    this.#trace(`${how} at ${facts.appendOffset}, flushed ${facts.flushedOffset}`);
    disk.faults.clear();
    if (how === 'stop') await process.stop();
    this.#producer.followRaw(process);
    this.#model.flushed(facts.flushedOffset);
    process.end();
    this.#process = undefined;
    this.#producer.processEnded(how === 'stop');
    const isClean = how === 'stop' && disk.stat(`${ROOT}/abort`) === undefined;
    // After a stop that could not sync everything, zeros in the log may be a write that never reached the disk.
    this.#lastEnding = how === 'stop' && !isClean ? 'kill' : how;
    if (isClean && process.refusedHoles.size > 0)
      throw new SimulationFailure('hole', 'a clean stop left holes in the log that are not filled');
    // All of a store that was stopped cleanly is on the disk: it survives a loss of power.
    const isAllDurable = isClean && powerOff === true;
    if (isAllDurable) this.#model.flushed(facts.appendOffset);
    if (how === 'power loss' || isAllDurable) disk.crash();
    else disk.killProcess();
  }

  #fault({ operation, path, code, delayMs, skip }: Omit<Fault, 'do'>): void {
    this.#trace(`${operation} of ${path} ${code === undefined ? `takes ${delayMs} ms` : `fails with ${code}`}`);
    this.#platform.disk.faults.add({
      operation,
      path,
      ...(code === undefined ? {} : { code }),
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(skip === undefined ? {} : { skip }),
    });
  }

  async #read(process: StoreProcess, { topic, queueId, from, count }: Read): Promise<void> {
    const queue = process.store.findQueue(topic, queueId);
    if (queue === undefined) return;
    const begin = queue.minOffset + Math.floor((queue.maxOffset - queue.minOffset) * from);
    const { messages } = await process.read(queue, begin, count);
    for (const found of messages.map(foundRecord)) {
      if (!this.#model.isFromDamage(found)) this.#model.seen(found, process.flush === 'SYNC_FLUSH');
    }
  }

  async #clean(process: StoreProcess, { hours }: Clean): Promise<void> {
    const { clock } = this.#platform;
    clock.jumpWallClock(hours * HOUR_MS);
    process.store.cleanSoon();
    await clock.advance(CLEAN_UP_MS);
  }

  /** What is removed must be a beginning of the log that was old enough, or the disk was full. */
  #noticeExpiry({ store }: StoreProcess): void {
    const { diskBytes, fileBytes } = this.#plan.settings;
    const { minOffset } = store.facts;
    if (minOffset % fileBytes !== 0) throw new SimulationFailure('expiry', `the log begins at ${minOffset}`);
    // Clocks that were set back by seconds don't matter among hours.
    const youngest = this.#platform.clock.now() - (storeDefaults.fileReservedTime - 1) * HOUR_MS;
    const mayGo = (record: ModelRecord): boolean => diskBytes !== undefined || record.storeTimestamp <= youngest;
    this.#model.expired(minOffset, mayGo);
  }

  async #occupy({ store }: StoreProcess, { share }: Occupy): Promise<void> {
    const { disk, clock } = this.#platform;
    const { diskBytes } = this.#plan.settings;
    if (diskBytes === undefined) return;
    disk.occupiedBytes = Math.floor(diskBytes * share);
    this.#trace(`others have ${disk.occupiedBytes} bytes of the disk`);
    if (share > 0) return;
    disk.faults.clear();
    await clock.advance(ROOM_NOTICED_MS);
    const { usedBytes, totalBytes } = disk.space(ROOT);
    if (store.facts.state !== 'RUNNING' || store.facts.writable || usedBytes / totalBytes > 0.8) return;
    throw new SimulationFailure('no room', `there is room, and puts are refused: ${store.facts.notWritableBecause}`);
  }
}

function isFull(disk: SimulatedDisk, { diskBytes, fileBytes }: PlanSettings): boolean {
  return diskBytes !== undefined && disk.space(ROOT).freeBytes < fileBytes;
}
