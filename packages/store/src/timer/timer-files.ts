import { asError, type Clock, type Disk, type DiskFile, type Logger, replaceFile } from '@rocketmq-ts/kernel';
import { type DeliveredTimers, TimerCheckpoint, type TimerMarks, type TimerVersion } from './checkpoint.ts';
import { TimerLog } from './log.ts';
import { type LinkedUnit, TimerMagic, type TimerUnit } from './unit.ts';
import { openWheelFile, type StagedPage, type TimerSlot, TimerWheel, writeWheelPages } from './wheel.ts';

export interface TimerFilesOptions {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
  /** Store folder. */
  readonly root: string;
  /** Length of a slot of the wheel. */
  readonly precisionMs: number;
  /** Size of a file of the timer log. */
  readonly logFileBytes: number;
}

/** What opening found. */
export interface OpenedTimers {
  readonly readMs: number;
  /** Messages of the queue of timers from here on have no unit yet. */
  readonly queueOffset: number;
  /** Of the messages from `queueOffset` on, where the files are made again. */
  readonly delivered: DeliveredTimers;
}

type Done = (error: Error | null) => void;
type Job = (finished: () => void) => void;

/**
 * The files in which timer messages wait: wheel, timer log and checkpoint, as Apache's broker reads and writes them. They are
 * derived from the queue of timers: where they are missing, damaged or of another shape they begin anew, and their caller adds
 * the messages of that queue again. Nothing in memory grows with the messages that wait, but the pages of the wheel that have
 * them.
 *
 * A flush makes things durable in the order in which they need each other: units, the slots that lead to them, the checkpoint
 * that says so. After a kill between any two of them slots may be ahead of the checkpoint, never behind it: a start leads
 * them back along their chains, and takes what follows from the queue again.
 */
export class TimerFiles {
  readonly wheel: TimerWheel;
  readonly #options: TimerFilesOptions;
  readonly #log: TimerLog;
  readonly #checkpoint: TimerCheckpoint;
  readonly #wheelPath: string;
  #wheelFile: DiskFile | undefined;
  /** Writes wait for each other. */
  readonly #jobs: Job[] = [];
  #isWriting = false;
  /** There are files. */
  #isUsed = false;
  /** A flush is under way. */
  isFlushing = false;

  constructor(options: TimerFilesOptions) {
    const { disk, logger, root, precisionMs, logFileBytes } = options;
    this.#options = options;
    this.wheel = new TimerWheel(precisionMs);
    this.#log = new TimerLog(disk, logger, `${root}/timerlog`, logFileBytes);
    this.#checkpoint = new TimerCheckpoint(disk, `${root}/config/timercheck`, precisionMs);
    this.#wheelPath = `${root}/timerwheel`;
  }

