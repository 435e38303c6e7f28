import { readSaved, SavedFile } from '@rocketmq-ts/kernel';
import {
  type DataVersion,
  encodeJson,
  Members,
  newDataVersion,
  nextDataVersion,
  plainDataVersion,
  readDataVersion,
  sameDataVersion,
} from '@rocketmq-ts/protocol';
import type { FilePlace } from './json-file.ts';

interface Count {
  count: number;
  /** Of the last change. */
  timeStamp: number;
}

/**
 * How many messages of each topic wait: counts for operators, in one of Apache's files under `config/`. No count is ever negative,
 * also where an earlier run or Apache's broker counted less. A file that can't be read begins anew: nothing depends on it.
 * Source: TimerMetrics, TransactionMetrics.
 */
export class TopicCounts {
  readonly #place: FilePlace;
  readonly #member: string;
  readonly #file: SavedFile;
  readonly #counts = new Map<string, Count>();
  #version: DataVersion;
  #isChanged = false;

  /** `member`: that of the file that holds the counts. */
  constructor(place: FilePlace, name: string, member: string) {
    const { clock, disk, logger, root } = place;
    this.#place = place;
    this.#member = member;
    this.#file = new SavedFile(disk, logger, `${root}/config/${name}`, () => this.encode());
    this.#version = newDataVersion(clock.now());
  }

  /** The counts of the run before. */
  load(): void {
    const { disk, logger } = this.#place;
    const { path } = this.#file;
    try {
      const saved = readSaved({ disk, logger, path }, (bytes) => {
        const value = this.#read(bytes);
        const { stateVersion, counter, timestamp } = value.version;
        return { value, version: [stateVersion, counter, timestamp] };
      });
      if (saved === undefined) return;
      this.#version = saved.version;
      this.#counts.clear();
      for (const [topic, count] of saved.counts) if (count.count > 0) this.#counts.set(topic, count);
    } catch (error) {
      logger.error('the counts of messages that wait can not be read; they begin at 0', { path, error });
    }
  }

  /** `change` messages more wait for a topic. */
  add(topic: string, change: number): void {
    let entry = this.#counts.get(topic);
    if (entry === undefined) {
      entry = { count: 0, timeStamp: 0 };
      this.#counts.set(topic, entry);
    }
    entry.count = Math.max(0, entry.count + change);
    entry.timeStamp = this.#place.clock.now();
    this.#isChanged = true;
  }

  /** Nothing waits: what a crash left of earlier counts is dropped. */
  nothingWaits(): void {
    for (const entry of this.#counts.values()) {
      if (entry.count === 0) continue;
      entry.count = 0;
      this.#isChanged = true;
    }
  }

  /** Topics with what waits for them, without those for which nothing does. */
  *counts(): Iterable<readonly [topic: string, count: number]> {
    for (const [topic, { count }] of this.#counts) if (count > 0) yield [topic, count];
  }

  /** All counts together. */
  get total(): number {
    let total = 0;
    for (const { count } of this.#counts.values()) total += count;
    return total;
  }

  /** Of a slave: its master's counts. Throws a `ProtocolError` for another text. Source: SlaveSynchronize#syncTimerMetrics. */
  follow(body: Buffer): void {
    const { version, counts } = this.#read(body);
    if (sameDataVersion(version, this.#version)) return this.#file.saveAgain();
    this.#version = version;
    this.#counts.clear();
    for (const [topic, count] of counts) this.#counts.set(topic, count);
    this.#file.save();
  }

  #read(bytes: Buffer): { readonly version: DataVersion; readonly counts: ReadonlyMap<string, Count> } {
    const members = Members.parse(bytes, this.#file.path);
    return { version: readDataVersion(members.object('dataVersion')), counts: members.table(this.#member, readCount) };
  }

  /** As the file has it, and as tools and slaves get it. */
  encode(): Buffer {
    const content = { dataVersion: plainDataVersion(this.#version), [this.#member]: this.#plainCounts() };
    return encodeJson(content, { standard: true });
  }

  #plainCounts(): Map<string, { readonly count: number; readonly timeStamp: number }> {
    return new Map([...this.#counts].map(([topic, { count, timeStamp }]) => [topic, { count, timeStamp }]));
  }

  /** Saves what changed, and tries again what the disk did not take. */
  save(): void {
    if (!this.#takeChange()) return this.#file.saveAgain();
    this.#file.save();
  }

  /** The same, and resolves when all is durable. */
  async saveLast(): Promise<void> {
    if (this.#takeChange() || this.#file.savedChanges !== this.#file.changes) await this.#file.saveAndSync();
  }

  #takeChange(): boolean {
    if (!this.#isChanged) return false;
    this.#isChanged = false;
    this.#version = nextDataVersion(this.#version, this.#place.clock.now());
    return true;
  }
}

function readCount(members: Members): Count {
  return { count: Math.max(0, members.integer('count', 0)), timeStamp: members.integer('timeStamp', 0) };
}
