/**
 * Files as the rest of the system sees them. Calls that belong to start, stop and clean-up are synchronous; those of the
 * running system take a callback (no promise per call on the hot path). A buffer handed over belongs to the disk until
 * the callback runs. Errors carry the system's `code` (`ENOSPC`, `EIO`, …).
 */
export interface Disk {
  /** Opens a file. `create` makes it (empty) when it is missing; otherwise a missing file throws `ENOENT`. */
  open(path: string, mode: OpenMode): DiskFile;
  /** Whole content, or undefined when there is no such file. */
  readFile(path: string): Buffer | undefined;
  /** Entries of a directory sorted by name; empty when it does not exist. */
  list(path: string): DirectoryEntry[];
  stat(path: string): FileStat | undefined;
  /** With all missing parents. */
  makeDirectory(path: string): void;
  /** Removes a file, or a directory with all that is in it; nothing happens when it does not exist. */
  remove(path: string): void;
  /**
   * Removes one file off the loop, since giving back the blocks of a large one takes long, and makes the removal durable.
   * A missing file, or directory, is no error. Who has the file open reads on.
   */
  removeFile(path: string, done: DiskCallback): void;
  rename(from: string, to: string): void;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): void;
  /** The same off the loop: for names that change while the system runs. */
  syncDirectoryLater(path: string, done: DiskCallback): void;
  space(path: string): DiskSpace;
  /**
   * Takes the exclusive lock of a path for this process, until `release` or the end of the process. Resolves to undefined
   * when another process (of ours, or Apache's broker) holds it.
   */
  lock(path: string): Promise<DiskLock | undefined>;
}

/** `write` and `create` also read. */
export type OpenMode = 'read' | 'write' | 'create';

/** An open file. Calls that take a callback may overlap; each is finished in its own time. */
export interface DiskFile {
  readonly path: string;
  size(): number;
  write(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskCallback): void;
  /** `done` gets the count of bytes read, which is short only at the end of the file. */
  read(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskReadCallback): void;
  /** Makes all completed writes durable (data and length). */
  sync(done: DiskCallback): void;
  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void;
  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number;
  syncSync(): void;
  /** Sets the length; growth is sparse and reads as zeros. */
  truncate(length: number): void;
  /** Idempotent. No call may be under way. */
  close(): void;
}

/** Called once; null for success. */
export type DiskCallback = (error: Error | null) => void;
/** Called once; null for success. */
export type DiskReadCallback = (error: Error | null, bytesRead: number) => void;

/** A name in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** What the system knows of a file or directory. */
export interface FileStat {
  readonly sizeBytes: number;
  /** What the file takes of the disk: less than its size where it has holes. Not every system reports it. */
  readonly allocatedBytes?: number | undefined;
  readonly modifiedMs: number;
  readonly isDirectory: boolean;
}

/** Of the file system that holds a path. */
export interface DiskSpace {
  readonly totalBytes: number;
  /** By all programs. Together with `freeBytes` less than all where the system keeps a reserve. */
  readonly usedBytes: number;
  /** Free for this process. */
  readonly freeBytes: number;
}

/** A lock that this process has. */
export interface DiskLock {
  release(): void;
}

/** Replaces a small file so that a crash leaves the old or the new content: temporary file, sync, rename, directory sync. */
export function replaceFile(disk: Disk, path: string, content: Uint8Array, temporary: string = `${path}.tmp`): void {
  const directory = path.slice(0, Math.max(1, path.lastIndexOf('/')));
  disk.remove(temporary);
  const file = disk.open(temporary, 'create');
  try {
    file.writeSync(content, 0, content.length, 0);
    file.syncSync();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  disk.syncDirectory(directory);
}
