import type { Disk, DiskCallback, DiskFile, DiskReadCallback } from './disk.ts';
import type { Guard } from './guard.ts';

/** The same disk; the results of its calls off the loop are taken under a guard. */
export function guardedDisk(disk: Disk, guard: Guard): Disk {
  return {
    open: (path, mode) => new GuardedFile(disk.open(path, mode), guard),
    readFile: (path) => disk.readFile(path),
    list: (path) => disk.list(path),
    stat: (path) => disk.stat(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    remove: (path) => disk.remove(path),
    removeFile: (path, done) => disk.removeFile(path, guarded(guard, `what follows the removal of ${path}`, done)),
    rename: (from, to) => disk.rename(from, to),
    syncDirectory: (path) => disk.syncDirectory(path),
    syncDirectoryLater: (path, done) =>
      disk.syncDirectoryLater(path, guarded(guard, `what follows the sync of ${path}`, done)),
    space: (path) => disk.space(path),
    lock: (path) => disk.lock(path),
  };
}

function guarded(guard: Guard, place: string, done: DiskCallback): DiskCallback {
  return (error) => void guard.run(place, () => done(error));
}

class GuardedFile implements DiskFile {
  readonly #file: DiskFile;
  readonly #guard: Guard;

  constructor(file: DiskFile, guard: Guard) {
    this.#file = file;
    this.#guard = guard;
  }

  get path(): string {
    return this.#file.path;
  }

  size(): number {
    return this.#file.size();
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskCallback): void {
    this.#file.write(buffer, offset, length, position, (error) => {
      try {
        done(error);
      } catch (failure) {
        this.#guard.report(`what follows a write to ${this.path}`, failure);
      }
    });
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskReadCallback): void {
    this.#file.read(buffer, offset, length, position, (error, bytesRead) => {
      try {
        done(error, bytesRead);
      } catch (failure) {
        this.#guard.report(`what follows a read of ${this.path}`, failure);
      }
    });
  }

  sync(done: DiskCallback): void {
    this.#file.sync((error) => {
      try {
        done(error);
      } catch (failure) {
        this.#guard.report(`what follows a sync of ${this.path}`, failure);
      }
    });
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    this.#file.writeSync(buffer, offset, length, position);
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    return this.#file.readSync(buffer, offset, length, position);
  }

  syncSync(): void {
    this.#file.syncSync();
  }

  truncate(length: number): void {
    this.#file.truncate(length);
  }

  close(): void {
    this.#file.close();
  }
}
