import { asError, type Disk, type Logger, type OpenMode, viewOf } from '@rocketmq-ts/kernel';
import { FilePool } from '../log/file-pool.ts';
import type { MappedFile } from '../log/mapped-file.ts';
import { MappedFileQueue } from '../log/mapped-file-queue.ts';
import {
  isBlank,
  type LinkedUnit,
  readUnit,
  TIMER_BLANK_BYTES,
  TIMER_UNIT_BYTES,
  type TimerUnit,
  writeBlank,
  writeUnit,
} from './unit.ts';

const OPEN_FILES = 8;
const READ_BYTES = 64 * 1024;
const SCAN_BYTES = TIMER_UNIT_BYTES * 4096;
/** A walk that was answered from memory for so long lets others run. */
const STEPS_A_TURN = 20_000;

type Done = (error: Error | null) => void;

/** A chain of the timer log leads to what is no unit of it. */
export class BrokenChain extends Error {
  constructor(position: number) {
    super(`there is no unit of the timer log at position ${position}`);
    this.name = 'BrokenChain';
  }
}

/** Bytes to be written at a position. */
interface Segment {
  readonly position: number;
  readonly bytes: Buffer;
}

/** Units that are laid out behind the end of the log. */
export interface LaidOut {
  readonly positions: readonly number[];
  readonly segments: readonly Segment[];
  readonly end: number;
}

/** The timer log: units of 52 bytes in files of fixed size, each linked to the one before it in its slot. Source: TimerLog. */
export class TimerLog {
  /** Behind the last unit. */
  end = 0;
  readonly files: MappedFileQueue;
  readonly #pool: FilePool;
  readonly #logger: Logger;
  readonly #disk: Disk;
  /** Written since they were synced. */
  readonly #unsynced = new Set<MappedFile>();

