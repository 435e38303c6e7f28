import { isDeepStrictEqual } from 'node:util';
import { decodeMessages } from '@rocketmq-ts/protocol';
import type { GetMessageResult, MessageStore, PutMessageStatus, ReplicationPromise } from '@rocketmq-ts/store';
import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import { SimulatedEnvironment } from '../platform.ts';
import { SimulationFailure } from '../seeded/failure.ts';
import { recordOf } from '../store-set-up.ts';
import { PairMachine, replayOf, unitsOf, wholeRecords } from './pair-machine.ts';
import type { PairAction, PairOperation, PairPlan, Side } from './plan.ts';

const EPILOGUE: readonly PairAction[] = [
  { do: 'start', side: 0 },
  { do: 'start', side: 1 },
  { do: 'advance', ms: 3000 },
];
const EPILOGUE_NUMBER = 10_000;
const QUIET_MS = 5000;

export interface PairRunResult {
  readonly lives: number;
  readonly puts: number;
}

/** A put that was acknowledged after it had waited for the slave. */
interface Acknowledged {
  readonly id: number;
  readonly from: number;
  readonly bytes: Buffer;
}

/**
 * One run of a plan: a master and a slave that gets its log as bytes, through several lives and changes of their roles. What was
 * acknowledged after waiting for the slave is on the slave then, and on every later master; a slave that follows has a
 * beginning of its master's log, byte for byte; what a reader saw in `confirmed` mode is never another message later; and in
 * the end both have the same log, with the queues of a replay.
 */
export class PairRun {
  readonly history: string[] = [];
  readonly #plan: PairPlan;
  readonly #environment: SimulatedEnvironment;
  readonly #machines: readonly [PairMachine, PairMachine];
  #master: Side = 0;
  #acknowledge: ReplicationPromise['acknowledge'] = 'wait';
  /** The slave is one that the master waits for. */
  #inSync = true;
  /** What the slave has is known to be a beginning of the master's log. */
  #follows = false;
  #puts = 0;
  readonly #acknowledged: Acknowledged[] = [];
  /** What readers saw in confirmed mode: message by topic, queue and offset. */
  readonly #shown = new Map<string, number>();
  /** What went wrong where the store catches errors: in the answer to a put, and in its own guards. */
  #caught: SimulationFailure | undefined;

  constructor(plan: PairPlan) {
    const { seed, maxLatencyMs, writeBackChance } = plan.settings;
    this.#plan = plan;
    this.#environment = new SimulatedEnvironment(seed, { disk: { maxLatencyMs, writeBackChance } });
    const machine = (name: string): PairMachine =>
      new PairMachine(name, this.#environment.machine(name), plan.settings, (line) => this.#logged(line));
    this.#machines = [machine('a'), machine('b')];
  }

  async all(): Promise<PairRunResult> {
    for (const operation of this.#plan.operations) await this.#perform(operation);
    for (const { disk } of this.#machines) disk.faults.clear();
    for (const [index, action] of EPILOGUE.entries()) await this.#perform({ number: EPILOGUE_NUMBER + index, action });
    await this.#converge();
    return { lives: this.#machines[0].lives + this.#machines[1].lives, puts: this.#puts };
  }

  #logged(line: string): void {
    this.history.push(line);
    if (line.includes('A defect')) this.#caught ??= new SimulationFailure('defect', line);
  }

  get #slave(): Side {
    return (1 - this.#master) as Side;
  }

  get #isConfirmed(): boolean {
    return this.#plan.settings.visible === 'confirmed';
  }

  async #perform({ number, action }: PairOperation): Promise<void> {
    const { seed } = this.#plan.settings;
    for (const [side, { disk }] of this.#machines.entries())
      disk.reseed(new SeededRandom(seed * 62 + number * 2 + side));
    this.history.push(`${number} ${JSON.stringify(action)}`);
    const master = this.#machines[this.#master].store;
    switch (action.do) {
      case 'start':
        await this.#start(action.side);
        break;
      case 'end':
        await this.#end(action.side, action.how);
        break;
      case 'put':
        if (master !== undefined) this.#put(master, number, action);
        break;
      case 'transfer':
        await this.#transfer(action.share);
        break;
      case 'ack':
        this.#ack();
        break;
      case 'promise':
        this.#acknowledge = action.acknowledge;
        break;
      case 'leave':
        this.#inSync = false;
        break;
      case 'switch':
        this.#switch();
        break;
      case 'fault':
        this.#machines[action.side].disk.faults.add({
          ...{ operation: 'write', path: 'commitlog', code: 'ENOSPC', times: action.times },
        });
        break;
      case 'read':
        await this.#read(action.side);
        break;
      case 'advance':
        await this.#environment.clock.advance(action.ms);
        break;
      default:
    }
    this.#promise();
    if (this.#caught !== undefined) throw this.#caught;
  }

  #promiseOf(side: Side): ReplicationPromise {
    const { visible } = this.#plan.settings;
    if (side !== this.#master) return { acknowledge: 'none', visible, refusal: 'SERVICE_NOT_AVAILABLE' };
    const isTooFew = this.#isConfirmed && !this.#inSync && this.#acknowledge === 'wait';
    const refusal = isTooFew ? 'IN_SYNC_REPLICAS_NOT_ENOUGH' : undefined;
    return { acknowledge: this.#acknowledge, visible, refusal };
  }

  /** Both have the promise of their roles; a master that is alone in its set confirms what it has. */
  #promise(): void {
    for (const side of [0, 1] as const) {
      const { store } = this.#machines[side];
      const promise = this.#promiseOf(side);
      if (store !== undefined && !isDeepStrictEqual(store.facts.promise, promise)) store.promise(promise);
    }
    const { store } = this.#machines[this.#master];
    if (this.#isConfirmed && !this.#inSync && store !== undefined) store.replicatedTo(this.#safeEnd(store));
  }

  #safeEnd({ facts }: MessageStore): number {
    return this.#plan.settings.flush === 'SYNC_FLUSH' ? facts.flushedOffset : facts.writtenOffset;
  }

  async #start(side: Side): Promise<void> {
    const machine = this.#machines[side];
    if (machine.store !== undefined) return;
    this.#follows = false;
    await machine.start(this.#promiseOf(side));
  }

  async #end(side: Side, how: 'stop' | 'kill' | 'power'): Promise<void> {
    const machine = this.#machines[side];
    if (machine.store === undefined) return;
    const least = await machine.end(how);
    this.history.push(`  ${machine.name} had ${least} bytes`);
    const promise = this.#promiseOf(side);
    // What is there is looked at by the next process at once, since the bytes that it has to have are known now.
    const { facts } = await machine.start(promise);
    if (facts.appendOffset < least)
      throw new SimulationFailure('lost', `${machine.name} ends at ${facts.appendOffset}, it had ${least}`);
    // The connection has two ends: what the master lost with the power, the slave cuts when it connects again.
    this.#follows = false;
    if (how !== 'stop') await machine.end('kill');
  }

