import type { Logger } from '@rocketmq-ts/kernel';
import type { ConsumeQueue } from './consume-queue.ts';
import type { ConsumeQueueTable } from './consume-queue-table.ts';
import type { MappedFile } from './mapped-file.ts';

const WRITES_AT_ONCE = 4;

/** Moves visible units from memory to the files, off the loop, a few queues at a time. */
export class ConsumeQueueFlush {
  readonly #queues: ConsumeQueueTable;
  readonly #logger: Logger;
  /** Written since the last `sync`. */
  readonly #unsynced = new Set<MappedFile>();
  #waiting: ConsumeQueue[] = [];
  #underWay = 0;
  #error: Error | null = null;
  #done: ((error: Error | null) => void) | undefined;

  constructor(queues: ConsumeQueueTable, logger: Logger) {
    this.#queues = queues;
    this.#logger = logger;
  }

  get running(): boolean {
    return this.#done !== undefined;
  }

  /** Flushes the queues that have something to flush now. One run at a time. */
  run(done: (error: Error | null) => void): void {
    this.#waiting = this.#queues.takeDirty();
    this.#error = null;
    this.#done = done;
    while (this.#underWay < WRITES_AT_ONCE && this.#waiting.length > 0) this.#next();
    this.#finishIfDone();
  }

  /** Makes durable what was written up to now, one file after the other; not while a run is under way. */
  sync(done: (error: Error | null) => void): void {
    this.#done = done;
    this.#error = null;
    const files = [...this.#unsynced];
    this.#unsynced.clear();
    const next = (): void => {
      const file = files.pop();
      if (file === undefined) return this.#finishIfDone();
      this.#underWay = 1;
      const borrowed = file.borrow();
      borrowed.file.sync((error) => {
        file.giveBack(borrowed);
        this.#underWay = 0;
        if (error !== null) this.#error = error;
        next();
      });
    };
    next();
  }

  #next(): void {
    const queue = this.#waiting.pop();
    if (queue !== undefined) this.#flush(queue);
  }

  #flush(queue: ConsumeQueue): void {
    const piece = queue.nextFlush();
    if (piece === undefined) {
      queue.releaseTail();
      return;
    }
    this.#underWay += 1;
    const borrowed = piece.file.borrow();
    borrowed.file.write(piece.buffer, piece.offset, piece.length, piece.position, (error) => {
      piece.file.giveBack(borrowed);
      this.#underWay -= 1;
      if (error === null) {
        queue.flushedOffset = piece.upTo;
        this.#unsynced.add(piece.file);
        this.#flush(queue);
      } else {
        this.#error = error;
        this.#queues.markDirty(queue);
        this.#logger.error('a consume queue could not be written; it is tried again', {
          error,
          topic: queue.topic,
          queueId: queue.queueId,
        });
      }
      while (this.#underWay < WRITES_AT_ONCE && this.#waiting.length > 0) this.#next();
      this.#finishIfDone();
    });
  }

  #finishIfDone(): void {
    if (this.#underWay > 0 || this.#waiting.length > 0 || this.#done === undefined) return;
    const done = this.#done;
    this.#done = undefined;
    done(this.#error);
  }
}
