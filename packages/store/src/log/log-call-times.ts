import { type Clock, Histogram } from '@rocketmq-ts/kernel';

/** Milliseconds. */
const TIME_BOUNDS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 3000, 10_000] as const;
const SIZE_BOUNDS = [4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216] as const;

/** How long writes and flushes of the commit log take: one of each is under way at a time. */
export class LogCallTimes {
  /** Whole milliseconds of writes. */
  readonly writes = new Histogram(TIME_BOUNDS);
  /** Bytes of a write: what was put in one turn of the event loop, or while the write before was under way. */
  readonly writeBytes = new Histogram(SIZE_BOUNDS);
  /** Whole milliseconds of flushes. */
  readonly flushes = new Histogram(TIME_BOUNDS);
  /** Whole milliseconds from the end of a write to the report that the slaves hold it for which puts wait. */
  readonly replications = new Histogram(TIME_BOUNDS);
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #writeBeganMs = 0;
  #flushBeganMs = 0;
  /** End of the write whose replication is measured; one at a time, as slaves report seldom. */
  #replicating = Number.POSITIVE_INFINITY;
  #replicatingMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  writeBegins(bytes: number): void {
    this.#writeBeganMs = this.#clock.monotonicMs();
    this.writeBytes.count(bytes);
  }

  writeEnded(): void {
    this.writes.count(Math.floor(this.#clock.monotonicMs() - this.#writeBeganMs));
  }

  /** The log is written up to an offset, and puts wait for slaves to hold it. */
  replicationBegins(offset: number): void {
    if (this.#replicating !== Number.POSITIVE_INFINITY) return;
    this.#replicating = offset;
    this.#replicatingMs = this.#clock.monotonicMs();
  }

  /** No put waits for slaves. */
  replicationEnds(): void {
    this.#replicating = Number.POSITIVE_INFINITY;
  }

  /** Slaves hold the log up to an offset. */
  replicatedTo(offset: number): void {
    if (offset < this.#replicating) return;
    this.replications.count(Math.floor(this.#clock.monotonicMs() - this.#replicatingMs));
    this.#replicating = Number.POSITIVE_INFINITY;
  }

  flushBegins(): void {
    this.#flushBeganMs = this.#clock.monotonicMs();
  }

  flushEnded(): void {
    this.flushes.count(Math.floor(this.#clock.monotonicMs() - this.#flushBeganMs));
  }
}