  constructor(disk: Disk, logger: Logger, directory: string, fileBytes: number, mode: OpenMode = 'write') {
    this.#disk = disk;
    this.#logger = logger;
    this.#pool = new FilePool(disk, OPEN_FILES, mode);
    this.files = new MappedFileQueue(disk, this.#pool, directory, fileBytes);
  }

  /** Finds the files; false when one is missing or has another length. */
  open(): boolean {
    const { complete, unusable } = this.files.loadDerived(this.#logger, 0);
    for (const path of unusable) this.#disk.remove(path);
    return complete;
  }

  get capacity(): number {
    return this.files.files.at(-1)?.endOffset ?? 0;
  }

  /** Where a unit begins that is written at a position at the earliest. */
  #fit(position: number): number {
    const { fileSizeBytes } = this.files;
    const rest = fileSizeBytes - (position % fileSizeBytes);
    return rest < TIMER_UNIT_BYTES + TIMER_BLANK_BYTES ? position + rest : position;
  }

  /** Lays units out behind the end. `prevOf` is asked for each in turn, and given its position. */
  layOut(units: readonly TimerUnit[], writeMs: number, prevOf: (unit: TimerUnit, position: number) => number): LaidOut {
    const positions: number[] = [];
    const segments: Segment[] = [];
    let bytes = Buffer.alloc(units.length * TIMER_UNIT_BYTES + TIMER_BLANK_BYTES);
    let view = viewOf(bytes);
    let start = this.end;
    let position = this.end;
    for (const [i, unit] of units.entries()) {
      const at = this.#fit(position);
      if (at !== position) {
        writeBlank(view, position - start, at - position);
        segments.push({ position: start, bytes: bytes.subarray(0, position - start + TIMER_BLANK_BYTES) });
        bytes = Buffer.alloc((units.length - i) * TIMER_UNIT_BYTES + TIMER_BLANK_BYTES);
        view = viewOf(bytes);
        start = at;
      }
      writeUnit(view, at - start, unit, prevOf(unit, at), writeMs);
      positions.push(at);
      position = at + TIMER_UNIT_BYTES;
    }
    segments.push({ position: start, bytes: bytes.subarray(0, position - start) });
    return { positions, segments, end: position };
  }

  /** Writes what was laid out; after an error the log ends where it did, and the next units take the same place. */
  write({ segments, end }: LaidOut, done: Done): void {
    let at = 0;
    const next = (error: Error | null): void => {
      if (error !== null) return done(error);
      const segment = segments[at];
      at += 1;
      if (segment === undefined) {
        this.end = end;
        return done(null);
      }
      let file: MappedFile;
      try {
        file = this.files.fileForAppend(segment.position);
        const borrowed = file.borrow();
        const { bytes, position } = segment;
        borrowed.file.write(bytes, 0, bytes.length, position - file.baseOffset, (failure) => {
          file.giveBack(borrowed);
          next(failure);
        });
        this.#unsynced.add(file);
      } catch (failure) {
        done(asError(failure));
      }
    };
    next(null);
  }

  /** Makes what was written durable. */
  sync(done: Done): void {
    const files = [...this.#unsynced];
    this.#unsynced.clear();
    const next = (error: Error | null): void => {
      if (error !== null) {
        // What a failed sync leaves on the disk is unknown; these files are synced with the next checkpoint at the earliest.
        for (const file of files) this.#unsynced.add(file);
        return done(error);
      }
      const file = files[0];
      if (file === undefined) return done(null);
      try {
        const borrowed = file.borrow();
        borrowed.file.sync((failure) => {
          file.giveBack(borrowed);
          if (failure === null) files.shift();
          next(failure);
        });
      } catch (failure) {
        next(asError(failure));
      }
    };
    next(null);
  }

  /**
   * Follows the chain of a slot from its last unit back to its first, or to where old files were removed. `visit` is called for
   * each; `done` with BrokenChain where no unit is, with the disk's error where one can't be read. `pause` runs its task in a
   * later turn.
   */
  walk(last: number, visit: (unit: LinkedUnit) => void, pause: (task: () => void) => void, done: Done): void {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const view = viewOf(buffer);
    let position = last;
    let start = 0;
    let end = 0;
    const step = (): void => {
      for (let steps = 0; position >= this.files.minOffset && position >= 0; steps++) {
        if (steps >= STEPS_A_TURN) return pause(step);
        if (position < start || position + TIMER_UNIT_BYTES > end) return load();
        const unit = readUnit(view, position - start, position);
        if (unit === undefined) return done(new BrokenChain(position));
        visit(unit);
        position = unit.prevPosition;
      }
      done(null);
    };
    const load = (): void => {
      const file = this.files.fileAt(position);
      if (file === undefined || position + TIMER_UNIT_BYTES > this.end) return done(new BrokenChain(position));
      end = position + TIMER_UNIT_BYTES;
      start = Math.max(file.baseOffset, end - READ_BYTES);
      file.read(
        () => buffer,
        0,
        end - start,
        start - file.baseOffset,
        (error, bytes) => {
          if (error !== null) return done(error);
          if (bytes < end - start) return done(new BrokenChain(position));
          step();
        },
      );
    };
    step();
  }

  /** One unit, read on the loop; undefined where none is. Throws the disk's error. */
  unitAt(position: number): LinkedUnit | undefined {
    const file = this.files.fileAt(position);
    if (file === undefined || position < this.files.minOffset) return undefined;
    const bytes = Buffer.alloc(TIMER_UNIT_BYTES);
    if (file.readSync(bytes, 0, bytes.length, position - file.baseOffset) < bytes.length) return undefined;
    return readUnit(viewOf(bytes), 0, position);
  }

  /** Visits the units from a position on, on the loop, up to the first thing that is none; returns where that is. */
  scan(from: number, visit: (unit: LinkedUnit, position: number) => void): number {
    const bytes = Buffer.allocUnsafe(SCAN_BYTES);
    const view = viewOf(bytes);
    let position = Math.max(from, this.files.minOffset);
    for (let file = this.files.fileAt(position); file !== undefined; file = this.files.fileAt(position)) {
      const length = file.readSync(bytes, 0, SCAN_BYTES, position - file.baseOffset);
      const begin = position;
      for (let at = 0; at + TIMER_BLANK_BYTES <= length && position - begin === at; at += TIMER_UNIT_BYTES) {
        if (isBlank(view, at)) {
          position = file.endOffset;
          break;
        }
        const unit = at + TIMER_UNIT_BYTES <= length ? readUnit(view, at, position) : undefined;
        if (unit === undefined) return this.#fit(position);
        visit(unit, position);
        position += TIMER_UNIT_BYTES;
      }
      if (position === begin) return this.#fit(position);
    }
    return position;
  }

  /** The log ends at a position: what lies behind reads as zeros, so that nothing stale is taken for a unit. */
  cut(position: number): void {
    const file = this.files.fileAt(position);
    if (file !== undefined && file.baseOffset < position) {
      file.clearFrom(position - file.baseOffset);
      file.syncSync();
    }
    this.files.removeFrom(position);
    this.end = position;
  }

  /** Removes all files: the log begins anew. */
  clear(): void {
    this.#unsynced.clear();
    this.files.removeFrom(0);
    this.end = 0;
  }

  /**
   * Removes files whose records the commit log has no more, oldest first. Source: MappedFileQueue#deleteExpiredFileByOffsetForTimerLog.
   */
  async clean(minPhysicalOffset: number, readMs: number): Promise<void> {
    const { fileSizeBytes } = this.files;
    const lastUnitAt =
      Math.floor((fileSizeBytes - TIMER_BLANK_BYTES) / TIMER_UNIT_BYTES) * TIMER_UNIT_BYTES - TIMER_UNIT_BYTES;
    while (this.files.files.length > 1) {
      const first = this.files.files[0]!;
      const last = this.unitAt(first.baseOffset + lastUnitAt);
      if (last !== undefined && (last.physicalOffset >= minPhysicalOffset || last.slotMs >= readMs)) return;
      const error = await this.files.removeFirst();
      if (error !== null) return;
    }
  }

  close(): void {
    this.#pool.closeAll();
  }
}
