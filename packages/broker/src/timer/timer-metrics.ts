import { type Clock, type Disk, type Logger, readSaved, SavedFile } from '@rocketmq-ts/kernel';
import {
  type DataVersion,
  encodeJson,
  type JsonInput,
  type JsonValue,
  Members,
  newDataVersion,
  nextDataVersion,
  plainDataVersion,
  readDataVersion,
} from '@rocketmq-ts/protocol';

interface Count {
  count: number;
  timeStamp: number;
}

export interface TimerMetricsParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
  /** Store folder. */
  readonly root: string;
}

/**
 * How many timer messages wait for each topic, kept in the file `timermetrics`. A count is never negative: what recalls nothing
 * changes none. Apache's broker counts a recall when it is stored, and so also one that finds no message. Source: TimerMetrics.
 */
export class TimerMetrics {
  readonly #clock: Clock;
  readonly #parts: TimerMetricsParts;
  readonly #file: SavedFile;
  readonly #counts = new Map<string, Count>();
  #version: DataVersion;
  #isSaved = true;

  constructor(parts: TimerMetricsParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#version = newDataVersion(parts.clock.now());
    this.#file = new SavedFile(parts.disk, parts.logger, this.#path, () => this.encode());
  }

  get #path(): string {
    return `${this.#parts.root}/config/timermetrics`;
  }

  /** The counts of the run before; none where they can't be read, since nothing depends on them. */
  load(): void {
    const { disk, logger } = this.#parts;
    try {
      const saved = readSaved({ disk, logger, path: this.#path }, (bytes) => {
        const members = Members.parse(bytes, 'timermetrics');
        const version = readDataVersion(members.object('dataVersion'));
        const value = { version, counts: members.values('timingCount', readCount) };
        return { value, version: [version.stateVersion, version.counter, version.timestamp] };
      });
      if (saved === undefined) return;
      this.#version = saved.version;
      for (const [topic, count] of saved.counts) if (count.count > 0) this.#counts.set(topic, count);
    } catch (error) {
      logger.error('the counts of timer messages can not be read; they begin at 0', { path: this.#path, error });
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
    entry.timeStamp = this.#clock.now();
    this.#isSaved = false;
  }

  /** Nothing waits: what a crash left of earlier counts is dropped. */
  nothingWaits(): void {
    for (const entry of this.#counts.values()) {
      if (entry.count === 0) continue;
      entry.count = 0;
      this.#isSaved = false;
    }
  }

  /** All counts together. */
  get total(): number {
    let total = 0;
    for (const { count } of this.#counts.values()) total += count;
    return total;
  }

  countOf(topic: string): number {
    return this.#counts.get(topic)?.count ?? 0;
  }

  /** As tools and slaves get it. */
  encode(): Buffer {
    const timingCount: { [topic: string]: JsonInput } = {};
    for (const [topic, { count, timeStamp }] of this.#counts) timingCount[topic] = { count, timeStamp };
    return encodeJson({ dataVersion: plainDataVersion(this.#version), timingCount }, { standard: true });
  }

  saveIfChanged(): void {
    if (this.#isSaved) return;
    this.#isSaved = true;
    this.#version = nextDataVersion(this.#version, this.#clock.now());
    this.#file.save();
  }

  async stop(): Promise<void> {
    if (this.#isSaved && this.#file.savedChanges === this.#file.changes) return;
    await this.#file.saveAndSync();
  }
}

function readCount(value: JsonValue, where: string): Count {
  const members = new Members(value, where);
  return { count: members.integer('count', 0), timeStamp: members.integer('timeStamp', 0) };
}
