import type { CommitLog } from '../log/commit-log.ts';
import type { StoreOptions } from '../options.ts';

/**
 * Which watermarks a record has to be below, as bits. That it is written is part of every set: nothing is acknowledged or
 * shown before the write call has returned, so that a killed process loses nothing of it.
 */
export type MarkSet = 0 | 1 | 2 | 3;
export const FLUSHED = 1;
export const REPLICATED = 2;
/** Every set, to be used as an index. */
export const MARK_SETS: readonly MarkSet[] = [0, 1, 2, 3];

/**
 * How far the log has come, as three numbers that only grow while the store runs, and what a record waits for:
 *
 * | mode                      | SEND_OK means         | with WAIT=false | visible to consumers when |
 * | ------------------------- | --------------------- | --------------- | ------------------------- |
 * | ASYNC_FLUSH               | written               | written         | written                   |
 * | SYNC_FLUSH                | flushed               | written         | flushed                   |
 * | ASYNC_FLUSH + replication | written, replicated   | written         | written, replicated       |
 * | SYNC_FLUSH + replication  | flushed, replicated   | written         | flushed, replicated       |
 *
 * `replication` is `syncReplication` of the options: a slave must hold a record before it is acknowledged. Visible are all
 * records below one offset, whatever each producer waits for. A record whose replication took longer than `slaveTimeout`
 * is answered with FLUSH_SLAVE_TIMEOUT and is stored all the same; it becomes visible by the other marks, as a master that
 * lost its slave still serves. A flush that takes too long (FLUSH_DISK_TIMEOUT) makes nothing visible before it has ended.
 */
export class Watermarks {
  readonly #log: CommitLog;
  /** What every producer waits for that waits. */
  readonly #promised: MarkSet;
  #replicated = 0;
  /** Records below it are not waited for any more, by readers. */
  #replicationGivenUpTo = 0;

  constructor(log: CommitLog, { config, syncReplication = false }: StoreOptions) {
    this.#log = log;
    this.#promised = ((config.flushDiskType === 'SYNC_FLUSH' ? FLUSHED : 0) |
      (syncReplication ? REPLICATED : 0)) as MarkSet;
  }

  get waitsForReplication(): boolean {
    return (this.#promised & REPLICATED) !== 0;
  }

  /** Marks that a put waits for before it is answered. */
  setOf(waits: boolean): MarkSet {
    return waits ? this.#promised : 0;
  }

  /** Offset below which every mark of a set is reached. */
  reached(set: MarkSet): number {
    const local = (set & FLUSHED) === 0 ? this.#log.writtenOffset : this.#log.flushedOffset;
    return (set & REPLICATED) === 0 ? local : Math.min(local, this.#replicated);
  }

  /** Records below it may be read. */
  get visible(): number {
    const local = (this.#promised & FLUSHED) === 0 ? this.#log.writtenOffset : this.#log.flushedOffset;
    if ((this.#promised & REPLICATED) === 0) return local;
    return Math.min(local, Math.max(this.#replicated, this.#replicationGivenUpTo));
  }

  /** The log is opened: what it holds was promised before, and its slaves report anew. */
  openedAt(offset: number): void {
    this.#replicated = 0;
    this.#replicationGivenUpTo = offset;
  }

  /** A slave holds everything below an offset. */
  replicatedTo(offset: number): void {
    if (offset > this.#replicated) this.#replicated = offset;
  }

  /** Readers wait no longer for the replication of records below an offset. */
  giveUpReplicationTo(offset: number): void {
    if (offset > this.#replicationGivenUpTo) this.#replicationGivenUpTo = offset;
  }
}
