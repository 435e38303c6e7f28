import { asError, type DiskFile, type Logger } from '@rocketmq-ts/kernel';
import type { BorrowedFile } from '../log/file-pool.ts';
import { type FlushStep, flushSteps } from './file-flush.ts';
import type { IndexFile } from './index-file.ts';
import type { MessageIndex } from './message-index.ts';

type Done = (error: Error | null) => void;

/**
 * Moves entries of confirmed records to their files, off the loop, one call under way; a full file is made durable and closed
 * before the one behind it is touched. What the disk refuses is tried again with the next run.
 */
export class IndexFlush {
  readonly #index: MessageIndex;
  readonly #logger: Logger;
  readonly #confirmOffset: () => number;
  #running = false;
  #done: Done | undefined;
  #durable = false;
  #failed = false;
  /** A run was asked for while one is under way. */
  #again: { durable: boolean; done: Done | undefined } | undefined;
  /** Store time of the newest record whose entries are durable; 0: none became so yet. */
  durableTimestamp = 0;
  /** Where that record begins. */
  durableOffset = -1;

  constructor(index: MessageIndex, logger: Logger, confirmOffset: () => number) {
    this.#index = index;
    this.#logger = logger;
    this.#confirmOffset = confirmOffset;
    index.onManyWaiting = () => {
      if (!this.#running) this.run(false, undefined);
    };
  }

  /** `done` is called in the same turn when there is nothing to do. */
  run(durable: boolean, done: Done | undefined): void {
    if (this.#running) {
      const waiting = this.#again;
      this.#again = {
        durable: durable || waiting?.durable === true,
        done: (error) => {
          waiting?.done?.(error);
          done?.(error);
        },
      };
      return;
    }
    this.#running = true;
    this.#durable = durable;
    this.#done = done;
    this.#nextFile();
  }

  #nextFile(): void {
    const file = fileToFlush(this.#index, this.#confirmOffset(), this.#durable);
    if (file === undefined) return this.#finish(null);
    try {
      file.create(this.#index.directory);
    } catch (error) {
      return this.#finish(asError(error));
    }
    const target = file.tail.firstFrom(this.#confirmOffset());
    this.#step(file, flushSteps(file, target, this.#durable || target >= file.shape.maxEntries));
  }

  #step(file: IndexFile, steps: Generator<FlushStep, void, void>): void {
    const { value: step } = steps.next();
    if (step === undefined) {
      this.#index.entriesWritten();
      if (settle(file)) {
        this.durableTimestamp = file.flushed.endTimestamp;
        this.durableOffset = file.flushed.endPhyOffset;
      }
      // What came meanwhile is part of the next run; only behind a full file there is more to do now.
      return file.slots === undefined ? this.#nextFile() : this.#finish(null);
    }
    const fail = (error: Error): void => {
      steps.return();
      this.#finish(error);
    };
    let borrowed: BorrowedFile;
    try {
      borrowed = file.borrow();
    } catch (error) {
      return fail(asError(error));
    }
    const done = (error: Error | null): void => {
      file.giveBack(borrowed);
      if (error === null) return this.#step(file, steps);
      if (step.call === 'SYNC') this.#index.inDoubt = true;
      fail(error);
    };
    if (step.call === 'SYNC') borrowed.file.sync(done);
    else borrowed.file.write(step.bytes, step.offset, step.length, step.position, done);
  }

  #finish(error: Error | null): void {
    if (error !== null && !this.#failed) {
      this.#logger.error('an index file could not be written; it is tried again', {
        directory: this.#index.directory,
        waitingEntries: this.#index.waitingEntries,
        error,
      });
    }
    this.#failed = error !== null;
    this.#running = false;
    const done = this.#done;
    const again = this.#again;
    this.#again = undefined;
    if (again !== undefined) this.run(again.durable, again.done);
    done?.(error);
  }
}

/** The same on the loop, for all records: while the store is opened. Throws as the disk does. */
export function flushIndexSync(index: MessageIndex, durable: boolean): void {
  for (;;) {
    const file = fileToFlush(index, Number.POSITIVE_INFINITY, durable);
    if (file === undefined) return;
    file.create(index.directory);
    const steps = flushSteps(file, file.nextEntry, durable || file.isFull);
    file.use((open) => {
      for (const step of steps) {
        if (step.call === 'SYNC') syncFileSync(open, index);
        else open.writeSync(step.bytes, step.offset, step.length, step.position);
      }
    });
    settle(file);
    index.entriesWritten();
  }
}

function syncFileSync(file: DiskFile, index: MessageIndex): void {
  try {
    file.syncSync();
  } catch (error) {
    index.inDoubt = true;
    throw error;
  }
}

/** The oldest file that has something to write for records below an offset. */
function fileToFlush(index: MessageIndex, confirmOffset: number, durable: boolean): IndexFile | undefined {
  for (const file of index.files) {
    if (file.slots === undefined) continue;
    const target = file.tail.firstFrom(confirmOffset);
    const hasEntries = target > file.tail.first;
    const isWhole = target >= file.shape.maxEntries;
    const isNew = !file.exists && file.isEmpty;
    if (!isNew && (hasEntries || ((durable || isWhole) && file.durableEntry !== file.tail.first))) return file;
    if (!isWhole) return undefined;
  }
  return undefined;
}

/** Gives the memory of a full file back when all of it is durable. True when what is in the file is durable. */
function settle(file: IndexFile): boolean {
  const durable = file.durableEntry === file.tail.first;
  if (durable && file.isFull && file.isSettled) file.seal();
  return durable;
}
