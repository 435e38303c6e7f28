import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { Disk, DiskCallback, DiskFile, DiskReadCallback, DiskSpace, FileStat, OpenMode } from '../disk.ts';
import { CodedError, type KernelErrorCode, systemErrorCode } from '../errors.ts';
import { lockFile } from './disk-lock.ts';

/** Unit of `st_blocks`. Source: stat(2). */
const STAT_BLOCK_BYTES = 512;

/**
 * Real files. Asynchronous calls run on libuv's thread pool; `sync` is `fdatasync`, which on Linux also makes a changed
 * length durable. Errors are Node's, with `code` and `path`.
 */
export const nodeDisk: Disk = {
  open(path: string, mode: OpenMode): DiskFile {
    return new NodeDiskFile(path, fs.openSync(path, openFlags(mode), 0o644));
  },
  readFile(path: string): Buffer | undefined {
    return unlessMissing(() => fs.readFileSync(path), undefined);
  },
  list(path: string) {
    const entries = unlessMissing(() => fs.readdirSync(path, { withFileTypes: true }), []);
    return entries
      .map((entry) => ({
        name: entry.name,
        isDirectory:
          entry.isDirectory() ||
          (entry.isSymbolicLink() && (nodeDisk.stat(`${path}/${entry.name}`)?.isDirectory ?? false)),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  stat(path: string): FileStat | undefined {
    const stat = unlessMissing(() => fs.statSync(path), undefined);
    if (stat === undefined) return undefined;
    const allocatedBytes = process.platform === 'win32' ? undefined : stat.blocks * STAT_BLOCK_BYTES;
    return { sizeBytes: stat.size, allocatedBytes, modifiedMs: stat.mtimeMs, isDirectory: stat.isDirectory() };
  },
  makeDirectory(path: string): void {
    makeDirectory(path);
  },
  remove(path: string): void {
    fs.rmSync(path, { recursive: true, force: true });
  },
  removeFile(path: string, done: DiskCallback): void {
    fs.unlink(path, (error) => {
      if (error !== null && error.code !== 'ENOENT') return done(error);
      // A directory that was removed holds nothing to be made durable.
      syncDirectory(dirname(path), (syncError) => done(systemErrorCode(syncError) === 'ENOENT' ? null : syncError));
    });
  },
  rename(from: string, to: string): void {
    fs.renameSync(from, to);
  },
  syncDirectory(path: string): void {
    // Windows has no handle for a directory that could be synced; its journal orders the operations itself.
    if (process.platform === 'win32') return;
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  syncDirectoryLater: syncDirectory,
  space(path: string): DiskSpace {
    const stat = fs.statfsSync(nearestExisting(path));
    return {
      totalBytes: stat.blocks * stat.bsize,
      usedBytes: (stat.blocks - stat.bfree) * stat.bsize,
      freeBytes: stat.bavail * stat.bsize,
    };
  },
  lock: lockFile,
};

/** Off the loop. Windows has no handle for a directory that could be synced. */
function syncDirectory(path: string, done: DiskCallback): void {
  if (process.platform === 'win32') return done(null);
  fs.open(path, 'r', (openError, fd) => {
    if (openError !== null) return done(openError);
    fs.fsync(fd, (syncError) => {
      fs.close(fd, (closeError) => done(syncError ?? closeError));
    });
  });
}

function openFlags(mode: OpenMode): number {
  if (mode === 'read') return fs.constants.O_RDONLY;
  return mode === 'write' ? fs.constants.O_RDWR : fs.constants.O_RDWR | fs.constants.O_CREAT;
}

function unlessMissing<T, U>(read: () => T, otherwise: U): T | U {
  try {
    return read();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return otherwise;
    throw error;
  }
}

/** A folder that is configured but not yet made lies on the volume of its first existing parent. */
function nearestExisting(path: string): string {
  let candidate = path;
  while (!fs.existsSync(candidate) && dirname(candidate) !== candidate) candidate = dirname(candidate);
  return candidate;
}

class NodeDiskFile implements DiskFile {
  readonly path: string;
  #fd: number;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  size(): number {
    return fs.fstatSync(this.#fd).size;
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskCallback): void {
    fs.write(this.#fd, buffer, offset, length, position, (error, written) => {
      if (error !== null) done(error);
      else if (written === length) done(null);
      else if (written === 0) done(noProgress(this.path));
      // The system may take a part only (a signal, a full disk); the rest is either written or fails with the reason.
      else this.write(buffer, offset + written, length - written, position + written, done);
    });
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskReadCallback): void {
    fs.read(this.#fd, buffer, offset, length, position, (error, count) => {
      if (error !== null) done(error, 0);
      else if (count === length || count === 0) done(null, count);
      else this.#readRest(buffer, offset + count, length - count, position + count, count, done);
    });
  }

  #readRest(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    before: number,
    done: DiskReadCallback,
  ): void {
    this.read(buffer, offset, length, position, (error, count) => done(error, error === null ? before + count : 0));
  }

  sync(done: DiskCallback): void {
    fs.fdatasync(this.#fd, done);
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    for (let written = 0; written < length; ) {
      const count = fs.writeSync(this.#fd, buffer, offset + written, length - written, position + written);
      if (count === 0) throw noProgress(this.path);
      written += count;
    }
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    let total = 0;
    while (total < length) {
      const count = fs.readSync(this.#fd, buffer, offset + total, length - total, position + total);
      if (count === 0) break;
      total += count;
    }
    return total;
  }

  syncSync(): void {
    fs.fdatasyncSync(this.#fd);
  }

  truncate(length: number): void {
    fs.ftruncateSync(this.#fd, length);
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    // Before the call, so that a failed close can't reach a number that the system has given to another file.
    this.#fd = -1;
    fs.closeSync(fd);
  }
}

function noProgress(path: string): Error {
  return new CodedError<KernelErrorCode>('EIO', `the system took no byte of a write to ${path}`);
}

/**
 * Parents first. Other threads and processes may make the same folders at the same moment. Node's own `recursive` runs for ever
 * where a parent can't be made although its own parent is there (`/proc/x/y`).
 */
function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    fs.mkdirSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST' || !isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
