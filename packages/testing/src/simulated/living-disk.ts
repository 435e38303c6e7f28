import type {
  DirectoryEntry,
  Disk,
  DiskCallback,
  DiskFile,
  DiskLock,
  DiskSpace,
  FileStat,
  OpenMode,
} from '@rocketmq-ts/kernel';
import { diskError } from './faults.ts';

/** The disk of a machine as one process of it has it: after the end of the process no call of it reaches the disk. */
export class LivingDisk implements Disk {
  readonly #disk: Disk;
  #isAlive = true;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  protected get isAlive(): boolean {
    return this.#isAlive;
  }

  /** The process has ended. Resolves when the calls that it had begun are done. */
  end(): Promise<void> {
    this.#isAlive = false;
    return Promise.resolve();
  }

  open(path: string, mode: OpenMode): DiskFile {
    return this.living('open', path).open(path, mode);
  }

  readFile(path: string): Buffer | undefined {
    return this.living('read', path).readFile(path);
  }

  list(path: string): DirectoryEntry[] {
    return this.living('list', path).list(path);
  }

  stat(path: string): FileStat | undefined {
    return this.living('stat', path).stat(path);
  }

  makeDirectory(path: string): void {
    this.living('makeDirectory', path).makeDirectory(path);
  }

  remove(path: string): void {
    this.living('remove', path).remove(path);
  }

  removeFile(path: string, done: DiskCallback): void {
    this.living('remove', path).removeFile(path, done);
  }

  rename(from: string, to: string): void {
    this.living('rename', from).rename(from, to);
  }

  syncDirectory(path: string): void {
    this.living('syncDirectory', path).syncDirectory(path);
  }

  syncDirectoryLater(path: string, done: DiskCallback): void {
    this.living('syncDirectory', path).syncDirectoryLater(path, done);
  }

  space(path: string): DiskSpace {
    return this.living('space', path).space(path);
  }

  async lock(path: string): Promise<DiskLock | undefined> {
    return await this.living('lock', path).lock(path);
  }

  /** The machine's disk. Throws EIO once the process has ended. */
  protected living(operation: string, path: string): Disk {
    if (!this.#isAlive) throw diskError('EIO', `the process is dead, ${operation}`, path);
    return this.#disk;
  }
}
