import { SimulationFailure } from './failure.ts';
import type { Ending } from './plan.ts';

/** A record that was handed to the store, as the model remembers it. */
export interface ModelRecord {
  readonly id: number;
  readonly topic: string;
  /** Topic and queue id, `A@0`. */
  readonly queue: string;
  /** Half messages and rolled back ones are in no queue. */
  readonly inQueue: boolean;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly endOffset: number;
  readonly storeTimestamp: number;
  readonly bodyBytes: number;
  /** As they are in the log: nothing tells a torn record's properties from good ones. */
  properties: string;
  /** Must be there after the process was killed. */
  survivesKill: boolean;
  /** Must be there after the power went. */
  survivesPowerLoss: boolean;
  /** Its producer was told that it is not stored. */
  isRefused: boolean;
  /** Its topic was deleted since. */
  isForgotten: boolean;
}

/** A record as it was found in the files or as a reader got it. */
export interface FoundRecord {
  readonly id: number;
  readonly queue: string;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly properties: string;
}

/** A queue as a new process shows it: by queue offset, what readers get. */
export interface FoundQueue {
  readonly name: string;
  readonly minOffset: number;
  readonly endOffset: number;
  readonly records: ReadonlyMap<number, FoundRecord>;
}

/** What must be in the store, may be in it, and must not be. */
export class StoreModel {
  readonly #byId = new Map<number, ModelRecord>();
  /** What the log holds, or may hold. */
  readonly #log = new Map<number, ModelRecord>();
  /** By queue, then by queue offset: what readers may get. */
  readonly #queues = new Map<string, Map<number, ModelRecord>>();
  /** Places of queues that stay empty: their records were lost with the power, or were damaged. */
  readonly #holes = new Set<string>();

  /** Refused records whose places were given to others: a process that dies at the wrong moment may leave them there. */
  readonly #ghosts = new Map<number, ModelRecord>();
  #logEnd = 0;

  placed(record: ModelRecord): void {
    if (record.physicalOffset < this.#logEnd) this.#takeBack(record);
    this.#logEnd = record.endOffset;
    this.#add(record);
  }

  /** The log goes on before its end: only refused records may have been behind. */
  #takeBack(by: ModelRecord): void {
    for (const record of [...this.#log.values()]) {
      if (record.endOffset <= by.physicalOffset) continue;
      if (!record.isRefused) {
        throw new SimulationFailure('place', `${by.id} is put to ${by.physicalOffset}, where ${record.id} lies`);
      }
      this.#forget(record);
      this.#ghosts.set(record.id, record);
    }
  }

  #add(record: ModelRecord): void {
    this.#byId.set(record.id, record);
    this.#log.set(record.physicalOffset, record);
    if (!record.inQueue) return;
    const queue = this.#queueOf(record.queue);
    const taken = queue.get(record.queueOffset);
    if (taken !== undefined) {
      throw new SimulationFailure(
        'place',
        `${record.queue} offset ${record.queueOffset} is given to ${record.id} and has ${taken.id}`,
      );
    }
    queue.set(record.queueOffset, record);
  }

  /** The producer got its PUT_OK; `durable` when that says that the disk has it. */
  acknowledged(id: number, durable: boolean): void {
    const record = this.#byId.get(id);
    if (record === undefined) return;
    record.survivesKill = true;
    if (durable) record.survivesPowerLoss = true;
  }

  refused(id: number): void {
    const record = this.#byId.get(id);
    if (record !== undefined) record.isRefused = true;
  }