  /** Throws the disk's error. */
  open(): OpenedTimers {
    const { disk, logger, root } = this.#options;
    const checkpoint = this.#checkpoint;
    disk.makeDirectory(root);
    checkpoint.load();
    const { readMs, delivered } = checkpoint.marks;
    // A broker that never had such a message has none of the files.
    this.#isUsed = checkpoint.exists || disk.stat(this.#wheelPath) !== undefined;
    if (!this.#isUsed) {
      this.#log.open();
      this.#log.clear();
      return { readMs, queueOffset: 0, delivered };
    }
    const { file, isWhole } = openWheelFile(disk, this.#wheelPath);
    this.#wheelFile = file;
    const logIsWhole = this.#log.open();
    const reason = this.#whyUnusable(isWhole, logIsWhole);
    const queueOffset = reason === undefined ? this.#recover() : undefined;
    if (queueOffset !== undefined) return { readMs, queueOffset, delivered };
    if (checkpoint.exists || this.#log.capacity > 0) {
      const sentence = 'the files of timer messages can not be used; they are made again from the queue of timers';
      logger.warn(sentence, { reason: reason ?? 'a slot of the wheel leads to no unit of the timer log' });
    }
    this.beginAnew(delivered);
    return { readMs, queueOffset: 0, delivered };
  }

  #whyUnusable(wheelIsWhole: boolean, logIsWhole: boolean): string | undefined {
    const { marks, exists, ownPrecisionMs } = this.#checkpoint;
    if (!exists) return 'there is no checkpoint';
    if (!wheelIsWhole) return 'the wheel is missing or has another length';
    if (!logIsWhole) return 'a file of the timer log is missing or has another length';
    if (marks.logPosition > this.#log.capacity) return 'the end of the timer log is missing';
    if (ownPrecisionMs !== 0 && ownPrecisionMs !== this.#options.precisionMs) return 'timerPrecisionMs was changed';
    return undefined;
  }

  /**
   * Brings log and wheel to the same place; returns the queue offset behind it, undefined where they do not fit. Our checkpoint
   * says exactly what was flushed: the log is cut there. Apache's lags behind its log, whose further units count.
   */
  #recover(): number | undefined {
    const { marks, ownPrecisionMs } = this.#checkpoint;
    const { readMs, logPosition } = marks;
    this.wheel.load(this.#wheelFile!, readMs);
    if (ownPrecisionMs === 0) {
      const end = this.#log.scan(logPosition, (unit, position) => this.#relink(unit, position, readMs));
      if (!this.#leadBack(readMs, end)) return undefined;
      this.#log.cut(end);
    } else {
      if (!this.#leadBack(readMs, logPosition)) return undefined;
      this.#log.cut(logPosition);
    }
    return Math.max(0, marks.queueOffset);
  }

  #relink(unit: LinkedUnit, position: number, readMs: number): void {
    const timeMs = this.wheel.floor(unit.slotMs);
    const slot = this.wheel.slot(timeMs);
    if (timeMs < readMs || (slot !== undefined && slot.lastPosition >= position)) return;
    this.wheel.set({
      timeMs,
      firstPosition: slot?.firstPosition ?? position,
      lastPosition: position,
      count: countWith(slot, unit),
    });
  }

  /** Slots that lead behind the end are led back to what is before it. False where a chain is broken. */
  #leadBack(readMs: number, end: number): boolean {
    for (const slot of this.wheel.slotsFrom(readMs)) {
      let { lastPosition, count } = slot;
      while (lastPosition >= end) {
        const unit = this.#log.unitAt(lastPosition);
        if (unit === undefined) return false;
        count = Math.max(0, count + ((unit.magic & TimerMagic.DELETE) === 0 ? -1 : 1));
        lastPosition = unit.prevPosition;
      }
      if (lastPosition === slot.lastPosition) continue;
      if (lastPosition < 0) this.wheel.remove(slot.timeMs);
      else this.wheel.set({ ...slot, lastPosition, count });
    }
    return true;
  }

  /**
   * Empties all files; the checkpoint says so first, so that a kill leaves nothing that is half of each. `delivered`: of the
   * messages whose units are lost with them. While no flush is under way. Throws the disk's error.
   */
  beginAnew(delivered: DeliveredTimers): void {
    const { disk, clock } = this.#options;
    const { readMs } = this.#checkpoint.marks;
    // A cut of the log has put another file in its place, see `forgetTimers`.
    this.#checkpoint.close();
    this.#checkpoint.saveSync({ readMs, logPosition: 0, queueOffset: 0, delivered }, clock.now());
    this.wheel.clear();
    this.#wheelFile?.close();
    this.#wheelFile = undefined;
    replaceFile(disk, this.#wheelPath, Buffer.alloc(0));
    this.#wheelFile = openWheelFile(disk, this.#wheelPath).file;
    this.#log.clear();
  }

  /** Position behind the last unit of the timer log. */
  get logEnd(): number {
    return this.#log.end;
  }

  /**
   * Adds units to the log and to their slots; `writeMs`: time of the wheel. After an error nothing is added, and the caller may
   * try again. Slots must not be taken by other times, see `TimerWheel.isTaken`.
   */
  add(units: readonly TimerUnit[], writeMs: number, done: Done): void {
    this.#isUsed = true;
    this.#enqueue((finished) => {
      const changed = new Map<number, TimerSlot>();
      const laidOut = this.#log.layOut(units, writeMs, (unit, position) => {
        const { slotMs: timeMs } = unit;
        const slot = changed.get(timeMs) ?? this.wheel.slot(timeMs);
        const firstPosition = slot?.firstPosition ?? position;
        changed.set(timeMs, { timeMs, firstPosition, lastPosition: position, count: countWith(slot, unit) });
        return slot?.lastPosition ?? -1;
      });
      this.#log.write(laidOut, (error) => {
        if (error === null) for (const slot of changed.values()) this.wheel.set(slot);
        // First, so that the units are known to their caller before anything else can load a slot.
        done(error);
        finished();
      });
    });
  }

  #enqueue(job: Job): void {
    this.#jobs.push(job);
    if (this.#isWriting) return;
    this.#isWriting = true;
    const next = (): void => {
      const first = this.#jobs.shift();
      if (first === undefined) this.#isWriting = false;
      else first(next);
    };
    next();
  }

  /**
   * Visits the units of a slot, the last one first. `done` gets a `BrokenChain` where the files are damaged. What is added
   * meanwhile is not visited.
   */
  walk(slot: TimerSlot, visit: (unit: TimerUnit) => void, done: Done): void {
    const { clock } = this.#options;
    this.#log.walk(slot.lastPosition, visit, (task) => clock.after(0, task), done);
  }

  /**
   * Makes everything durable that was added, and then the marks, which are those of this moment. `settle` makes durable in the
   * commit log what the marks promise; only after it the checkpoint is saved. False: the last flush is still under way.
   */
  flush(marks: Omit<TimerMarks, 'logPosition'>, settle: (done: Done) => void, done: Done): boolean {
    if (this.isFlushing) return false;
    if (!this.#isUsed) {
      done(null);
      return true;
    }
    const logPosition = this.#log.end;
    const staged = this.wheel.stage();
    this.isFlushing = true;
    const finish = (error: Error | null): void => {
      this.isFlushing = false;
      done(error);
    };
    this.#log.sync((error) => {
      if (error !== null) {
        this.wheel.unstage(staged);
        return finish(error);
      }
      this.#writePages(staged, (failure) => {
        if (failure !== null) return finish(failure);
        settle((unsettled) => {
          if (unsettled !== null) return finish(unsettled);
          this.wheel.release(marks.readMs);
          this.#saveCheckpoint({ ...marks, logPosition }, finish);
        });
      });
    });
    return true;
  }

  #saveCheckpoint(marks: TimerMarks, done: Done): void {
    try {
      this.#checkpoint.save(marks, this.#options.clock.now(), done);
    } catch (error) {
      done(asError(error));
    }
  }

  #writePages(staged: readonly StagedPage[], done: Done): void {
    if (staged.length === 0) return done(null);
    try {
      this.#wheelFile ??= openWheelFile(this.#options.disk, this.#wheelPath).file;
    } catch (error) {
      this.wheel.unstage(staged);
      return done(asError(error));
    }
    writeWheelPages(this.#wheelFile, staged, (error) => {
      if (error !== null) this.wheel.unstage(staged);
      done(error);
    });
  }

  /** Removes files of the timer log whose records are gone. */
  clean(minPhysicalOffset: number, readMs: number): Promise<void> {
    return this.#log.clean(minPhysicalOffset, readMs);
  }

  /** The first 56 bytes of the checkpoint. */
  sharedCheckpoint(): Buffer {
    return this.#checkpoint.shared();
  }

  /** Of a slave: how far its master is, and the version that says so. */
  followMaster(version: TimerVersion, marks: Pick<TimerMarks, 'readMs' | 'queueOffset'>): void {
    this.#checkpoint.follow(version, marks, this.#options.clock.now());
  }

  /** Checkpoints are of this broker's own progress from now on, which begins at `readMs`: each has a new version. */
  beginOwnProgress(readMs: number): void {
    this.#checkpoint.beginOwn(readMs, this.#options.clock.now());
  }

  endOwnProgress(): void {
    this.#checkpoint.endOwn();
  }

  close(): void {
    this.#checkpoint.close();
    this.#wheelFile?.close();
    this.#wheelFile = undefined;
    this.#log.close();
  }
}

function countWith(slot: TimerSlot | undefined, { magic }: TimerUnit): number {
  return Math.max(0, (slot?.count ?? 0) + ((magic & TimerMagic.DELETE) === 0 ? 1 : -1));
}
