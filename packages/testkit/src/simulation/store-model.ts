import { SimulationFailure } from '../seeded/failure.ts';
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
  /** As they are in the log: nothing shows whether a torn record's properties are right. */
  properties: string;
  /** Must be there after the process was killed. */
  survivesKill: boolean;
  /** Must be there after a loss of power. */
  survivesPowerLoss: boolean;
  /** Its producer got the answer that it is not stored. */
  isRefused: boolean;
  /** Its topic was deleted since. */
  isForgotten: boolean;
  /** A part of it was written over. */
  isDamaged: boolean;
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
interface FoundQueue {
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
  readonly #replaced = new Map<number, ModelRecord>();
  #logEnd = 0;
  #hasLostSome = false;
  #looksLostFrom = Number.POSITIVE_INFINITY;
  /** Where damaged records lie, or lay. */
  readonly #damaged = new Set<number>();
  readonly #removedTopics = new Set<string>();
  /** Removed with their files in this life. */
  readonly #expired = new Map<number, ModelRecord>();

  placed(record: ModelRecord): void {
    if (record.physicalOffset < this.#logEnd) this.#rollBack(record);
    this.#logEnd = record.endOffset;
    this.#add(record);
  }

  /** What lies in the log, in its order. */
  inLog(): ModelRecord[] {
    return [...this.#log.values()].sort((a, b) => a.physicalOffset - b.physicalOffset);
  }

  /** Bytes of the log were written over: what lies there need not be readable any more. */
  damaged(from: number, to: number): void {
    for (const record of this.#log.values()) {
      if (record.endOffset <= from || record.physicalOffset >= to) continue;
      record.isDamaged = true;
      this.#damaged.add(record.physicalOffset);
    }
  }

  /**
   * Zeros were written over a place of the log. A machine that lost its power leaves no other trace of a write that never reached
   * the disk, and nothing behind such a one was promised.
   */
  looksLost(physicalOffset: number): void {
    this.#looksLostFrom = Math.min(this.#looksLostFrom, physicalOffset);
  }

  isDamaged(physicalOffset: number): boolean {
    return this.#damaged.has(physicalOffset);
  }

  /** True for what a reader got where the log is damaged: only the checksum of its body shows that. */
  isFromDamage(found: FoundRecord): boolean {
    if (this.#damaged.size === 0) return false;
    return this.#damaged.has(found.physicalOffset) || this.#log.get(found.physicalOffset)?.id !== found.id;
  }

  /** Its records stay in the log, and come back when a queue that has no new ones is built again. */
  topicRemoved(topic: string): void {
    for (const record of this.#log.values()) if (record.topic === topic) record.isForgotten = true;
    for (const [name, queue] of this.#queues) if (name.startsWith(`${topic}@`)) queue.clear();
    this.#removedTopics.add(topic);
  }

  /**
   * The log begins here now. `mayExpire`: whether a record may have expired. After a power loss a removal that was not
   * durable may be undone.
   */
  expired(minOffset: number, mayExpire: (record: ModelRecord) => boolean): void {
    for (const record of [...this.#log.values()]) {
      if (record.physicalOffset >= minOffset) continue;
      if (!mayExpire(record))
        throw new SimulationFailure('expiry', `${record.id} at ${record.physicalOffset} is removed`);
      this.#forget(record);
      this.#expired.set(record.physicalOffset, record);
    }
  }

  /** The log continues before its end: only refused records may have been behind. */
  #rollBack(by: ModelRecord): void {
    for (const record of [...this.#log.values()]) {
      if (record.endOffset <= by.physicalOffset) continue;
      if (!record.isRefused) {
        throw new SimulationFailure('place', `${by.id} is put to ${by.physicalOffset}, where ${record.id} lies`);
      }
      this.#giveUp(record);
    }
  }

  #giveUp(record: ModelRecord): void {
    this.#forget(record);
    this.#replaced.set(record.id, record);
  }

  #add(record: ModelRecord): void {
    this.#damaged.delete(record.physicalOffset);
    this.#byId.set(record.id, record);
    this.#log.set(record.physicalOffset, record);
    if (!record.inQueue) return;
    const queue = this.#queueOf(record.queue);
    const taken = queue.get(record.queueOffset);
    if (taken?.isRefused === true) this.#giveUp(taken);
    else if (taken !== undefined) {
      throw new SimulationFailure(
        'place',
        `${record.queue} offset ${record.queueOffset} is given to ${record.id} and has ${taken.id}`,
      );
    }
    queue.set(record.queueOffset, record);
  }

  /** The producer got its PUT_OK; `durable` when that promises that the disk has it. */
  acknowledged(id: number, durable: boolean): void {
    const record = this.#byId.get(id);
    if (record === undefined) return;
    record.survivesKill = true;
    if (durable) record.survivesPowerLoss = true;
  }

  /** Where a record ends in the log; 0 when it is in it no more. */
  endOf(id: number): number {
    return this.#byId.get(id)?.endOffset ?? 0;
  }

  refused(id: number): void {
    const record = this.#byId.get(id);
    if (record !== undefined) record.isRefused = true;
  }

  /** The store reports that the log is durable up to here. A refused record may have given its place to the end of a file. */
  flushed(offset: number): void {
    for (const record of this.#log.values()) {
      if (record.endOffset <= offset && !record.isRefused) record.survivesPowerLoss = true;
    }
  }

  /** A reader got a message; `durable` when the flush mode promises that it survives a power loss. */
  seen(found: FoundRecord, durable: boolean): void {
    const record = this.#expect(found, 'a reader got');
    record.survivesKill = true;
    if (durable) record.survivesPowerLoss = true;
  }

  /**
   * The record lies in the log, but its topic was deleted; or made again, and some of its records were lost with the power
   * or by damage: then older and younger ones look the same.
   */
  isForgotten(physicalOffset: number): boolean {
    const record = this.#log.get(physicalOffset);
    return record !== undefined && (record.isForgotten || this.mayBeForgotten(record));
  }

  /** Something of the log was lost there, so that this record may be taken for broken as well. */
  mayBeForgotten(record: ModelRecord): boolean {
    return this.#hasLostSome && this.#removedTopics.has(record.topic);
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
    const mayEndAt = ending === 'stop' ? Number.POSITIVE_INFINITY : this.#looksLostFrom;
    this.#looksLostFrom = Number.POSITIVE_INFINITY;
    this.#logEnd = endOffset;
    this.#hasLostSome ||= ending === 'power loss' || this.#damaged.size > 0;
    for (const each of found.values()) {
      this.#raise(each, ending);
      this.#undoExpiry(each, ending);
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
        if (record.endOffset <= mayEndAt && this.#must(record, ending)) {
          const place = `${physicalOffset}, ${record.queue} offset ${record.queueOffset}`;
          throw new SimulationFailure('lost', `after a ${ending} the log has lost ${record.id} at ${place}`);
        }
        this.#forget(record);
      }
      record.survivesKill = true;
      record.survivesPowerLoss = true;
    }
    this.#replaced.clear();
    this.#expired.clear();
  }

  #undoExpiry(found: FoundRecord, ending: Ending): void {
    const record = this.#expired.get(found.physicalOffset);
    if (record === undefined || ending !== 'power loss') return;
    this.#expired.delete(found.physicalOffset);
    this.#add(record);
  }

  /** A refused record is there after all: then those that got its place are not, nor those behind them. */
  #raise(found: FoundRecord, ending: Ending): void {
    const replaced = this.#replaced.get(found.id);
    if (replaced === undefined || replaced.physicalOffset !== found.physicalOffset) return;
    for (const record of [...this.#log.values()]) {
      if (record.physicalOffset >= replaced.endOffset || record.endOffset <= replaced.physicalOffset) continue;
      if (this.#must(record, ending)) {
        throw new SimulationFailure(
          'lost',
          `after a ${ending} the refused ${replaced.id} lies in the place of ${record.id}`,
        );
      }
      this.#forget(record);
    }
    this.#add(replaced);
  }

  /**
   * Holds what readers find in a queue against what the log has: after a start, and then after `logAfter`, or at any other
   * moment, when what is not confirmed is not shown.
   */
  queueAfter(ending: Ending | 'put', found: FoundQueue): void {
    const { name } = found;
    const queue = this.#queueOf(name);
    if (ending !== 'put') this.#restoreRemoved(found, queue);
    for (const each of found.records.values()) this.#expect(each, `after a ${ending} a reader of ${name} got`);
    for (const record of queue.values()) {
      if (ending === 'put' && record.queueOffset >= found.endOffset) continue;
      if (found.records.has(record.queueOffset) || record.isDamaged) continue;
      if (this.mayBeForgotten(record)) {
        record.isForgotten = true;
        queue.delete(record.queueOffset);
      } else {
        const what = `${record.id} at offset ${record.queueOffset} (log ${record.physicalOffset})`;
        throw new SimulationFailure('unreadable', `after a ${ending} ${name} does not show ${what}`);
      }
    }
    for (let offset = found.minOffset; offset < found.endOffset; offset++) {
      const place = `${name}@${offset}`;
      if (found.records.has(offset) || this.#holes.has(place)) continue;
      const isExplained = queue.get(offset)?.isDamaged === true || this.#removedTopics.has(topicOf(name));
      if (ending === 'power loss' || isExplained) this.#holes.add(place);
      else throw new SimulationFailure('gap', `after a ${ending} ${name} has a gap at offset ${offset}`);
    }
  }

  /** Records of a deleted topic are in a queue again that was built from the log. */
  #restoreRemoved(found: FoundQueue, queue: Map<number, ModelRecord>): void {
    if (!this.#removedTopics.has(topicOf(found.name)) || (queue.size > 0 && !this.#hasLostSome)) return;
    for (const each of found.records.values()) {
      const record = this.#log.get(each.physicalOffset);
      const younger = queue.get(each.queueOffset);
      if (record === undefined || !record.isForgotten) continue;
      if (younger !== undefined) younger.isForgotten = true;
      record.isForgotten = false;
      queue.set(record.queueOffset, record);
    }
  }

  #must(record: ModelRecord, ending: Ending): boolean {
    if (record.isDamaged) return false;
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
    if (queue.get(record.queueOffset) !== record) return;
    queue.delete(record.queueOffset);
    if (record.isDamaged) this.#holes.add(`${record.queue}@${record.queueOffset}`);
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

function topicOf(queueName: string): string {
  return queueName.slice(0, queueName.lastIndexOf('@'));
}
