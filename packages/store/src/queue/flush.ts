import { asError, type Clock, type Logger } from '@rocketmq-ts/kernel';
import { isPassing } from '../log/disk-refusal.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import type { ConsumeQueue } from './consume-queue.ts';
import type { ConsumeQueueTable } from './table.ts';

const CALLS_AT_ONCE = 4;
/** A disk that refused so many queues of a run refuses the others as well. */
const REFUSALS_OF_A_RUN = 16;

/**
 * Moves visible units from memory to the files, off the loop, a few queues at a time; and makes the files durable. The first
 * file of a queue is made on the loop, which takes a millisecond and more beside other writes: one a turn, so that what
 * comes while thousands of new queues get their files waits for one of them and not for many.
 */
export class ConsumeQueueFlush {
  readonly #queues: ConsumeQueueTable;
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'endOfTurn'>;
  #waiting: ConsumeQueue[] = [];
  #underWay = 0;
  /** A file was made in this turn of the loop. */
  #madeFile = false;
  /** Queues of this run that could not be written. */
  #failedQueues = 0;
  #written = false;
  /** The last run failed, and that was logged. */
  #failing = false;
  #error: Error | null = null;
  /** A file or folder could not be synced: what it holds is in doubt. One that could not be opened for it is tried again. */
  inDoubt = false;
  #done: ((error: Error | null) => void) | undefined;

  constructor(queues: ConsumeQueueTable, logger: Logger, clock: Pick<Clock, 'endOfTurn'>) {
    this.#queues = queues;
    this.#logger = logger;
    this.#clock = clock;
  }

  get running(): boolean {
    return this.#done !== undefined;
  }

  /** Flushes the queues that have something to flush now. One run at a time. */
  run(done: (error: Error | null) => void): void {
    this.#waiting = this.#queues.takeDirty();
    this.#error = null;
    this.#failedQueues = 0;
    this.#written = false;
    this.#done = done;
    this.#goOn();
  }

  #goOn(): void {
    if (this.#failedQueues >= REFUSALS_OF_A_RUN && !this.#written) {
      for (const queue of this.#waiting.splice(0)) this.#queues.markDirty(queue);
    }
    while (this.#underWay < CALLS_AT_ONCE && !this.#madeFile) {
      const queue = this.#waiting.pop();
      if (queue === undefined) break;
      this.#flush(queue);
    }
    this.#finishIfDone();
  }

  #flush(queue: ConsumeQueue): void {
    try {
      const filesBefore = queue.fileCount;
      const piece = queue.nextFlush();
      if (queue.fileCount > filesBefore) this.#goOnInNextTurn();
      if (piece === undefined) {
        queue.releaseTail();
        return;
      }
      const borrowed = piece.file.borrow();
      this.#underWay += 1;
      borrowed.file.write(piece.buffer, piece.offset, piece.length, piece.position, (error) => {
        piece.file.giveBack(borrowed);
        this.#underWay -= 1;
        if (error === null) {
          this.#written = true;
          queue.flushedUnit = piece.upTo;
          if (!queue.removed) this.#queues.unsynced.add(piece.file);
          this.#flush(queue);
        } else this.#failed(queue, error);
        this.#goOn();
      });
    } catch (error) {
      // A file could not be made or opened.
      this.#failed(queue, asError(error));
    }
  }

  #goOnInNextTurn(): void {
    if (this.#madeFile) return;
    this.#madeFile = true;
    this.#clock.endOfTurn(() => {
      this.#madeFile = false;
      this.#goOn();
    });
  }

  #failed(queue: ConsumeQueue, error: Error): void {
    if (queue.removed) return;
    this.#error = error;
    this.#failedQueues += 1;
    this.#queues.markDirty(queue);
  }

  /** Makes durable what was written up to now, a few files and folders at a time; not while a run is under way. */
  sync(done: (error: Error | null) => void): void {
    this.#done = done;
    this.#error = null;
    const files = [...this.#queues.unsynced];
    let folders: string[] | undefined;
    const next = (): void => {
      while (this.#underWay < CALLS_AT_ONCE) {
        const file = files.pop();
        if (file !== undefined) {
          this.#syncFile(file, next);
          continue;
        }
        if (folders === undefined) {
          if (this.#underWay > 0) return;
          // Folders in which files were only removed; those that could not be synced have their turn with the next run.
          folders = [...this.#queues.unsyncedNames];
        }
        const folder = folders.pop();
        if (folder === undefined) return this.#finishIfDone();
        this.#syncNames(folder, next);
      }
    };
    next();
  }

  #syncFile(file: MappedFile, next: () => void): void {
    const { unsynced, unsyncedNames } = this.#queues;
    // A file of a topic that was deleted meanwhile is not listed any more.
    if (!unsynced.delete(file)) return;
    try {
      const borrowed = file.borrow();
      this.#underWay += 1;
      borrowed.file.sync((error) => {
        file.giveBack(borrowed);
        this.#underWay -= 1;
        if (error !== null) {
          this.inDoubt = true;
          this.#error = error;
        } else if (unsyncedNames.has(file.directory)) this.#syncNames(file.directory, next);
        next();
      });
    } catch (error) {
      unsynced.add(file);
      this.#error = asError(error);
    }
  }

  #syncNames(directory: string, next: () => void): void {
    this.#underWay += 1;
    this.#queues.syncNamesLater(directory, (error) => {
      this.#underWay -= 1;
      if (error !== null) {
        if (!isPassing(error)) this.inDoubt = true;
        this.#error = error;
      }
      next();
    });
  }

  /** One line for all of them, where one can't be written thousands can't; and one when it is over. */
  #report(): void {
    const isFailing = this.#failedQueues > 0;
    if (isFailing && !this.#failing)
      this.#logger.error('consume queues could not be written; they are tried again', {
        queues: this.#failedQueues,
        error: this.#error,
      });
    else if (!isFailing && this.#failing && this.#written) this.#logger.info('consume queues are written again');
    else if (!isFailing) return;
    this.#failing = isFailing;
    this.#failedQueues = 0;
  }

  #finishIfDone(): void {
    if (this.#underWay > 0 || this.#waiting.length > 0 || this.#done === undefined) return;
    const done = this.#done;
    this.#done = undefined;
    this.#report();
    done(this.#error);
  }
}
