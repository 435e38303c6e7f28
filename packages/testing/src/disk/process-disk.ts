import type { Clock, Disk, DiskCallback, DiskFile, DiskLock, DiskSpace, OpenMode } from '@rocketmq-ts/kernel';
import type { Activity } from '../clock/activity.ts';
import { diskError } from '../simulated/faults.ts';
import { LivingDisk } from '../simulated/living-disk.ts';
import type { DiskSwitches } from './disk-switches.ts';
import { ProcessFile } from './process-file.ts';

/**
 * The disk of a machine as one process of it has it: slow or full when it is switched so, and gone for a process that has
 * ended: its files are closed, its locks released, and no call of it reaches the disk any more.
 */
export class ProcessDisk extends LivingDisk {
  readonly #switches: DiskSwitches;
  readonly #clock: Clock;
  readonly #activity: Activity;
  readonly #files = new Set<ProcessFile>();
  readonly #locks = new Set<DiskLock>();
  #underWay = 0;
  #settled = (): void => {};

  constructor(disk: Disk, switches: DiskSwitches, clock: Clock, activity: Activity) {
    super(disk);
    this.#switches = switches;
    this.#clock = clock;
    this.#activity = activity;
  }

  /** The process has ended. Resolves when the calls that it had begun are done: the system finishes them. */
  override end(): Promise<void> {
    void super.end();
    for (const file of this.#files) file.end();
    for (const lock of this.#locks) lock.release();
    this.#files.clear();
    this.#locks.clear();
    return this.#underWay === 0 ? Promise.resolve() : new Promise((resolve) => (this.#settled = resolve));
  }

  override open(path: string, mode: OpenMode): DiskFile {
    const disk = this.living('open', path);
    if (mode === 'create' && disk.stat(path) === undefined) this.#needRoom('open', path);
    const file = new ProcessFile(disk.open(path, mode), {
      needRoom: (operation) => this.#needRoom(operation, path),
      later: (call, done) => this.#later(call, done),
      closed: () => this.#files.delete(file),
    });
    this.#files.add(file);
    return file;
  }

  override removeFile(path: string, done: DiskCallback): void {
    const disk = this.living('remove', path);
    this.#later((ended) => disk.removeFile(path, ended), done);
  }

  override syncDirectoryLater(path: string, done: DiskCallback): void {
    const disk = this.living('syncDirectory', path);
    this.#later((ended) => disk.syncDirectoryLater(path, ended), done);
  }

  override space(path: string): DiskSpace {
    const space = this.living('space', path).space(path);
    return this.#switches.isFull ? { ...space, usedBytes: space.totalBytes, freeBytes: 0 } : space;
  }

  override async lock(path: string): Promise<DiskLock | undefined> {
    const lock = await this.living('lock', path).lock(path);
    if (lock === undefined) return undefined;
    if (!this.isAlive) {
      lock.release();
      return undefined;
    }
    this.#locks.add(lock);
    return {
      release: () => {
        if (this.#locks.delete(lock)) lock.release();
      },
    };
  }

  /** Makes a call, later when the disk is slow; its end is not seen by a process that has ended meanwhile. */
  #later<A extends unknown[]>(call: (ended: (...answer: A) => void) => void, done: (...answer: A) => void): void {
    const begin = (): void => {
      const underWay = this.#activity.begin();
      this.#underWay++;
      call((...answer) => {
        underWay();
        this.#underWay--;
        if (this.isAlive) done(...answer);
        else if (this.#underWay === 0) this.#settled();
      });
    };
    const { delayMs } = this.#switches;
    if (delayMs === 0) return begin();
    this.#clock.after(delayMs, () => {
      if (this.isAlive) begin();
    });
  }

  #needRoom(operation: string, path: string): void {
    if (this.#switches.isFull) throw diskError('ENOSPC', operation, path);
  }
}