  /** The store says that the log is durable up to here. */
  flushed(offset: number): void {
    for (const record of this.#log.values()) if (record.endOffset <= offset) record.survivesPowerLoss = true;
  }

  /** A reader got a message; `durable` when the flush mode promises that it survives a power loss. */
  seen(found: FoundRecord, durable: boolean): void {
    const record = this.#expect(found, 'a reader got');
    record.survivesKill = true;
    if (durable) record.survivesPowerLoss = true;
  }

  /** The record lies in the log, but its topic was deleted. */
  isForgotten(physicalOffset: number): boolean {
    return this.#log.get(physicalOffset)?.isForgotten === true;
  }

  queueNames(): Iterable<string> {
    return this.#queues.keys();
  }

  /** Records of a queue that readers may get, by queue offset. */
  queue(name: string): ReadonlyMap<number, ModelRecord> {
    return this.#queueOf(name);
  }

  /** Holds the log that a new process found against what must be in it; what is there now stays for ever. */
  logAfter(ending: Ending, found: ReadonlyMap<number, FoundRecord>, endOffset: number): void {
    this.#logEnd = endOffset;
    for (const each of found.values()) {
      this.#raise(each, ending);
      const record = this.#log.get(each.physicalOffset);
      if (record === undefined || record.id !== each.id) {
        const place = `${each.physicalOffset}, where ${record?.id ?? 'nothing'} was put`;
        throw new SimulationFailure('invented', `after a ${ending} the log has ${each.id} at ${place}`);
      }
      if (each.queue !== record.queue || each.queueOffset !== record.queueOffset) {
        const place = `${each.queue} offset ${each.queueOffset}, put to ${record.queue} offset ${record.queueOffset}`;
        throw new SimulationFailure('changed', `after a ${ending} ${each.id} is a record of ${place}`);
      }
      if (each.properties !== record.properties) {
        if (this.#must(record, ending)) throw new SimulationFailure('changed', `properties of ${each.id} are changed`);
        record.properties = each.properties;
      }
    }
    for (const [physicalOffset, record] of [...this.#log]) {
      if (!found.has(physicalOffset)) {
        if (this.#must(record, ending)) {
          const place = `${physicalOffset}, ${record.queue} offset ${record.queueOffset}`;
          throw new SimulationFailure('lost', `after a ${ending} the log has lost ${record.id} at ${place}`);
        }
        this.#forget(record);
      }
      record.survivesKill = true;
      record.survivesPowerLoss = true;
    }
    this.#ghosts.clear();
  }

  /** A refused record is there after all: then those that got its place are not, nor those behind them. */
  #raise(found: FoundRecord, ending: Ending): void {
    const ghost = this.#ghosts.get(found.id);
    if (ghost === undefined || ghost.physicalOffset !== found.physicalOffset) return;
    for (const record of [...this.#log.values()]) {
      if (record.physicalOffset >= ghost.endOffset || record.endOffset <= ghost.physicalOffset) continue;
      if (this.#must(record, ending)) {
        throw new SimulationFailure(
          'lost',
          `after a ${ending} the refused ${ghost.id} lies in the place of ${record.id}`,
        );
      }
      this.#forget(record);
    }
    this.#add(ghost);
  }

  /** Holds what readers find in a queue against what the log has; after `logAfter`. */
  queueAfter(ending: Ending, found: FoundQueue): void {
    const { name } = found;
    const queue = this.#queueOf(name);
    for (const each of found.records.values()) this.#expect(each, `after a ${ending} a reader of ${name} got`);
    for (const record of queue.values()) {
      if (!found.records.has(record.queueOffset)) {
        const what = `${record.id} at offset ${record.queueOffset} (log ${record.physicalOffset})`;
        throw new SimulationFailure('unreadable', `after a ${ending} ${name} does not show ${what}`);
      }
    }
    for (let offset = found.minOffset; offset < found.endOffset; offset++) {
      const place = `${name}@${offset}`;
      if (found.records.has(offset) || this.#holes.has(place)) continue;
      if (ending === 'power loss') this.#holes.add(place);
      else throw new SimulationFailure('gap', `after a ${ending} ${name} has a gap at offset ${offset}`);
    }
  }

  #must(record: ModelRecord, ending: Ending): boolean {
    return ending === 'power loss' ? record.survivesPowerLoss : record.survivesKill;
  }

  #expect(found: FoundRecord, who: string): ModelRecord {
    const record = this.#queueOf(found.queue).get(found.queueOffset);
    if (record === undefined || record.id !== found.id || record.physicalOffset !== found.physicalOffset) {
      const place = `${found.queue} offset ${found.queueOffset} at ${found.physicalOffset}`;
      const expected = record === undefined ? 'nothing' : `${record.id} at ${record.physicalOffset}`;
      throw new SimulationFailure('invented', `${who} ${found.id}: ${place}, where ${expected} was put`);
    }
    return record;
  }

  #forget(record: ModelRecord): void {
    this.#log.delete(record.physicalOffset);
    this.#byId.delete(record.id);
    const queue = this.#queueOf(record.queue);
    if (queue.get(record.queueOffset) === record) queue.delete(record.queueOffset);
  }

  #queueOf(name: string): Map<number, ModelRecord> {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Map();
      this.#queues.set(name, queue);
    }
    return queue;
  }
}
