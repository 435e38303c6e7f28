import { asError, type Clock, type Disk, type Logger, readSaved, SavedFile, type Timer } from '@rocketmq-ts/kernel';
import {
  type DataVersion,
  encodeJson,
  type JsonInput,
  Members,
  newDataVersion,
  nextDataVersion,
  plainDataVersion,
  readDataVersion,
} from '@rocketmq-ts/protocol';

export interface TransactionMetricsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: Disk;
  /** Store folder. */
  readonly root: string;
  readonly config: { readonly transactionMetricFlushInterval: number };
}

interface Metric {
  count: number;
  /** Of the last change. */
  timeStamp: number;
}

/**
 * How many transactions of each topic are open: a count for operators, kept in config/transactionMetrics as Apache's broker
 * keeps it. A file that can't be read begins anew. Source: TransactionMetrics, TransactionMetricsFlushService.
 */
export class TransactionMetrics {
  readonly #parts: TransactionMetricsParts;
  readonly #file: SavedFile;
  readonly #counts = new Map<string, Metric>();
  #version: DataVersion;
  #dirty = false;
  #timer: Timer | undefined;

  constructor(parts: TransactionMetricsParts) {
    this.#parts = parts;
    const { clock, disk, logger, root } = parts;
    const path = `${root}/config/transactionMetrics`;
    this.#file = new SavedFile(disk, logger, path, () => encodeJson(this.#content(), { standard: true }));
    this.#version = newDataVersion(clock.now());
  }

  start(): void {
    this.#load();
    this.#timer = this.#parts.clock.every(this.#parts.config.transactionMetricFlushInterval, () => {
      if (this.#dirty) this.#save();
      else this.#file.saveAgain();
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#file.saveAndSync();
  }

  /** The number of open transactions of a topic changed. */
  add(topic: string, change: number): void {
    let metric = this.#counts.get(topic);
    if (metric === undefined) {
      metric = { count: 0, timeStamp: 0 };
      this.#counts.set(topic, metric);
    }
    // What an older run or another broker did not count can't be owed.
    metric.count = Math.max(0, metric.count + change);
    metric.timeStamp = this.#parts.clock.now();
    this.#dirty = true;
  }

  count(topic: string): number {
    return this.#counts.get(topic)?.count ?? 0;
  }

  /** A topic was deleted. */
  drop(topic: string): void {
    if (this.#counts.delete(topic)) this.#dirty = true;
  }

  #save(): void {
    this.#dirty = false;
    this.#file.save();
  }

  #content(): JsonInput {
    this.#version = nextDataVersion(this.#version, this.#parts.clock.now());
    const transactionCount = new Map([...this.#counts].map(([topic, metric]) => [topic, { ...metric }]));
    return { dataVersion: plainDataVersion(this.#version), transactionCount };
  }

  #load(): void {
    const { disk, logger } = this.#parts;
    const place = { disk, logger, path: this.#file.path };
    try {
      const saved = readSaved(place, (bytes) => {
        const members = Members.parse(bytes, place.path);
        const counts = members.table('transactionCount', readMetric);
        const version = readDataVersion(members.object('dataVersion'));
        const { stateVersion, counter, timestamp } = version;
        return { value: { counts, version }, version: [stateVersion, counter, timestamp] };
      });
      if (saved === undefined) return;
      this.#version = saved.version;
      for (const [topic, metric] of saved.counts) this.#counts.set(topic, metric);
    } catch (error) {
      logger.warn('the counts of open transactions can not be read and begin anew', { error: asError(error) });
    }
  }
}

function readMetric(members: Members): Metric {
  return { count: Math.max(0, members.integer('count', 0)), timeStamp: members.integer('timeStamp', 0) };
}