  #put(store: MessageStore, number: number, { topic, queueId, bytes, count, waits }: PairAction & { do: 'put' }): void {
    const isPromised = waits && store.facts.promise.acknowledge === 'wait';
    for (let i = 0; i < count; i++) {
      const id = number * 100 + i;
      const body = Buffer.alloc(8 + bytes, id & 0xff);
      body.writeDoubleBE(id);
      const properties = `KEYS\x01k${id % 7}\x02`;
      const ticket = { stored: (status: PutMessageStatus) => this.#stored(put, id, status, isPromised) };
      const put = store.put(recordOf({ topic, queueId, body, properties }), ticket, waits);
      if (put.status === 'PUT_OK') this.#puts += 1;
    }
  }

  #stored(
    { physicalOffset: from, storedBytes }: { readonly physicalOffset: number; readonly storedBytes: number },
    id: number,
    status: PutMessageStatus,
    isPromised: boolean,
  ): void {
    this.history.push(`  ${id} at ${from}: ${status}`);
    if (!isPromised || status !== 'PUT_OK') return;
    const end = from + storedBytes;
    const bytes = Buffer.from(this.#machines[this.#master].log(end).subarray(from));
    this.#acknowledged.push({ id, from, bytes });
    if (!this.#inSync || this.#has(this.#machines[this.#slave], { id, from, bytes })) return;
    const what = `${id} at ${from} is acknowledged, and the slave does not have it`;
    this.#caught ??= new SimulationFailure('unreplicated', what);
  }

  #has(machine: PairMachine, { from, bytes }: Acknowledged): boolean {
    const to = from + bytes.length;
    try {
      return machine.log(to).subarray(from).equals(bytes);
    } catch (error) {
      if (error instanceof SimulationFailure) return false;
      throw error;
    }
  }

  /** The slave cuts what the master does not have, and gets a share of the rest. */
  async #transfer(share: number): Promise<void> {
    const master = this.#machines[this.#master].store;
    const slave = this.#machines[this.#slave].store;
    if (master === undefined || slave === undefined) return;
    const log = this.#machines[this.#master].log(master.facts.writtenOffset);
    if (!this.#follows && !(await this.#follow(slave, log))) return;
    const { appendOffset } = slave.facts;
    const to = wholeRecords(log, appendOffset + Math.floor((log.length - appendOffset) * share));
    if (to > appendOffset)
      this.history.push(`  ${appendOffset} to ${to}: ${slave.appendRaw(appendOffset, log.subarray(appendOffset, to))}`);
    this.#checkPrefix();
  }

  async #follow(slave: MessageStore, log: Buffer): Promise<boolean> {
    await this.#environment.clock.advance(QUIET_MS);
    const { appendOffset } = slave.facts;
    if (slave.facts.writtenOffset !== appendOffset) return false;
    const own = this.#machines[this.#slave].log(appendOffset);
    let same = 0;
    while (same < Math.min(own.length, log.length) && own[same] === log[same]) same += 1;
    const common = wholeRecords(own, same);
    if (common < appendOffset) {
      this.history.push(`  cut at ${common} of ${appendOffset}`);
      await this.#environment.clock.run(slave.truncateLog(common, 'tail'));
      if (slave.facts.appendOffset !== common)
        throw new SimulationFailure('cut', `the log ends at ${slave.facts.appendOffset}`);
    }
    this.#follows = true;
    return true;
  }

  #checkPrefix(): void {
    const master = this.#machines[this.#master].store;
    const slave = this.#machines[this.#slave].store;
    if (!this.#follows || master === undefined || slave === undefined) return;
    const end = Math.min(slave.facts.writtenOffset, master.facts.writtenOffset);
    const [its, own] = [this.#machines[this.#master].log(end), this.#machines[this.#slave].log(end)];
    if (!its.equals(own)) throw new SimulationFailure('prefix', `the slave's ${end} bytes are not its master's`);
  }

  #ack(): void {
    const master = this.#machines[this.#master].store;
    const slave = this.#machines[this.#slave].store;
    if (!this.#follows || master === undefined || slave === undefined) return;
    const end = this.#safeEnd(slave);
    // Only what it has for sure brings a slave back into the set.
    this.#inSync ||= end >= this.#safeEnd(master);
    if (this.#inSync) master.replicatedTo(end);
    slave.replicatedTo(Math.min(end, master.facts.confirmOffset));
  }

  /** Only a slave that is in the set: it has all that was confirmed. */
  #switch(): void {
    const slave = this.#machines[this.#slave].store;
    if (!this.#follows || !this.#inSync || slave === undefined) return;
    this.#master = this.#slave;
    this.#inSync = !this.#isConfirmed;
    this.#follows = false;
    for (const acknowledged of this.#acknowledged) {
      if (this.#has(this.#machines[this.#master], acknowledged)) continue;
      throw new SimulationFailure('lost', `${acknowledged.id} was acknowledged, and the new master does not have it`);
    }
  }

  async #read(side: Side): Promise<void> {
    const { store, name } = this.#machines[side];
    if (store === undefined) return;
    for (const topic of store.topics()) {
      for (const queue of store.queuesOf(topic)) {
        for (let from = queue.minOffset; from < queue.maxOffset; ) {
          const result = await this.#environment.clock.run(
            new Promise<GetMessageResult>((resolve) => queue.read(from, 32, 1e9, undefined, resolve)),
          );
          const messages =
            result.body === undefined ? [] : decodeMessages(Buffer.from(result.body), { inflate: false });
          result.release();
          if (messages.length === 0) throw new SimulationFailure('unread', `${name} has nothing at ${topic} ${from}`);
          for (const { queueOffset, body } of messages) this.#show(`${topic} ${queue.queueId} ${queueOffset}`, body);
          from = result.nextBeginOffset;
        }
      }
    }
  }

  #show(place: string, body: Buffer): void {
    if (!this.#isConfirmed) return;
    const id = body.readDoubleBE();
    const before = this.#shown.get(place) ?? id;
    if (before !== id) throw new SimulationFailure('phantom', `${place} was ${before} and is ${id} now`);
    this.#shown.set(place, id);
  }

  /** In the end the slave has all of the master's log, both have the queues of a replay, and nothing promised is missing. */
  async #converge(): Promise<void> {
    const { clock } = this.#environment;
    for (let round = 0; round < 20; round++) {
      await this.#transfer(1);
      await clock.advance(QUIET_MS);
      this.#ack();
      this.#promise();
    }
    const [master, slave] = [this.#machines[this.#master], this.#machines[this.#slave]];
    const { appendOffset, confirmOffset } = master.store!.facts;
    const ends = [confirmOffset, slave.store!.facts.appendOffset, slave.store!.facts.confirmOffset];
    if (ends.some((end) => end !== appendOffset))
      throw new SimulationFailure('ends', `the log ends at ${appendOffset}, and not at ${ends.join(', ')}`);
    this.#checkPrefix();
    for (const acknowledged of this.#acknowledged) {
      if (!this.#has(master, acknowledged)) throw new SimulationFailure('lost', `${acknowledged.id} was acknowledged`);
    }
    for (const side of [0, 1] as const) await this.#read(side);
    const expected = await replayOf(master.log(appendOffset), this.#plan.settings);
    for (const how of ['running', 'opened again'] as const) {
      for (const machine of this.#machines) {
        if (how === 'opened again') {
          await machine.end('stop');
          await machine.start({ acknowledge: 'none', visible: 'own' });
        }
        if (isDeepStrictEqual(unitsOf(machine.store!), expected)) continue;
        throw new SimulationFailure('queues', `the queues of ${machine.name}, ${how}, are not those of a replay`);
      }
    }
    for (const machine of this.#machines) await machine.end('stop');
    if (this.#caught !== undefined) throw this.#caught;
  }
}
