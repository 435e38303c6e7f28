import type { CommitLog } from '../log/commit-log.ts';
import type { StoreOptions } from '../options.ts';
import { NO_PROMISE, type ReplicationPromise } from './replication-promise.ts';

/**
 * Which watermarks a record has to be below, as bits. That it is written is part of every set: nothing is acknowledged or
 * shown before the write call has returned, so that a killed process loses nothing of it.
 */
export type MarkSet = 0 | 1 | 2 | 3 | 4 | 5;
export const FLUSHED = 1;
export const REPLICATED = 2;
/** No mark: no slave was there when the record was put, and the answer to its producer says so. */
export const UNAVAILABLE = 4;
/** Every set, to be used as an index. */
export const MARK_SETS: readonly MarkSet[] = [0, 1, 2, 3, 4, 5];

/**
 * How far the log has come, as three numbers that grow while the store runs (only a cut of the log sets them back), and what
 * a record waits for. `acknowledge` and `visible` are those of the promise (`ReplicationPromise`) that holds when the record is
 * put; "local" is written with ASYNC_FLUSH, and flushed with SYNC_FLUSH:
 *
 * | acknowledge | answered when | answer | with WAIT=false | visible: own | visible: confirmed |
 * | --- | --- | --- | --- | --- | --- |
 * | none | local | PUT_OK | written | local | local and replicated |
 * | wait | local and replicated | PUT_OK | written | local and replicated, or given up | local and replicated |
 * | unavailable | local | SLAVE_NOT_AVAILABLE | written | local | local and replicated |
 *
 * Visible are all records below one offset, whatever each producer waits for. A record whose replication takes longer than
 * `slaveTimeout` is answered with FLUSH_SLAVE_TIMEOUT and is stored all the same; with `own` it is given up, which means that it
 * becomes visible by the local mark, as a master that lost its slave still serves. A flush that takes too long
 * (FLUSH_DISK_TIMEOUT) makes nothing visible before it has ended. A change of the promise makes nothing invisible.
 */
export class Watermarks {
  readonly #log: CommitLog;
  readonly #local: MarkSet;
  /** What every producer waits for that waits. */
  #promised: MarkSet;
  #promise = NO_PROMISE;
  #hidesUnreplicated = false;
  #replicated = 0;
  /** What readers may see, with `confirmed`; may be ahead of `#replicated` where that waits for more replicas. */
  #confirmed = 0;
  /** Records below it are not waited for any more, by readers. */
  #replicationGivenUpTo = 0;

  constructor(log: CommitLog, { config }: StoreOptions) {
    this.#log = log;
    this.#local = config.flushDiskType === 'SYNC_FLUSH' ? FLUSHED : 0;
    this.#promised = this.#local;
  }

  get promise(): ReplicationPromise {
    return this.#promise;
  }

  /** Holds for records that are put from now on, and for what readers see. */
  set promise(promise: ReplicationPromise) {
    // Nobody was to wait for the replication of what is there already; what is in the log and hidden stays so.
    if (!this.#hidesUnreplicated) this.giveUpReplicationTo(this.#log.appendOffset);
    this.#promise = promise;
    const { acknowledge } = promise;
    this.#hidesUnreplicated = acknowledge === 'wait' || this.isConfirmedOnly;
    const replication = acknowledge === 'wait' ? REPLICATED : acknowledge === 'unavailable' ? UNAVAILABLE : 0;
    this.#promised = (this.#local | replication) as MarkSet;
  }

  /** Nothing becomes visible that no slave has, however long that takes. */
  get isConfirmedOnly(): boolean {
    return this.#promise.visible === 'confirmed';
  }

  /** Readers wait no longer than `slaveTimeout` for replication. */
  get givesUp(): boolean {
    return this.#hidesUnreplicated && !this.isConfirmedOnly;
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

  /** Records below it are as safe on this machine's disk as the flush mode says. */
  get local(): number {
    return this.#local === 0 ? this.#log.writtenOffset : this.#log.flushedOffset;
  }

  /** Records below it may be read. */
  get visible(): number {
    const { local } = this;
    if (!this.#hidesUnreplicated) return local;
    const replicated = this.isConfirmedOnly ? this.#confirmed : this.#replicated;
    return Math.min(local, Math.max(replicated, this.#replicationGivenUpTo));
  }

  /** The log is opened: what it holds up to there may be seen, and its slaves report anew. */
  openedAt(offset: number): void {
    this.#replicated = 0;
    this.#confirmed = 0;
    this.#replicationGivenUpTo = offset;
  }

  /** A slave holds everything below an offset. What is not in the log yet it can't have. */
  replicatedTo(offset: number, confirmOffset: number): void {
    const { appendOffset } = this.#log;
    if (offset > this.#replicated) this.#replicated = Math.min(offset, appendOffset);
    if (confirmOffset > this.#confirmed) this.#confirmed = Math.min(confirmOffset, appendOffset);
  }

  /** The log was cut at an offset: of what comes in its place nothing is known. */
  logWasCut(offset: number): void {
    this.#replicated = Math.min(this.#replicated, offset);
    this.#confirmed = Math.min(this.#confirmed, offset);
    this.#replicationGivenUpTo = Math.min(this.#replicationGivenUpTo, offset);
  }

  /** Readers wait no longer for the replication of records below an offset. */
  giveUpReplicationTo(offset: number): void {
    if (offset > this.#replicationGivenUpTo) this.#replicationGivenUpTo = offset;
  }
}
