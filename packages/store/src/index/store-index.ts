import type { Logger } from '@rocketmq-ts/kernel';
import type { IndexConfig } from '../config.ts';
import type { StoreCheckpoint } from '../log/checkpoint.ts';
import { IndexFlush } from './flush.ts';
import { type IndexLoadOptions, type IndexParts, MessageIndex } from './message-index.ts';

export interface StoreIndexParts extends IndexParts {
  readonly checkpoint: StoreCheckpoint;
  readonly confirmOffset: () => number;
}

/** The index as its store uses it: entries are put with each record, moved to the files, and reported to the checkpoint. */
export class StoreIndex {
  readonly messages: MessageIndex;
  readonly #flush: IndexFlush;
  readonly #checkpoint: StoreCheckpoint;
  readonly #logger: Logger;

  constructor(parts: StoreIndexParts, directory: string, config: IndexConfig) {
    this.messages = new MessageIndex(parts, directory, config);
    this.#flush = new IndexFlush(this.messages, parts.logger, parts.confirmOffset);
    this.#checkpoint = parts.checkpoint;
    this.#logger = parts.logger;
  }

  /** Finds the files, before the log is recovered. Throws as the disk does. */
  load(options: Pick<IndexLoadOptions, 'cleanStop' | 'isChanged'>): void {
    this.messages.load({ ...options, durableTimestamp: this.#checkpoint.indexMsgTimestamp });
  }

  /** The log was recovered: what the files hold now is durable, so that Apache's broker, too, keeps them after a kill. */
  opened(): void {
    const last = this.messages.files.findLast((file) => !file.isEmpty);
    if (last === undefined || !this.messages.files.every((file) => file.isSettled)) return;
    this.#flush.durableTimestamp = last.flushed.endTimestamp;
    this.#flush.durableOffset = last.flushed.endPhyOffset;
    this.#reportToCheckpoint();
  }

  /** Moves entries of confirmed records to the files; `thorough`: also makes them durable. */
  flush(thorough: boolean): void {
    this.#flush.run(thorough, (error) => {
      if (error === null) this.#reportToCheckpoint();
    });
  }

  #reportToCheckpoint(): void {
    const { durableTimestamp, durableOffset } = this.#flush;
    const known = this.#checkpoint.indexMsgTimestamp;
    if (this.messages.inDoubt || durableTimestamp <= known) return;
    this.#checkpoint.indexFlushed(durableTimestamp, durableOffset + 1);
    if (this.#checkpoint.indexMsgTimestamp === known) return;
    this.#checkpoint.save();
  }

  /** Resolves when nothing is under way to the files. */
  idle(): Promise<unknown> {
    return new Promise((resolve) => this.#flush.run(false, resolve));
  }

  /** The log was cut at an offset, behind a record of this store time. Nothing is under way. Throws the disk's error. */
  logWasCut(physicalOffset: number, lastTimestamp: number): void {
    this.messages.truncateTo(physicalOffset);
    this.#flush.durableTimestamp = Math.min(this.#flush.durableTimestamp, lastTimestamp);
    this.#flush.durableOffset = Math.min(this.#flush.durableOffset, physicalOffset - 1);
  }

  /** Makes everything durable; false when that did not succeed, so that the next start must check the files as after a crash. */
  async stop(): Promise<boolean> {
    const error = await new Promise<Error | null>((resolve) => this.#flush.run(true, resolve));
    if (error !== null) this.#logger.warn('index files are not flushed; the next start makes the entries again');
    else this.#reportToCheckpoint();
    return error === null && !this.messages.inDoubt;
  }
}
